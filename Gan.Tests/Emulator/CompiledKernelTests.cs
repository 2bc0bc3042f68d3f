using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Kernels as clang writes them (PTX kept beside this file), against the same computation in C#.</summary>
public class CompiledKernelTests
{
    private static string Ptx(string name)
    {
        using Stream stream = typeof(CompiledKernelTests).Assembly.GetManifestResourceStream($"Emulator.{name}")!;
        return new StreamReader(stream).ReadToEnd();
    }

    [Theory]
    [InlineData(1, 1, 32, 1)]
    [InlineData(1000, 3, 64, 1)]
    [InlineData(1000, 3, 64, 3)]
    [InlineData(4097, 40, 96, 2)]
    public void Axpy(int n, int blocks, int threads, int workers)
    {
        var host = new EmulatorHost(workers);
        float[] x = [.. Enumerable.Range(0, n).Select(i => i * 0.37f)], y = [.. Enumerable.Range(0, n).Select(i => 1f / (i + 1))];
        nint px = host.Upload<float>(x), py = host.Upload<float>(y);
        ReadOnlySpan<byte> parameters = new KernelParameters(stackalloc byte[KernelParameters.Capacity]).Add((long)px).Add((long)py).Add(1.7f).Add(n).Bytes;
        host.Executor.Run(PtxModule.Parse(Ptx("clang.sm_70.ptx")).Functions["axpy"], new Dim3(blocks), new Dim3(threads), 0, parameters);
        Assert.Equal(x.Zip(y, (a, b) => MathF.FusedMultiplyAdd(1.7f, a, b)), host.Download<float>(py, n));
    }

    /// <summary>A structure as parameter, a loop left early in two ways, barriers, and sums in shared memory.</summary>
    [Theory]
    [InlineData(1000, 1e9f)]
    [InlineData(77, 1e9f)]
    [InlineData(1000, 50f)]
    public void ReduceWithEarlyExits(int n, float limit)
    {
        var host = new EmulatorHost();
        float[] x = [.. Enumerable.Range(0, n).Select(i => (i % 17) + 0.5f)];
        nint px = host.Upload<float>(x), py = host.Upload<float>(-1, -1);
        Span<float> dims = stackalloc float[9];
        MemoryMarshal.AsBytes<int>([n, 1, 4, 9, 0, 0]).CopyTo(MemoryMarshal.AsBytes(dims));
        dims[7] = limit;
        byte[] parameters = [.. BitConverter.GetBytes((long)px), .. BitConverter.GetBytes((long)py), .. MemoryMarshal.AsBytes(dims)];
        host.Executor.Run(PtxModule.Parse(Ptx("clang.sm_70.ptx")).Functions["reduce"], new Dim3(1), new Dim3(256), 0, parameters);

        var sums = new float[256];
        for (int t = 0; t < 256; t++)
        {
            for (int i = t; i < n; i += 256)
            {
                sums[t] += x[i];
                if (sums[t] > limit)
                {
                    break;
                }
            }
        }

        for (int k = 128; k > 0; k /= 2)
        {
            for (int t = 0; t < k; t++)
            {
                sums[t] += sums[t + k];
            }
        }

        Assert.Equal((sums[0] / 4) + 3, host.Download<float>(py, 1)[0]);
    }

    [Fact]
    public void TheTensorCoreExampleIsUnderstood() => Assert.Equal(32, PtxModule.Parse(Ptx("clang.sm_80.ptx")).Functions["g"].ParameterBytes);
}
