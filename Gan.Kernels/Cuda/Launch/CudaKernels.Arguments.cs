using System.Runtime.CompilerServices;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    /// <summary>Threads of a block in all kernels but the matrix products; the sources state it as launch bound.</summary>
    private const int Threads = 256;

    /// <summary>Blocks of <see cref="Threads"/> that fill a multiprocessor (2048 threads).</summary>
    private const int BlocksPerMultiprocessor = 8;

    /// <summary>Queues a kernel on a one-dimensional grid.</summary>
    private void Launch(KernelId kernel, long blocks, KernelParameters parameters) =>
        Context.Launch(kernel, new Dim3(checked((int)blocks)), new Dim3(Threads), 0, parameters);

    /// <summary>
    /// Blocks for n elements, four to a thread at a time; a grid that already fills the card goes over them several times. Only for kernels whose results do not
    /// depend on the grid.
    /// </summary>
    private long ElementwiseBlocks(long n) => Math.Clamp((n / 4 + Threads - 1) / Threads, 1, FullCard);

    /// <summary>Blocks that fill the card.</summary>
    private int FullCard => Context.Multiprocessors * BlocksPerMultiprocessor;

    /// <summary>An argument that must be memory of this device and have exactly <paramref name="length"/> elements; answers with it.</summary>
    /// <exception cref="ArgumentException">It has another length, or lives elsewhere.</exception>
    private static DeviceSpan<T> Exactly<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged
    {
        if (span.Length != length)
        {
            throw new ArgumentException($"{kernel}: {argument} has {span.Length} elements where {length} are needed.");
        }
        return Here(span, argument, kernel);
    }

    /// <summary>As <see cref="Exactly"/>, for an argument of which the first <paramref name="length"/> elements count.</summary>
    private static DeviceSpan<T> AtLeast<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged
    {
        if (span.Length < length)
        {
            throw new ArgumentException($"{kernel}: {argument} has {span.Length} elements where at least {length} are needed.");
        }
        return Here(span, argument, kernel);
    }

    /// <summary>As <see cref="Exactly"/>, but absent is allowed too.</summary>
    private static DeviceSpan<T> Optional<T>(DeviceSpan<T> span, long length, [CallerArgumentExpression(nameof(span))] string argument = "",
        [CallerMemberName] string kernel = "") where T : unmanaged =>
        span.IsEmpty ? span : Exactly(span, length, argument, kernel);

    private static DeviceSpan<T> Here<T>(DeviceSpan<T> span, string argument, string kernel) where T : unmanaged
    {
        if (span.Buffer is { Device: CpuDevice })
        {
            throw new ArgumentException($"{kernel}: {argument} is in memory of the cpu, but the kernel runs on a CUDA device; copy it over first.");
        }
        return span;
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
