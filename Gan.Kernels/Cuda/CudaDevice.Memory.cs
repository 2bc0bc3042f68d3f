using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;
using Gan.Kernels.Plans;

namespace Gan.Kernels.Cuda;

// Memory: blocks for the pools, and the marks that tell a checking driver which of them are in use.
public sealed partial class CudaDevice
{
    private readonly HashSet<nint> _blocks = [];
    private readonly Lock _marksLock = new();
    private readonly IMemoryMarks? _marks;
    private StepPlan? _capturing;
    private volatile bool _disposed;

    /// <inheritdoc/>
    /// <remarks>cuMemAlloc aligns to 256 bytes at least, and every block of the pool is a call of its own.</remarks>
    protected internal override nint AllocateRaw(long bytes)
    {
        _session.Enter();
        CudaResult result = _session.Driver.MemoryAllocate(bytes, out nint address);
        if (result == CudaResult.OutOfMemory)
        {
            return 0;
        }
        _session.Check(result, $"MemoryAllocate({bytes} bytes)");
        _blocks.Add(address);
        return address;
    }

    /// <inheritdoc/>
    /// <remarks>Waits for queued work first, which may still use the block. A refusal is not reported here: what caused it shows at the next call.</remarks>
    protected internal override void FreeRaw(nint address, long bytes)
    {
        _session.TrySettle();
        if (_blocks.Remove(address) && _session.TryEnter())
        {
            _ = _session.Driver.MemoryFree(address);
        }
    }

    /// <inheritdoc/>
    public override (long Free, long Total)? FreeMemory() =>
        _session.TryEnter() && _session.Driver.MemoryInfo(out long free, out long total) == CudaResult.Success ? (free, total) : null;

    /// <inheritdoc/>
    /// <remarks>The launch code runs as for this device, so its scratch memory is counted too, and the kernels it asks for begin to load.</remarks>
    public override ForecastDevice Forecast() =>
        new(forecast => new CudaKernels(new ForecastContext(forecast, Precision, _launches.Warpgroups, ComputeCapability, Multiprocessors, Foresee)), BytesApart);

    private void Foresee(KernelId kernel)
    {
        if (LoadsAhead && !_disposed)
        {
            _modules.Prefetch(kernel);
        }
    }

    /// <summary>Frees what buffers that outlive the device still hold.</summary>
    private void FreeAll()
    {
        foreach (nint address in _blocks.ToArray())
        {
            FreeRaw(address, 0);
        }
    }

    /// <inheritdoc/>
    /// <remarks>All of a small step's memory, which the second-level cache holds in any case; of a large one's, whose kernels fill the card alone, the beginning.</remarks>
    internal override long BytesApart => _launches.Branches ? 32L << 20 : 0;

    /// <inheritdoc/>
    internal override void CaptureStarting(StepPlan plan)
    {
        var replay = new GraphReplay(_session, _launches, _marksLock);
        (plan.DeviceState, _launches.Recording) = (replay, replay);
        lock (_marksLock)
        {
            _capturing = plan;
        }
    }

    /// <inheritdoc/>
    internal override void CaptureEnded(StepPlan plan)
    {
        lock (_marksLock)
        {
            _capturing = null;
        }
        _launches.Recording = null;
    }

    /// <inheritdoc/>
    protected internal override void Replay(StepPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ((GraphReplay)plan.DeviceState!).Run();
    }

    /// <inheritdoc/>
    internal override void BlockRented(MemoryPool pool, nint address, long bytes)
    {
        if (_marks is not null)
        {
            lock (_marksLock)
            {
                _marks.Rented(address, bytes, _session.Stream);
                if (_capturing is StepPlan plan && ReferenceEquals(plan.Pool, pool))
                {
                    ((GraphReplay)plan.DeviceState!).NoteRented(_marks, address, bytes);
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void BlockReturned(MemoryPool pool, nint address, long block)
    {
        if (_marks is not null)
        {
            lock (_marksLock)
            {
                if (_disposed)
                {
                    return;
                }
                _marks.Returned(address, block, _session.Stream);
                if (_capturing is StepPlan plan && ReferenceEquals(plan.Pool, pool))
                {
                    ((GraphReplay)plan.DeviceState!).NoteReturned(_marks, address, block);
                }
            }
        }
    }
}
