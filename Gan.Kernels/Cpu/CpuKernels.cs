using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// The kernels of the CPU: vectors for the lanes, <see cref="WorkerPool"/> for the cores. Work is cut into parts by size alone, and
/// reductions combine the parts in order, so that no result depends on the number of threads.
/// </summary>
internal sealed unsafe partial class CpuKernels : IKernels, IDisposable
{
    private readonly WorkerPool _pool;
    private readonly int _vectorBits;
    private readonly Scratch _scratch = new();

    /// <summary>Kernels on the given threads; the caller owns the pool.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="vectorBits">512, 256, 128 or <see cref="SimdWidth.Scalar"/>.</param>
    public CpuKernels(WorkerPool pool, int vectorBits) => (_pool, _vectorBits) = (pool, vectorBits);

    public void Dispose() => _scratch.Dispose();

    private void ForEach<TOp>(TOp op, long n) where TOp : struct, IElementwise =>
        Launch(new ElementwiseWork<TOp>(op, n), ElementwiseWork<TOp>.Parts(n));

    private void Launch<TWork>(TWork work, int parts) where TWork : struct, IVectorWork
    {
        switch (_vectorBits)
        {
            case 512:
                _pool.Run(new Widened<TWork, F32x16>(work), parts);
                break;
            case 256:
                _pool.Run(new Widened<TWork, F32x8>(work), parts);
                break;
            case 128:
                _pool.Run(new Widened<TWork, F32x4>(work), parts);
                break;
            default:
                _pool.Run(new Widened<TWork, F32x1>(work), parts);
                break;
        }
    }

    /// <summary>The address of an argument that must be CPU memory and have exactly <paramref name="length"/> elements.</summary>
    /// <exception cref="ArgumentException">It has another length, or lives elsewhere.</exception>
    private static T* Pointer<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged
    {
        if (span.Length != length)
        {
            throw new ArgumentException($"{kernel}: {argument} has {span.Length} elements where {length} are needed.");
        }
        return Address(span, argument, kernel);
    }

    /// <summary>As <see cref="Pointer"/>, for an output that is written once from end to end.</summary>
    private static Output To(DeviceSpan<float> span, long length, WriteMode mode = WriteMode.Write, int rowLength = 16,
        [CallerArgumentExpression(nameof(span))] string argument = "", [CallerMemberName] string kernel = "") =>
        new(Pointer(span, length, argument, kernel), length, mode, rowLength);

    /// <summary>As <see cref="Pointer"/>, for an argument of which the first <paramref name="length"/> elements count.</summary>
    private static T* AtLeast<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged
    {
        if (span.Length < length)
        {
            throw new ArgumentException($"{kernel}: {argument} has {span.Length} elements where at least {length} are needed.");
        }
        return Address(span, argument, kernel);
    }

    /// <summary>As <see cref="Pointer"/>, but null for an absent optional argument.</summary>
    private static T* Optional<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged =>
        span.IsEmpty ? null : Pointer(span, length, argument, kernel);

    private static T* Address<T>(DeviceSpan<T> span, string argument, string kernel) where T : unmanaged
    {
        if (span.Buffer is { Device: not CpuDevice } buffer)
        {
            throw new ArgumentException($"{kernel}: {argument} is in memory of {buffer.Device.Name}, but the kernel runs on the cpu; "
                + "copy it over first.");
        }
        return (T*)span.Address;
    }

    /// <summary>rows * columns, both checked.</summary>
    private static long Elements(int rows, int columns, [CallerMemberName] string kernel = "")
    {
        if (rows < 0 || columns < 0)
        {
            throw new ArgumentException($"{kernel}: {rows} x {columns} elements asked for; neither may be negative.");
        }
        return (long)rows * columns;
    }
}
