using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Two quantities of an element whose sums over a column are wanted.</summary>
internal interface IColumnPair
{
    /// <summary>Both, for elements i .. i + TV.Count - 1, which are columns c .. of one row.</summary>
    (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>;

    /// <summary>Asks for the cache lines of element i ahead of use, where that was measured to help: beside one stream the hardware's own guess is enough.</summary>
    void Prefetch(long i);
}

/// <summary>
/// Column sums of two quantities over a block of rows, in memory order, eight rows at a time in a fixed tree,
/// so that the sums in the first-level cache are touched once for eight rows. Every column is its own
/// lane, so the width of the vectors changes nothing.
/// </summary>
internal static unsafe class ColumnPairSums
{
    /// <summary>first[c] = sum of first quantities, second[c] = sum of second ones, over the block's rows.</summary>
    public static void Of<TV, TPair>(TPair pair, RowBlocks blocks, int block, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        int columns = blocks.Columns, r = blocks.Begin(block), end = r + blocks.Length(block);
        new Span<float>(first, columns).Clear();
        new Span<float>(second, columns).Clear();
        for (; r <= end - 8; r += 8)
        {
            long row = (long)r * columns;
            int c = 0;
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                Eight<TV, TPair>(pair, row + c, columns, c, first, second);
            }
            for (; c < columns; c++)
            {
                Eight<F32x1, TPair>(pair, row + c, columns, c, first, second);
            }
        }
        for (; r < end; r++)
        {
            long row = (long)r * columns;
            int c = 0;
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                One<TV, TPair>(pair, row + c, c, first, second);
            }
            for (; c < columns; c++)
            {
                One<F32x1, TPair>(pair, row + c, c, first, second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight<TV, TPair>(TPair pair, long i, long stride, int c, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        for (int row = 8; row < 16; row++)
        {
            pair.Prefetch(i + row * stride);
        }
        (TV a, TV b) = Four<TV, TPair>(pair, i, stride, c);
        (TV a4, TV b4) = Four<TV, TPair>(pair, i + 4 * stride, stride, c);
        (TV.Load(first + c) + (a + a4)).Store(first + c);
        (TV.Load(second + c) + (b + b4)).Store(second + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TV First, TV Second) Four<TV, TPair>(TPair pair, long i, long stride, int c)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        (TV a0, TV b0) = pair.At<TV>(i, c);
        (TV a1, TV b1) = pair.At<TV>(i + stride, c);
        (TV a2, TV b2) = pair.At<TV>(i + 2 * stride, c);
        (TV a3, TV b3) = pair.At<TV>(i + 3 * stride, c);
        return ((a0 + a1) + (a2 + a3), (b0 + b1) + (b2 + b3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One<TV, TPair>(TPair pair, long i, int c, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        (TV a, TV b) = pair.At<TV>(i, c);
        (TV.Load(first + c) + a).Store(first + c);
        (TV.Load(second + c) + b).Store(second + c);
    }
}
