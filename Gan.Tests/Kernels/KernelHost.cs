using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>A device whose arrays stand between guard values, so that a stray write shows.</summary>
internal sealed class KernelHost : IDisposable
{
    /// <summary>Elements before and behind each array. Odd, so that arrays start off every vector boundary.</summary>
    public const int OddGuard = 37;

    private const byte GuardByte = 0xA5;
    private readonly Device _device;
    private readonly bool _owned;
    private readonly int _guard;
    private readonly List<(DeviceBuffer Buffer, int GuardBytes)> _buffers = [];

    /// <summary>A CPU device of a given width.</summary>
    public KernelHost(int threads = 2, int vectorBits = 512)
        : this(new CpuDevice(threads, Math.Min(vectorBits, SimdWidth.Hardware)), OddGuard) => _owned = true;

    /// <summary>A device that the caller disposes of.</summary>
    public KernelHost(Device device, int guard) => (_device, _guard) = (device, guard);

    public static readonly int[] Lengths = [0, 1, 3, 15, 16, 17, 33, 67, 1000, 40_001, 100_003];

    public Device Device => _device;

    public IKernels K => _device.Kernels;

    public DeviceSpan<T> Of<T>(params T[] values) where T : unmanaged
    {
        DeviceSpan<T> span = Room<T>(values.Length);
        _device.CopyFromHost<T>(values, span);
        return span;
    }

    /// <summary>Unwritten elements: guard bytes, which are a value that no kernel gives.</summary>
    public DeviceSpan<T> Room<T>(long length) where T : unmanaged
    {
        DeviceBuffer buffer = _device.Allocate<T>(length + 2 * _guard);
        _buffers.Add((buffer, _guard * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));
        byte[] guards = new byte[buffer.ByteLength];
        Array.Fill(guards, GuardByte);
        _device.CopyFromHost<byte>(guards, buffer.AsSpan<byte>());
        return buffer.AsSpan<T>().Slice(_guard, length);
    }

    public T[] Read<T>(DeviceSpan<T> span) where T : unmanaged
    {
        T[] values = new T[span.Length];
        _device.CopyToHost(span, values.AsSpan());
        return values;
    }

    public void Dispose()
    {
        foreach ((DeviceBuffer buffer, int guard) in _buffers)
        {
            byte[] bytes = new byte[buffer.ByteLength];
            _device.CopyToHost(buffer.AsSpan<byte>(), bytes.AsSpan());
            Assert.False(bytes.AsSpan(0, guard).ContainsAnyExcept(GuardByte), "a kernel wrote before its output");
            Assert.False(bytes.AsSpan(bytes.Length - guard).ContainsAnyExcept(GuardByte), "a kernel wrote behind its output");
            buffer.Dispose();
        }
        if (_owned)
        {
            _device.Dispose();
        }
    }

    /// <summary>Runs the same work at every vector width and several thread counts and demands the same bits of what it returns.</summary>
    public static float[] SameBits(Func<KernelHost, float[]> work)
    {
        float[]? first = null;
        foreach ((int threads, int bits) in new[] { (1, SimdWidth.Scalar), (1, 128), (2, 256), (1, 512), (3, 512), (5, 512) })
        {
            using KernelHost host = new(threads, bits);
            float[] result = work(host);
            first ??= result;
            AssertSameBits(first, result, $"{threads} threads, {bits} bits");
        }
        return first!;
    }

    public static void AssertSameBits(float[] expected, float[] actual, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i])
                || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
            if (!same)
            {
                Assert.Fail($"{what}: element {i} of {expected.Length}: {expected[i]:R} against {actual[i]:R}");
            }
        }
    }

    /// <summary>|actual - expected| &lt;= absolute + relative |expected|.</summary>
    public static void AssertClose(double expected, double actual, double relative, double absolute, string what, int index = -1)
    {
        bool close = Math.Abs(actual - expected) <= absolute + relative * Math.Abs(expected) || expected.Equals(actual);
        if (!close) // texts are made for failures only: this runs for millions of elements
        {
            Assert.Fail($"{what}{(index < 0 ? "" : $"[{index}]")}: expected {expected:R}, found {actual:R}");
        }
    }

    /// <summary>Reproducible values around zero, of size 1 or so.</summary>
    public static float[] Values(long n, int seed = 1, double scale = 2, double offset = 0)
    {
        Random random = new(seed);
        float[] values = new float[n];
        for (long i = 0; i < n; i++)
        {
            values[i] = (float)(offset + scale * (2 * random.NextDouble() - 1));
        }
        return values;
    }

    /// <summary>Values that kernels stumble over: zeros, denormals, limits, infinities, NaN, then ordinary ones.</summary>
    public static float[] Extremes()
    {
        float[] special = [0, -0f, float.Epsilon, -float.Epsilon, 1e-40f, 1.17549435e-38f, float.MaxValue, -float.MaxValue,
            float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1, -1, 88.7f,
            88.8f, -87.4f, -103.9f, -104.1f, 17, -17, 100, -100, 0.625f, 1e-7f];
        return [.. special, .. Values(1000, 5, 30), .. special];
    }
}
