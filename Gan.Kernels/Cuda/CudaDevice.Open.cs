using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;

namespace Gan.Kernels.Cuda;

// Opening by name.
public sealed partial class CudaDevice
{
    /// <summary>The emulator's name as a device.</summary>
    public const string EmulatorName = "cuda-emulator";

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

    /// <summary>
    /// Opens the emulator: "cuda-emulator", which executes the kernels' PTX on the processor, strictly and slowly. It pretends to be of compute
    /// capability 9.0 with 4 GiB of memory (half of the host's, if that is less).
    /// </summary>
    /// <param name="precision">How products multiply; tensor cores are emulated with the hardware's rounding of operands.</param>
    /// <param name="threads">Threads that run a kernel's blocks; 0 means one per logical processor. Results do not depend on it.</param>
    public static CudaDevice OpenEmulator(Precision precision = Precision.Fp32, int threads = 0) => OpenEmulator(precision, threads, EmulatorProfile.Default);

    /// <summary>The emulator with what tests change: the device it pretends to be, other PTX, a driver between (one that fails).</summary>
    internal static CudaDevice OpenEmulator(Precision precision, int threads, EmulatorProfile profile, Func<string, string?>? readPtx = null,
        Func<ICudaDriver, ICudaDriver>? wrap = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        threads = threads == 0 ? Environment.ProcessorCount : threads;
        var emulator = new EmulatorDriver(new PtxMachine(threads), profile);
        try
        {
            ICudaDriver driver = wrap?.Invoke(emulator) ?? emulator;
            driver.Initialize();
            return new CudaDevice(driver, 0, EmulatorName, precision, readPtx, emulator, $"{threads} {(threads == 1 ? "thread" : "threads")}")
            {
                LoadsAhead = wrap is null,
            };
        }
        catch
        {
            emulator.Dispose();
            throw;
        }
    }
}
