using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Two quantities of an element whose sums over a column are wanted.</summary>
internal interface IColumnPair
{
    /// <summary>Both, for elements i .. i + TV.Count - 1, which are columns c .. of one row.</summary>
    (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>;
}

/// <summary>
/// Column sums of two quantities over a block of rows, in memory order, four rows at a time in a fixed tree. Every column is its own
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
        for (; r <= end - 4; r += 4)
        {
            long row = (long)r * columns;
            int c = 0;
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                Four<TV, TPair>(pair, row + c, columns, c, first, second);
            }
            for (; c < columns; c++)
            {
                Four<F32x1, TPair>(pair, row + c, columns, c, first, second);
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
    private static void Four<TV, TPair>(TPair pair, long i, long stride, int c, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        (TV a0, TV b0) = pair.At<TV>(i, c);
        (TV a1, TV b1) = pair.At<TV>(i + stride, c);
        (TV a2, TV b2) = pair.At<TV>(i + 2 * stride, c);
        (TV a3, TV b3) = pair.At<TV>(i + 3 * stride, c);
        (TV.Load(first + c) + ((a0 + a1) + (a2 + a3))).Store(first + c);
        (TV.Load(second + c) + ((b0 + b1) + (b2 + b3))).Store(second + c);
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
