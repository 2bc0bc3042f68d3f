using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// Sums the columns of each row block into partials [blocks, columns]. Rows are read in memory order, eight at a time in a fixed tree,
/// so that the sums in the first-level cache are touched once for eight rows.
/// </summary>
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
        int r = 0;
        for (; r <= rows - 8; r += 8)
        {
            Eight<TV>(block + (long)r * columns, sums, columns);
        }
        for (; r < rows; r++)
        {
            One<TV>(block + (long)r * columns, sums, columns);
        }
    }

    private static void Eight<TV>(float* p, float* sums, int columns) where TV : unmanaged, ISimd<TV>
    {
        int c = 0;
        for (; c <= columns - TV.Count; c += TV.Count)
        {
            AddEight<TV>(p + c, sums + c, columns);
        }
        for (; c < columns; c++)
        {
            AddEight<F32x1>(p + c, sums + c, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEight<TV>(float* p, float* sum, long stride) where TV : unmanaged, ISimd<TV>
    {
        TV upper = (TV.Load(p) + TV.Load(p + stride)) + (TV.Load(p + 2 * stride) + TV.Load(p + 3 * stride));
        p += 4 * stride;
        TV lower = (TV.Load(p) + TV.Load(p + stride)) + (TV.Load(p + 2 * stride) + TV.Load(p + 3 * stride));
        (TV.Load(sum) + (upper + lower)).Store(sum);
    }

    private static void One<TV>(float* p, float* sums, int columns) where TV : unmanaged, ISimd<TV>
    {
        int c = 0;
        for (; c <= columns - TV.Count; c += TV.Count)
        {
            (TV.Load(sums + c) + TV.Load(p + c)).Store(sums + c);
        }
        for (; c < columns; c++)
        {
            sums[c] += p[c];
        }
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
