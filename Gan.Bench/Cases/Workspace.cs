using Gan.Kernels;

namespace Gan.Bench.Cases;

/// <summary>Device buffers of one case, filled with harmless numbers and freed together.</summary>
internal sealed class Workspace(Device device) : IDisposable
{
    private const int PatternLength = 1 << 20;
    private static readonly float[] s_signed = Pattern(-1, 1);
    private static readonly float[] s_positive = Pattern(0.001f, 1);
    private readonly List<DeviceBuffer> _buffers = [];

    public Device Device { get; } = device;

    /// <summary>Values in [-1, 1), no denormals among them worth mentioning.</summary>
    public DeviceSpan<float> Signed(long length) => Filled(length, s_signed);

    /// <summary>Values in [0.001, 1): variances, probabilities.</summary>
    public DeviceSpan<float> Positive(long length) => Filled(length, s_positive);

    /// <summary>An output.</summary>
    public DeviceSpan<float> Output(long length) => Filled(length, [0f]);

    /// <summary>Zeroed words, numbers or bytes.</summary>
    public DeviceSpan<T> Zeros<T>(long length) where T : unmanaged => Filled(length, new T[1]);

    /// <summary>Given values.</summary>
    public DeviceSpan<T> Values<T>(params T[] values) where T : unmanaged => Filled(values.Length, values);

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }
        _buffers.Clear();
    }

    /// <summary>Every page is touched here, so that no run pays for the first touch.</summary>
    private DeviceSpan<T> Filled<T>(long length, T[] pattern) where T : unmanaged
    {
        DeviceBuffer buffer = Device.Allocate<T>(length);
        _buffers.Add(buffer);
        if (pattern.Length == 1)
        {
            var repeated = new T[(int)Math.Min(length, PatternLength)];
            Array.Fill(repeated, pattern[0]);
            pattern = repeated;
        }
        for (long done = 0; done < length; done += pattern.Length)
        {
            int count = (int)Math.Min(pattern.Length, length - done);
            Device.CopyFromHost<T>(pattern.AsSpan(0, count), new DeviceSpan<T>(buffer, done, count));
        }
        return new DeviceSpan<T>(buffer, 0, length);
    }

    private static float[] Pattern(float low, float high)
    {
        var random = new Random(20151119);
        var values = new float[PatternLength];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = low + (high - low) * random.NextSingle();
        }
        return values;
    }
}
