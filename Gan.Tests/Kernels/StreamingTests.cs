using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>Outputs large and aligned enough to be written past the caches get the bits of those that are not.</summary>
public class StreamingTests
{
    private const int Columns = 64, Rows = 33_001, Length = Rows * Columns; // above Output.StreamFromBytes, and no whole number of parts

    [Theory, InlineData(SimdWidth.Scalar), InlineData(128), InlineData(256), InlineData(512)]
    public void StreamedResultsAreTheSame(int vectorBits)
    {
        Assert.True(Length * sizeof(float) > Output.StreamFromBytes);
        using KernelHost h = new(2, vectorBits);
        DeviceSpan<float> x = h.Of(KernelHost.Values(Length, 1)), channels = h.Of(KernelHost.Values(Columns, 2));
        byte[] pixels = new byte[Length];
        new Random(3).NextBytes(pixels);
        DeviceSpan<byte> images = h.Of(pixels);
        DeviceSpan<uint> state = h.Of(new uint[StepState.Length]);
        Dictionary<string, Action<DeviceSpan<float>>> kernels = new()
        {
            ["Copy"] = y => h.K.Copy(x, y),
            ["Add"] = y => h.K.Add(x, x, y),
            ["LeakyReluForward"] = y => h.K.LeakyReluForward(x, y, 0.2f),
            ["TanhBackward"] = y => h.K.TanhBackward(x, x, y, WriteMode.Write),
            ["AddBias"] = y => h.K.AddBias(x, channels, y, Rows, Columns),
            ["GatherNormalize"] = y => h.K.GatherNormalize(images, Rows, Columns, y, Rows, state, 1, true, 0.5f, 0.5f),
            ["BatchNormForward"] = y => h.K.BatchNormForward(x, channels, channels, y, h.Room<float>(Columns), h.Room<float>(Columns),
                h.Of(new float[Columns]), h.Of(new float[Columns]), h.Of(0L), Rows, Columns, 0.1f, 1e-5f, Activation.Relu, 0),
            ["BatchNormBackward"] = y => h.K.BatchNormBackward(x, x, channels, channels, h.Of(new float[Columns]), channels, y, WriteMode.Write,
                default, default, WriteMode.Write, Rows, Columns, true, Activation.Relu, 0),
        };
        DeviceSpan<float> off = h.Room<float>(Length);
        using DeviceBuffer buffer = h.Device.Allocate<float>(Length + 64);
        DeviceSpan<float> aligned = buffer.AsSpan<float>().Slice(0, Length), behind = buffer.AsSpan<float>().Slice(Length, 64);
        Assert.Equal((0, 37 * sizeof(float) % 64), (aligned.Address % 64, off.Address % 64));
        foreach ((string name, Action<DeviceSpan<float>> kernel) in kernels)
        {
            h.K.Fill(aligned, -99);
            h.K.Fill(behind, -77);
            kernel(off);
            kernel(aligned);
            KernelHost.AssertSameBits(h.Read(off), h.Read(aligned), name);
            Assert.All(h.Read(behind), v => Assert.Equal(-77, v));
        }
    }
}
