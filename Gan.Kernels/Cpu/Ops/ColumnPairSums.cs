using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Two quantities of an element whose sums over a column are wanted.</summary>
internal interface IColumnPair
{
    /// <summary>Both, for elements i .. i + TV.Count - 1, which are columns c .. of one row.</summary>
    (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>;
}

/// <summary>Column sums of two quantities over a block of rows, in the order of <see cref="ColumnOrder"/>.</summary>
internal static unsafe class ColumnPairSums
{
    /// <summary>first[c] = sum of first quantities, second[c] = sum of second ones, over the block's rows.</summary>
    public static void Of<TV, TPair>(TPair pair, RowBlocks blocks, int block, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        int columns = blocks.Columns, begin = blocks.Begin(block), end = begin + blocks.Length(block);
        new Span<float>(first, columns).Clear();
        new Span<float>(second, columns).Clear();
        int atOnce = ColumnOrder.RowsAtOnce(columns);
        for (int r = begin; r < end; r += atOnce)
        {
            int rows = Math.Min(atOnce, end - r), c = 0;
            long row = (long)r * columns;
            if (rows > 1)
            {
                for (; c <= columns - 4 * TV.Count; c += 4 * TV.Count)
                {
                    FourVectors<TV, TPair>(pair, row + c, columns, rows, c, first, second);
                }
            }
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                Vector<TV, TPair>(pair, row + c, columns, rows, c, first, second);
            }
            for (; c < columns; c++)
            {
                Vector<F32x1, TPair>(pair, row + c, columns, rows, c, first, second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourVectors<TV, TPair>(TPair pair, long i, long stride, int rows, int c, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        int n = TV.Count;
        (TV a0, TV b0) = pair.At<TV>(i, c);
        (TV a1, TV b1) = pair.At<TV>(i + n, c + n);
        (TV a2, TV b2) = pair.At<TV>(i + 2 * n, c + 2 * n);
        (TV a3, TV b3) = pair.At<TV>(i + 3 * n, c + 3 * n);
        for (int row = 1; row < rows; row++)
        {
            i += stride;
            (TV a, TV b) = pair.At<TV>(i, c);
            (a0, b0) = (a0 + a, b0 + b);
            (a, b) = pair.At<TV>(i + n, c + n);
            (a1, b1) = (a1 + a, b1 + b);
            (a, b) = pair.At<TV>(i + 2 * n, c + 2 * n);
            (a2, b2) = (a2 + a, b2 + b);
            (a, b) = pair.At<TV>(i + 3 * n, c + 3 * n);
            (a3, b3) = (a3 + a, b3 + b);
        }
        ColumnOrder.AddTo(first + c, a0, a1, a2, a3);
        ColumnOrder.AddTo(second + c, b0, b1, b2, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Vector<TV, TPair>(TPair pair, long i, long stride, int rows, int c, float* first, float* second)
        where TV : unmanaged, ISimd<TV>
        where TPair : struct, IColumnPair
    {
        (TV sumA, TV sumB) = pair.At<TV>(i, c);
        for (int row = 1; row < rows; row++)
        {
            i += stride;
            (TV a, TV b) = pair.At<TV>(i, c);
            (sumA, sumB) = (sumA + a, sumB + b);
        }
        (TV.Load(first + c) + sumA).Store(first + c);
        (TV.Load(second + c) + sumB).Store(second + c);
    }
}
