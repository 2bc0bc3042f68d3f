using System.Globalization;
using System.Text;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda;

/// <summary>Turns result codes into errors that say what was called, what came back, and what to do.</summary>
internal static class CudaFailure
{
    /// <summary>
    /// Whether a code means that the context is beyond use in this process. The CUDA driver API reference says so of each of these ("inconsistent
    /// state", "the process must be terminated and relaunched"), or the driver itself is gone.
    /// </summary>
    public static bool EndsContext(CudaResult result) => result is CudaResult.Deinitialized
        or CudaResult.EccUncorrectable or CudaResult.NvlinkUncorrectable or CudaResult.IllegalAddress or CudaResult.LaunchTimeout
        or CudaResult.HardwareStackError or CudaResult.IllegalInstruction or CudaResult.MisalignedAddress or CudaResult.InvalidAddressSpace
        or CudaResult.InvalidProgramCounter or CudaResult.LaunchFailed or CudaResult.SystemDriverMismatch or CudaResult.Unknown;

    /// <summary>The error of a failed call.</summary>
    /// <param name="driver">Who failed.</param>
    /// <param name="device">Name for the message, e.g. "cuda:0".</param>
    /// <param name="result">The code.</param>
    /// <param name="call">The call, or the expression that made it.</param>
    /// <param name="lastKernel">The kernel queued last, or null.</param>
    public static CudaException Describe(ICudaDriver driver, string device, CudaResult result, string call, string? lastKernel)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{device}: {MethodName(call)} failed with {driver.Describe(result)}");
        if (driver.Detail is string detail)
        {
            text.Append(CultureInfo.InvariantCulture, $": {detail}");
        }
        if (text[^1] != '.')
        {
            text.Append('.');
        }
        if (IsKernelFault(result) && lastKernel is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" The last kernel queued was {lastKernel}; it or one before it failed");
            text.Append(driver.Detail is null ? $" (set {CudaDevice.SyncVariable}=1 to wait after each and learn which)." : ".");
        }
        if (Remedy(result) is string remedy)
        {
            text.Append(' ').Append(remedy);
        }
        return new CudaException(text.ToString()) { DriverCode = (int)result };
    }

    /// <summary>Whether a kernel caused the code.</summary>
    private static bool IsKernelFault(CudaResult result) => result is CudaResult.IllegalAddress or CudaResult.LaunchTimeout
        or CudaResult.HardwareStackError or CudaResult.IllegalInstruction or CudaResult.MisalignedAddress or CudaResult.InvalidAddressSpace
        or CudaResult.InvalidProgramCounter or CudaResult.LaunchFailed;

    /// <summary>What to do about a code.</summary>
    private static string? Remedy(CudaResult result) => result switch
    {
        CudaResult.NoDevice => "No NVIDIA GPU is visible; is CUDA_VISIBLE_DEVICES set, or does the container lack the GPU?",
        CudaResult.SystemDriverMismatch => "The NVIDIA driver's library and kernel module differ (a driver update?); restart the machine.",
        CudaResult.SystemNotReady => "The system is not ready for CUDA yet (is nvidia-fabricmanager running?).",
        CudaResult.Deinitialized => "The driver has shut down; the device is gone for this process. Start again from the last checkpoint.",
        CudaResult.OutOfMemory => "The device has no memory left; close other programs that use it, or use a smaller --batch-size.",
        CudaResult.UnsupportedPtxVersion or CudaResult.NoJitCompiler => "The NVIDIA driver is too old for these kernels; update it.",
        CudaResult.InvalidPtx => null,
        _ when EndsContext(result) => "The device can't be used any more in this process; start again from the last checkpoint.",
        _ => null,
    };

    /// <summary>"driver.StreamSynchronize(stream)" to "StreamSynchronize"; what was written for people stays.</summary>
    private static string MethodName(string call)
    {
        int end = call.IndexOf('(', StringComparison.Ordinal);
        return end < 0 || call.AsSpan(0, end).Contains(' ') ? call : call[(call.LastIndexOf('.', end) + 1)..end];
    }
}
