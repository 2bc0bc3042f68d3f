using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda;

// Opening by name.
public sealed partial class CudaDevice
{
    /// <summary>Opens GPU <paramref name="ordinal"/>: "cuda:N".</summary>
    /// <param name="ordinal">Its number in the driver's order (CUDA_VISIBLE_DEVICES applies).</param>
    /// <param name="precision">How products multiply.</param>
    /// <exception cref="CudaException">No driver, no such GPU, one that is too old, or the driver refused; the message says which and what to do.</exception>
    public static CudaDevice Open(int ordinal = 0, Precision precision = Precision.Fp32)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        NativeDriver driver = NativeDriver.TryLoad(out string? reason) ?? throw new CudaException($"cuda:{ordinal}: {reason}.");
        return Open(driver, ordinal, precision);
    }

    internal static CudaDevice Open(ICudaDriver driver, int ordinal, Precision precision, Func<string, string?>? readPtx = null)
    {
        CudaSurvey survey = CudaSurvey.Take(driver);
        string? reason = survey.Reason
            ?? (ordinal >= survey.Devices.Count ? $"there is no such GPU; the driver lists {survey.Devices.Count}" : survey.Devices[ordinal].Reason);
        return reason is null
            ? new CudaDevice(driver, ordinal, $"cuda:{ordinal}", precision, readPtx)
            : throw new CudaException($"cuda:{ordinal}: {reason}{(reason.EndsWith('.') ? "" : ".")}");
    }
}
