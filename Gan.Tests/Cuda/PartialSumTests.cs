using Gan.Kernels;
using Gan.Kernels.Cuda;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// The second launch of sums over all elements (sum_partials in Source/reduce.cuh), which adds up the parts of 16,384 elements in double: what a part has below another's
/// leading digits is all that is left when these cancel.
/// </summary>
public class PartialSumTests
{
    private const int Part = 64 * 256;

    /// <summary>Parts 0 and 1, 2, 4, ... meet in one step each of the warp's tree, parts 0 and 32 behind it.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(4), InlineData(8), InlineData(16), InlineData(32)]
    public void NothingOfAPartIsLost(int other)
    {
        const float Small = 1f / (1 << 20);
        float[] values = new float[(other + 1) * Part], ones = new float[values.Length];
        (values[0], values[other * Part], values[other * Part + 1]) = (-1024, 1024, Small); // 1024 and Small by different threads, which add up in float
        Array.Fill(ones, 1f);
        float mean = (float)((double)Small / values.Length);

        using CudaDevice device = CudaDevice.OpenEmulator();
        using DeviceBuffer x = device.Allocate<float>(values.Length), one = device.Allocate<float>(ones.Length), result = device.Allocate<float>(5);
        device.CopyFromHost<float>(values, x.AsSpan<float>());
        device.CopyFromHost<float>(ones, one.AsSpan<float>());
        DeviceSpan<float> At(int i) => result.AsSpan<float>().Slice(i, 1);
        device.Kernels.Sum(x.AsSpan<float>(), 1, At(0), WriteMode.Write);
        device.Kernels.Dot(x.AsSpan<float>(), one.AsSpan<float>(), At(1));
        device.Kernels.LogitLossForward(x.AsSpan<float>(), LogitLoss.Linear, 1, At(2), default);
        device.Kernels.LogitLossForward(x.AsSpan<float>(), LogitLoss.LeastSquares, 0, At(3), At(4));
        float[] found = new float[5];
        device.CopyToHost(result.AsSpan<float>(), found.AsSpan());
        Assert.Equal([Small, Small, mean, (float)(1024.0 * 1024 / values.Length), mean], found);
    }
}
