using Gan.Kernels.Plans;

namespace Gan.Kernels;

/// <summary>
/// Where memory lives and kernels run: "cpu" here, other kinds behind the same contract. Work is queued in order; only
/// <see cref="CopyToHost"/> and <see cref="Synchronize"/> wait for it.
/// </summary>
public abstract class Device : IDisposable
{
    private readonly MemoryPool _pool;
    private readonly List<StepPlan> _plans = [];
    private MemoryPool _active;
    private KernelRecorder? _recorder;

    /// <summary>Creates the device's empty pool.</summary>
    protected Device() => _pool = _active = new MemoryPool(this);

    /// <summary>Name as on the command line, e.g. "cpu".</summary>
    public abstract string Name { get; }

    /// <summary>What it is, for people: processor, vector width, threads.</summary>
    public abstract string Description { get; }

    /// <summary>The kernels of this device; calls are queued in order (and noted, while a plan is captured).</summary>
    public IKernels Kernels => _recorder ?? NativeKernels;

    /// <summary>Counts of the memory pool, those of captured plans included.</summary>
    public MemoryStatistics Memory
    {
        get
        {
            MemoryStatistics sum = _pool.Statistics;
            lock (_plans)
            {
                foreach (StepPlan plan in _plans)
                {
                    sum = sum.Plus(plan.Memory);
                }
            }
            return sum;
        }
    }

    /// <summary>Whether buffers take real memory, so that forgotten ones are worth looking for.</summary>
    protected internal virtual bool HoldsMemory => true;

    /// <summary>The kernels themselves.</summary>
    protected abstract IKernels NativeKernels { get; }

    /// <summary>Rents a block; contents are unspecified.</summary>
    /// <param name="bytes">Size in bytes; 0 is allowed.</param>
    /// <exception cref="DeviceOutOfMemoryException">The device has no such block.</exception>
    public DeviceBuffer Allocate(long bytes) => _active.Rent(bytes);

    /// <summary>Rents a block for <paramref name="length"/> elements; contents are unspecified.</summary>
    public DeviceBuffer Allocate<T>(long length) where T : unmanaged =>
        Allocate(length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());

    /// <summary>
    /// Runs <paramref name="step"/> once and captures its kernel calls with their buffers, so that the same step can be replayed without tape, host
    /// work or allocation, bit-identical to running it again. The step must not copy to or from the host; what changes from step to step must live in
    /// <see cref="StepState"/> or <see cref="AdamState"/>. Memory that the step takes belongs to the plan.
    /// </summary>
    /// <exception cref="InvalidOperationException">A capture is under way already.</exception>
    public StepPlan Capture(Action step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (_recorder is not null)
        {
            throw new InvalidOperationException("Device.Capture: a capture is under way; captures do not nest.");
        }
        List<Action<IKernels>> calls = [];
        var plan = new StepPlan(this, new MemoryPool(this, BytesApart), calls);
        CaptureStarting(plan);
        (_active, _recorder) = (plan.Pool, new KernelRecorder(NativeKernels, calls));
        try
        {
            step();
        }
        catch
        {
            (_active, _recorder) = (_pool, null);
            CaptureEnded(plan);
            plan.Pool.Close();
            throw;
        }
        (_active, _recorder) = (_pool, null);
        CaptureEnded(plan);
        lock (_plans)
        {
            _plans.Add(plan);
        }
        return plan;
    }

    /// <summary>Runs captured calls in order.</summary>
    protected internal virtual void Replay(StepPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (Action<IKernels> call in plan.Calls)
        {
            call(NativeKernels);
        }
    }

    /// <summary>Bytes of a plan's memory that are not handed out twice within its step, so that replays may run side by side what uses them.</summary>
    internal virtual long BytesApart => 0;

    /// <summary>A capture into <paramref name="plan"/> begins: until <see cref="CaptureEnded"/>, work and memory belong to it.</summary>
    internal virtual void CaptureStarting(StepPlan plan)
    {
    }

    /// <summary>The capture is over, whether the step succeeded or threw.</summary>
    internal virtual void CaptureEnded(StepPlan plan)
    {
    }

