namespace Gan.Kernels;

/// <summary>
/// Where memory lives and kernels run: "cpu" here, other kinds behind the same contract. Work is queued in order; only
/// <see cref="CopyToHost"/> and <see cref="Synchronize"/> wait for it.
/// </summary>
public abstract class Device : IDisposable
{
    private readonly MemoryPool _pool;

    /// <summary>Creates the device's empty pool.</summary>
    protected Device() => _pool = new MemoryPool(this);

    /// <summary>Name as on the command line, e.g. "cpu".</summary>
    public abstract string Name { get; }

    /// <summary>What it is, for people: processor, vector width, threads.</summary>
    public abstract string Description { get; }

    /// <summary>The kernels of this device; calls are queued in order.</summary>
    public abstract IKernels Kernels { get; }

    /// <summary>Counts of the memory pool.</summary>
    public MemoryStatistics Memory => _pool.Statistics;

    /// <summary>Rents a block; contents are unspecified.</summary>
    /// <param name="bytes">Size in bytes; 0 is allowed.</param>
    /// <exception cref="DeviceOutOfMemoryException">The device has no such block.</exception>
    public DeviceBuffer Allocate(long bytes) => _pool.Rent(bytes);

    /// <summary>Rents a block for <paramref name="length"/> elements; contents are unspecified.</summary>
    public DeviceBuffer Allocate<T>(long length) where T : unmanaged =>
        Allocate(length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());

    /// <summary>Gives cached memory back to the system.</summary>
    public void TrimMemory() => _pool.Trim();

    /// <summary>Copies host data to the start of <paramref name="destination"/>; the source may be changed after the return.</summary>
    public abstract void CopyFromHost<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged;

    /// <summary>Waits for queued work, then copies to the host.</summary>
    public abstract void CopyToHost<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged;

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

    /// <summary>Releases the cached memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pool.Trim();
        }
    }
}

/// <summary>The device has no memory left for a request.</summary>
public sealed class DeviceOutOfMemoryException : Exception
{
    internal DeviceOutOfMemoryException(string device, long bytes, MemoryStatistics memory)
        : base($"{device}: out of memory: asked for {bytes / 1048576.0:0.#} MiB while {memory.InUse / 1048576.0:0.#} MiB are in use "
            + $"({memory.Reserved / 1048576.0:0.#} MiB reserved). A smaller --batch-size needs less.")
    {
    }
}
