using System.Globalization;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda;

namespace Gan.Tests.Ops;

/// <summary>The device under test. A fresh one a test, because test classes run side by side and a device serves one thread.</summary>
internal static class TestDevice
{
    public static Device Open(int threads = 1) => new CpuDevice(threads);

    /// <summary>Environment variable: cuda or cuda:N lets the tests of the CUDA kernels run on that GPU instead of the emulator.</summary>
    public const string CudaVariable = "GAN_TEST_DEVICE";

    /// <summary>The CUDA device under test, as --device takes it.</summary>
    public static string CudaName { get; } = Environment.GetEnvironmentVariable(CudaVariable) is { Length: > 0 } asked ? asked : "cuda-emulator";

    /// <summary>Whether that is a GPU.</summary>
    public static bool IsGpu => CudaName != "cuda-emulator";

    /// <summary>The CUDA device under test.</summary>
    public static Device OpenCuda(Precision precision = Precision.Fp32) => CudaName switch
    {
        "cuda-emulator" => CudaDevice.OpenEmulator(precision),
        "cuda" => CudaDevice.Open(0, precision),
        _ when CudaName.StartsWith("cuda:", StringComparison.Ordinal) => CudaDevice.Open(int.Parse(CudaName.AsSpan(5), CultureInfo.InvariantCulture), precision),
        _ => throw new InvalidOperationException($"{CudaVariable}={CudaName}: give cuda or cuda:N, or leave it out for the emulator."),
    };
}