    /// <summary>A block goes to a user who asked for <paramref name="bytes"/>; told before any work with it is queued.</summary>
    internal virtual void BlockRented(MemoryPool pool, nint address, long bytes)
    {
    }

    /// <summary>A block's last user let go of it; told before the pool can hand it out again, on any thread (finalizers return forgotten blocks).</summary>
    internal virtual void BlockReturned(MemoryPool pool, nint address, long block)
    {
    }

    /// <summary>Waits for queued work like <see cref="Synchronize"/>, but does not throw: for those who clean up, maybe after a failure.</summary>
    internal virtual void Settle() => Synchronize();

    /// <summary>The error for a request that no pool could serve.</summary>
    internal DeviceOutOfMemoryException OutOfMemory(long bytes)
    {
        MemoryStatistics sum = Memory;
        return new DeviceOutOfMemoryException(Name, bytes, ReferenceEquals(_active, _pool) ? sum : sum.Plus(_active.Statistics), FreeMemory());
    }

    /// <summary>Bytes free and in all, as the device counts them; null when it can't tell.</summary>
    public virtual (long Free, long Total)? FreeMemory() => null;

    /// <summary>A device that takes no memory and does no work, but counts what this one would take.</summary>
    public virtual ForecastDevice Forecast() => new();

    /// <summary>A block whose pool closed while it was in use has come back.</summary>
    internal void Adopt(nint address, long block) => _pool.Adopt(address, block);

    internal void Forget(StepPlan plan)
    {
        lock (_plans)
        {
            _plans.Remove(plan);
        }
    }

    /// <summary>Gives cached memory back to the system.</summary>
    public void TrimMemory() => _pool.Trim();

    /// <summary>Copies host data to the start of <paramref name="destination"/>; the source may be changed after the return.</summary>
    /// <exception cref="InvalidOperationException">Inside <see cref="Capture"/>, or the destination is too short.</exception>
    public void CopyFromHost<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged
    {
        CheckCopy("CopyFromHost", source.Length, destination.Length);
        Upload(source, destination);
    }

    /// <summary>Waits for queued work, then fills <paramref name="destination"/> from the start of <paramref name="source"/>.</summary>
    /// <exception cref="InvalidOperationException">Inside <see cref="Capture"/>, or the source is too short.</exception>
    public void CopyToHost<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged
    {
        CheckCopy("CopyToHost", destination.Length, source.Length);
        Download(source, destination);
    }

    /// <summary>Opens a queue of copies to the device that run ahead of the work that needs them.</summary>
    /// <param name="bytes">The largest batch.</param>
    /// <param name="depth">Batches that can be under way.</param>
    public UploadQueue OpenUploadQueue(int bytes, int depth = 2) => NewUploadQueue(bytes, depth);

    /// <summary>The queue for this kind of device.</summary>
    private protected virtual UploadQueue NewUploadQueue(int bytes, int depth) => new HostUploadQueue(this, bytes, depth);

    /// <summary>Whether a step is being captured.</summary>
    internal bool IsCapturing => _recorder is not null;

    /// <summary>Copies host memory to the device; lengths are checked already.</summary>
    protected abstract void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged;

    /// <summary>Waits for queued work and copies device memory to the host; lengths are checked already.</summary>
    protected abstract void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged;

    private void CheckCopy(string operation, long host, long device)
    {
        if (_recorder is not null)
        {
            throw new InvalidOperationException($"Device.{operation}: a captured step can't exchange data with the host; copy before or after it.");
        }
        if (host > device)
        {
            throw new InvalidOperationException($"Device.{operation}: {host} elements do not fit a device span of {device}.");
        }
    }

    /// <summary>Waits until all queued work is done.</summary>
    public abstract void Synchronize();

    /// <summary>Takes memory from the device, 64-byte aligned; 0 when there is none.</summary>
    protected internal abstract nint AllocateRaw(long bytes);

    /// <summary>Gives memory back to the device.</summary>
    protected internal abstract void FreeRaw(nint address, long bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the plans that are left and releases the cached memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            StepPlan[] plans;
            lock (_plans)
            {
                plans = [.. _plans];
            }
            foreach (StepPlan plan in plans)
            {
                plan.Dispose();
            }
            _pool.Trim();
        }
    }
}
