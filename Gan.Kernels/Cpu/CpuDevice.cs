using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>The processor: native memory and the SIMD kernels of this assembly. Calls run at once, so nothing ever waits.</summary>
public sealed unsafe class CpuDevice : Device
{
    private const long HugePage = 2 << 20;
    private const long HugeFrom = 4 << 20;

    private readonly WorkerPool _workers;
    private readonly CpuKernels _kernels;

    /// <summary>Opens the CPU.</summary>
    /// <param name="threads">Threads that share a kernel, the caller included; 0 means one per logical processor.</param>
    /// <exception cref="ArgumentException"><paramref name="threads"/> is negative, or GAN_VECTOR names no vector width.</exception>
    public CpuDevice(int threads = 0)
        : this(threads, SimdWidth.Choose(Environment.GetEnvironmentVariable(SimdWidth.Variable)))
    {
    }

    /// <summary>Opens the CPU with kernels of a given vector width, for tests.</summary>
    internal CpuDevice(int threads, int vectorBits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _workers = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        _kernels = new CpuKernels(_workers, vectorBits);
        string vectors = vectorBits == SimdWidth.Scalar ? "no vectors" : $"{vectorBits}-bit vectors";
        Description = $"{Processor.Model}, {_workers.Threads} {(_workers.Threads == 1 ? "thread" : "threads")}, {vectors}";
    }

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    protected override IKernels NativeKernels => _kernels;

    /// <summary>Threads that share a kernel, the caller included.</summary>
    public int Threads => _workers.Threads;

    /// <inheritdoc/>
    protected override void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) =>
        source.CopyTo(new Span<T>((void*)destination.Address, source.Length));

    /// <inheritdoc/>
    protected override void Download<T>(DeviceSpan<T> source, Span<T> destination) =>
        new ReadOnlySpan<T>((void*)source.Address, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    protected internal override nint AllocateRaw(long bytes)
    {
        // The system promises more memory than it has and ends the process when it is touched; refuse what cannot be there.
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        {
            return 0;
        }
        try
        {
            // Large blocks on 2 MiB boundaries can be backed by huge pages: fewer TLB misses in every pass over them.
            void* block = NativeMemory.AlignedAlloc((nuint)bytes, (nuint)(bytes >= HugeFrom ? HugePage : 64));
            if (bytes >= HugeFrom)
            {
                HugePages.Advise(block, bytes);
            }
            return (nint)block;
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    protected internal override void FreeRaw(nint address, long bytes) => NativeMemory.AlignedFree((void*)address);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _workers.Dispose();
            _kernels.Dispose();
        }
        base.Dispose(disposing);
    }
}
