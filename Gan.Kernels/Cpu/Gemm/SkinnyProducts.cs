using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// c[i, j] = sum over t of a[i, t] b[j, t], both contiguous in t, where one side has at most a few rows: every long row is read once, straight from
/// memory, so nothing is packed. A part takes some of the long side's rows.
/// </summary>
internal readonly unsafe struct DotProducts<TOps, TVec>(float* longSide, float* shortSide, float* bias, float* c, int longRows, int shortRows,
    int k, bool longIsColumns, bool accumulate) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int first = (int)((long)longRows * part / parts), last = (int)((long)longRows * (part + 1) / parts);
        for (int i = first; i < last; i++)
        {
            for (int j = 0; j < shortRows; j++)
            {
                (int row, int column, int columns) = longIsColumns ? (j, i, longRows) : (i, j, shortRows);
                float value = Dot(longSide + (long)i * k, shortSide + (long)j * k) + (bias == null ? 0 : bias[column]);
                float* to = c + (long)row * columns + column;
                *to = accumulate ? *to + value : value;
            }
        }
    }

    /// <summary>Four sums of vectors, so that loads and not the latency of the adds decide; their total in a fixed order.</summary>
    private float Dot(float* x, float* y)
    {
        int width = TOps.Width, t = 0;
        TVec s0 = default, s1 = default, s2 = default, s3 = default;
        for (; t <= k - 4 * width; t += 4 * width)
        {
            s0 = TOps.MultiplyAdd(TOps.Load(x + t), TOps.Load(y + t), s0);
            s1 = TOps.MultiplyAdd(TOps.Load(x + t + width), TOps.Load(y + t + width), s1);
            s2 = TOps.MultiplyAdd(TOps.Load(x + t + 2 * width), TOps.Load(y + t + 2 * width), s2);
            s3 = TOps.MultiplyAdd(TOps.Load(x + t + 3 * width), TOps.Load(y + t + 3 * width), s3);
        }
        for (; t <= k - width; t += width)
        {
            s0 = TOps.MultiplyAdd(TOps.Load(x + t), TOps.Load(y + t), s0);
        }
        TVec total = TOps.Add(TOps.Add(s0, s1), TOps.Add(s2, s3));
        float* lanes = (float*)&total;
        float sum = 0;
        for (int i = 0; i < width; i++)
        {
            sum += lanes[i];
        }
        for (; t < k; t++)
        {
            sum += x[t] * y[t];
        }
        return sum;
    }
}

/// <summary>
/// c[i, :] = sum over t of a(i, t) b[t, :] where there are few rows or few steps: the rows of b stream past accumulators of four vectors, nothing is
/// packed. A part takes some rows where there are enough of them, and so writes memory from end to end; else some columns.
/// </summary>
internal readonly unsafe struct RowSums<TOps, TVec>(float* a, long rowStride, long stepStride, float* b, float* bias, float* c, int m, int n, int k,
    bool accumulate) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    public void Run(int part, int parts)
    {
        int four = 4 * TOps.Width, groups = (n + four - 1) / four;
        bool byRows = m >= parts;
        (int firstRow, int lastRow) = byRows ? Share(m, part, parts) : (0, m);
        (int firstGroup, int lastGroup) = byRows ? (0, groups) : Share(groups, part, parts);
        int first = firstGroup * four, last = Math.Min(n, lastGroup * four);
        for (int i = firstRow; i < lastRow; i++)
        {
            float* weights = a + i * rowStride, row = c + (long)i * n;
            int j = first;
            for (; j <= last - four; j += four)
            {
                FourVectors(weights, j, row);
            }
            for (; j < last; j++)
            {
                float sum = bias == null ? 0 : bias[j];
                for (int t = 0; t < k; t++)
                {
                    sum += weights[t * stepStride] * b[(long)t * n + j];
                }
                row[j] = accumulate ? row[j] + sum : sum;
            }
        }
    }

    private static (int First, int Last) Share(int count, int part, int parts) =>
        ((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts));

    private void FourVectors(float* weights, int j, float* row)
    {
        int width = TOps.Width;
        TVec s0 = default, s1 = default, s2 = default, s3 = default;
        if (bias != null)
        {
            (s0, s1) = (TOps.Load(bias + j), TOps.Load(bias + j + width));
            (s2, s3) = (TOps.Load(bias + j + 2 * width), TOps.Load(bias + j + 3 * width));
        }
        float* from = b + j;
        for (int t = 0; t < k; t++, from += n)
        {
            TVec x = TOps.Broadcast(weights + t * stepStride);
            s0 = TOps.MultiplyAdd(x, TOps.Load(from), s0);
            s1 = TOps.MultiplyAdd(x, TOps.Load(from + width), s1);
            s2 = TOps.MultiplyAdd(x, TOps.Load(from + 2 * width), s2);
            s3 = TOps.MultiplyAdd(x, TOps.Load(from + 3 * width), s3);
        }
        row += j;
        if (accumulate)
        {
            (s0, s1) = (TOps.Add(s0, TOps.Load(row)), TOps.Add(s1, TOps.Load(row + width)));
            (s2, s3) = (TOps.Add(s2, TOps.Load(row + 2 * width)), TOps.Add(s3, TOps.Load(row + 3 * width)));
        }
        TOps.Store(row, s0);
        TOps.Store(row + width, s1);
        TOps.Store(row + 2 * width, s2);
        TOps.Store(row + 3 * width, s3);
    }
}
