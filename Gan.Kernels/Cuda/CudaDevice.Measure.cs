using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Kernels.Cuda;

/// <summary>What the driver made of a kernel.</summary>
/// <param name="Name">PTX file and entry.</param>
/// <param name="Registers">Registers a thread.</param>
/// <param name="LocalBytes">Local memory a thread, in bytes: above 0, registers were spilled.</param>
/// <param name="StaticShared">Shared memory a block declares, in bytes.</param>
public sealed record CudaKernelInfo(string Name, int Registers, int LocalBytes, int StaticShared);

// For those who measure.
public sealed partial class CudaDevice
{
    /// <summary>Time that the device took for the work queued by <paramref name="work"/>, in milliseconds: between two events around it. Waits for the device.</summary>
    /// <exception cref="InvalidOperationException">Inside a capture.</exception>
    public double Measure(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (IsCapturing)
        {
            throw new InvalidOperationException("CudaDevice.Measure: a captured step can't wait for the device.");
        }
        ICudaDriver driver = _session.Driver;
        nint start = 0, end = 0;
        _session.Enter();
        try
        {
            _session.Check(driver.EventCreate(timing: true, out start));
            _session.Check(driver.EventCreate(timing: true, out end));
            _session.Check(driver.EventRecord(start, _session.Stream));
            work();
            _session.Check(driver.EventRecord(end, _session.Stream));
            _session.Check(driver.EventSynchronize(end));
            _session.Check(driver.EventElapsed(start, end, out float milliseconds));
            return milliseconds;
        }
        finally
        {
            _ = start == 0 ? CudaResult.Success : driver.EventDestroy(start);
            _ = end == 0 ? CudaResult.Success : driver.EventDestroy(end);
        }
    }

    /// <summary>The kernels launched so far, by name, with what they take of the device.</summary>
    /// <exception cref="CudaException">The driver would not tell.</exception>
    public IReadOnlyList<CudaKernelInfo> LoadedKernels()
    {
        _session.Enter();
        return [.. _modules.Loaded.Select(Ask).OrderBy(static k => k.Name, StringComparer.Ordinal)];
    }

    private CudaKernelInfo Ask(KernelFunction kernel)
    {
        _session.Check(_session.Driver.FunctionAttribute(kernel.Handle, CudaFunctionAttribute.Registers, out int registers));
        _session.Check(_session.Driver.FunctionAttribute(kernel.Handle, CudaFunctionAttribute.LocalBytes, out int local));
        return new CudaKernelInfo(kernel.Id.ToString(), registers, local, kernel.StaticShared);
    }

    /// <inheritdoc/>
    private protected override UploadQueue NewUploadQueue(int bytes, int depth) => new CudaUploadQueue(this, bytes, depth);
}
