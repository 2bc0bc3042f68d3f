using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Sums the columns of each row block into partials [blocks, columns], in the order of <see cref="ColumnOrder"/>.</summary>
internal readonly unsafe struct ColumnSumWork(float* x, float* partials, RowBlocks blocks) : IVectorWork
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int columns = blocks.Columns;
        Of<TV>(x + (long)blocks.Begin(part) * columns, blocks.Length(part), columns, partials + (long)part * columns);
    }

    /// <summary>sums[c] = sum of column c over the rows of a block.</summary>
    public static void Of<TV>(float* block, int rows, int columns, float* sums) where TV : unmanaged, ISimd<TV>
    {
        new Span<float>(sums, columns).Clear();
        int atOnce = ColumnOrder.RowsAtOnce(columns);
        for (int r = 0; r < rows; r += atOnce)
        {
            int count = Math.Min(atOnce, rows - r), c = 0;
            float* row = block + (long)r * columns;
            if (count > 1)
            {
                for (; c <= columns - 4 * TV.Count; c += 4 * TV.Count)
                {
                    FourVectors<TV>(row + c, columns, count, sums + c);
                }
            }
            for (; c <= columns - TV.Count; c += TV.Count)
            {
                Vector<TV>(row + c, columns, count, sums + c);
            }
            for (; c < columns; c++)
            {
                Vector<F32x1>(row + c, columns, count, sums + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourVectors<TV>(float* x, long stride, int rows, float* sums) where TV : unmanaged, ISimd<TV>
    {
        int n = TV.Count;
        TV a0 = TV.Load(x), a1 = TV.Load(x + n), a2 = TV.Load(x + 2 * n), a3 = TV.Load(x + 3 * n);
        for (int row = 1; row < rows; row++)
        {
            x += stride;
            a0 += TV.Load(x);
            a1 += TV.Load(x + n);
            a2 += TV.Load(x + 2 * n);
            a3 += TV.Load(x + 3 * n);
        }
        ColumnOrder.AddTo(sums, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Vector<TV>(float* x, long stride, int rows, float* sums) where TV : unmanaged, ISimd<TV>
    {
        TV sum = TV.Load(x);
        for (int row = 1; row < rows; row++)
        {
            x += stride;
            sum += TV.Load(x);
        }
        (TV.Load(sums) + sum).Store(sums);
    }
}

/// <summary>y[c] (+)= sum of partials[:, c], in order, in double.</summary>
internal readonly unsafe struct CombineColumnSums(float* partials, float* y, RowBlocks blocks, bool add) : IVectorWork
{
    private const int ColumnsPerPart = 256;

    public static int Parts(int columns) => (columns + ColumnsPerPart - 1) / ColumnsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int begin = part * ColumnsPerPart, length = Math.Min(ColumnsPerPart, blocks.Columns - begin);
        double* sums = stackalloc double[ColumnsPerPart];
        new Span<double>(sums, length).Clear();
        for (int b = 0; b < blocks.Count; b++)
        {
            float* row = partials + (long)b * blocks.Columns + begin;
            for (int c = 0; c < length; c++)
            {
                sums[c] += row[c];
            }
        }
        for (int c = 0; c < length; c++)
        {
            float sum = (float)sums[c];
            y[begin + c] = add ? y[begin + c] + sum : sum;
        }
    }
}
