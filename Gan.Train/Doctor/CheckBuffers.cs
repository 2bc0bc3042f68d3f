using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gan.Kernels;

namespace Gan.Train.Doctor;

/// <summary>Buffers of one check on one device. The same calls give the same contents on every device, so results can be compared.</summary>
internal sealed class CheckBuffers(Device device) : IDisposable
{
    private const int Guard = 8;
    private const int GuardBits = unchecked((int)0xA5A5A5A5);
    private readonly List<DeviceBuffer> _buffers = [];
    private readonly List<Result> _results = [];

    /// <summary>Values in [low, high), which the kernel reads.</summary>
    public DeviceSpan<float> Input(long length, float low = -1, float high = 1) => Floats(length, low, high);

    /// <summary>An output that is compared: random numbers before, so that adding and a missing write show, and guarded behind.</summary>
    public DeviceSpan<float> Output(long length, float low = -1, float high = 1)
    {
        DeviceSpan<float> span = Floats(length, low, high);
        _results.Add(new(ResultKind.Float, _buffers[^1], length));
        return span;
    }

    /// <summary>A scalar.</summary>
    public DeviceSpan<float> Scalar(float value) => Of(value);

    /// <summary>Bytes 0 to 255.</summary>
    public DeviceSpan<byte> Bytes(int length)
    {
        var values = new byte[length];
        new Random(_buffers.Count + 1).NextBytes(values);
        return Of(values);
    }

    /// <summary>Given words, compared for equality afterwards.</summary>
    public DeviceSpan<uint> Words(params ReadOnlySpan<uint> values) => Compared(ResultKind.Integer, values);

    /// <summary>Given numbers, compared afterwards.</summary>
    public DeviceSpan<long> Longs(params ReadOnlySpan<long> values) => Compared(ResultKind.Integer, values);

    /// <summary>Given numbers, compared afterwards.</summary>
    public DeviceSpan<double> Doubles(params ReadOnlySpan<double> values) => Compared(ResultKind.Double, values);

    /// <summary>What the kernel left in every output; waits for the device.</summary>
    /// <exception cref="InvalidDataException">A kernel wrote behind its output.</exception>
    public List<byte[]> Read()
    {
        List<byte[]> all = [];
        foreach (Result result in _results)
        {
            var bytes = new byte[result.Buffer.ByteLength];
            device.CopyToHost(result.Buffer.AsSpan<byte>(), bytes.AsSpan());
            if (result.Kind == ResultKind.Float)
            {
                if (MemoryMarshal.Cast<byte, int>(bytes)[(int)result.Length..].ContainsAnyExcept(GuardBits))
                {
                    throw new InvalidDataException("it wrote behind its output");
                }
                bytes = bytes[..(int)(result.Length * sizeof(float))];
            }
            all.Add(bytes);
        }
        return all;
    }

    /// <summary>Largest difference of what two devices left, relative to the largest value of its output; infinite where a value is not finite or integers differ.</summary>
    public double Error(List<byte[]> found, List<byte[]> expected)
    {
        double worst = 0;
        for (int i = 0; i < _results.Count; i++)
        {
            double error = _results[i].Kind switch
            {
                ResultKind.Float => Error(MemoryMarshal.Cast<byte, float>(found[i]), MemoryMarshal.Cast<byte, float>(expected[i])),
                ResultKind.Double => Error(MemoryMarshal.Cast<byte, double>(found[i]), MemoryMarshal.Cast<byte, double>(expected[i])),
                _ => found[i].AsSpan().SequenceEqual(expected[i]) ? 0 : double.PositiveInfinity,
            };
            worst = Math.Max(worst, error);
        }
        return worst;
    }

    /// <summary>Largest |found - expected| over the largest |expected|; infinite where one is not a number and the other is.</summary>
    public static double Error<T>(ReadOnlySpan<T> found, ReadOnlySpan<T> expected) where T : struct, System.Numerics.IFloatingPoint<T>
    {
        double scale = 0, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double f = double.CreateChecked(found[i]), e = double.CreateChecked(expected[i]);
            if (f.Equals(e))
            {
                scale = double.IsFinite(e) ? Math.Max(scale, Math.Abs(e)) : scale;
                continue;
            }
            if (!double.IsFinite(f) || !double.IsFinite(e))
            {
                return double.PositiveInfinity;
            }
            (scale, difference) = (Math.Max(scale, Math.Abs(e)), Math.Max(difference, Math.Abs(f - e)));
        }
        return difference == 0 ? 0 : scale == 0 ? double.PositiveInfinity : difference / scale;
    }

    public void Dispose() => _buffers.ForEach(static b => b.Dispose());

    private DeviceSpan<float> Floats(long length, float low, float high)
    {
        var values = new float[length + Guard];
        var random = new Random(_buffers.Count + 1);
        for (long i = 0; i < length; i++)
        {
            values[i] = low + (high - low) * random.NextSingle();
        }
        MemoryMarshal.Cast<float, int>(values.AsSpan((int)length)).Fill(GuardBits);
        return Of(values).Slice(0, length);
    }

    private DeviceSpan<T> Compared<T>(ResultKind kind, ReadOnlySpan<T> values) where T : unmanaged
    {
        DeviceSpan<T> span = Of(values);
        _results.Add(new(kind, _buffers[^1], values.Length));
        return span;
    }

    private DeviceSpan<T> Of<T>(params ReadOnlySpan<T> values) where T : unmanaged
    {
        DeviceBuffer buffer = device.Allocate((long)values.Length * Unsafe.SizeOf<T>());
        _buffers.Add(buffer);
        device.CopyFromHost(values, buffer.AsSpan<T>());
        return buffer.AsSpan<T>();
    }

    private enum ResultKind
    {
        Float,
        Double,
        Integer,
    }

    private readonly record struct Result(ResultKind Kind, DeviceBuffer Buffer, long Length);
}
