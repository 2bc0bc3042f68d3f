using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// First half of the batch statistics, in one pass over each row block: sums of d and d^2, where d = x - shift and the shift is the mean of the block's first
/// rows, an eighth of them. The squared sum about the block's own mean is then sum d^2 - (sum d)^2 / n (the corrected algorithm of Chan, Golub and LeVeque 1983).
/// What that subtraction can lose is bounded whatever the data: k of n rows lie at most sqrt(n / k) standard deviations from the mean of all,
/// so sum d^2 is at most 1 + 8 times the result, three bits of a sum whose rounding goes on in double. partials [blocks, 3, channels]: shift, sum of d, sum of d^2.
/// </summary>
internal readonly unsafe struct BlockStatistics(float* x, float* partials, RowBlocks blocks) : IVectorWork
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int channels = blocks.Columns, rows = (blocks.Length(part) + 7) / 8;
        float* shift = partials + 3L * part * channels;
        ColumnSumWork.Of<TV>(x + (long)blocks.Begin(part) * channels, rows, channels, shift);
        float reciprocal = 1f / rows;
        int c = 0;
        for (; c <= channels - TV.Count; c += TV.Count)
        {
            (TV.Load(shift + c) * TV.Of(reciprocal)).Store(shift + c);
        }
        for (; c < channels; c++)
        {
            shift[c] *= reciprocal;
        }
        ColumnPairSums.Of<TV, Deviations>(new Deviations(x, shift), blocks, part, shift + channels, shift + 2 * channels);
    }

    private readonly struct Deviations(float* x, float* shift) : IColumnPair
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>
        {
            TV d = TV.Load(x + i) - TV.Load(shift + c);
            return (d, d * d);
        }
    }
}

/// <summary>
/// Second half: combines the blocks of a channel in order, in double: mean = sum of block sums / n, M2 = sum of the blocks' M2 +
/// rows of the block times (block mean - mean)^2 (Chan et al., equation 1.5, for many parts at once).
/// </summary>
internal readonly unsafe struct CombineStatistics(float* partials, RowBlocks blocks, BatchStatisticsOutput output) : IVectorWork
{
    private const int ChannelsPerPart = 32;

    public static int Parts(int channels) => (channels + ChannelsPerPart - 1) / ChannelsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int begin = part * ChannelsPerPart, length = Math.Min(ChannelsPerPart, blocks.Columns - begin), columns = blocks.Columns;
        double* mean = stackalloc double[2 * ChannelsPerPart], m2 = mean + ChannelsPerPart;
        new Span<double>(mean, 2 * ChannelsPerPart).Clear();
        for (int b = 0; b < blocks.Count; b++)
        {
            float* p = partials + 3L * b * columns + begin;
            double n = blocks.Length(b);
            for (int c = 0; c < length; c++)
            {
                mean[c] += n * p[c] + p[columns + c];
            }
        }
        for (int c = 0; c < length; c++)
        {
            mean[c] /= blocks.Rows;
        }
        for (int b = 0; b < blocks.Count; b++)
        {
            float* p = partials + 3L * b * columns + begin;
            double n = blocks.Length(b), reciprocal = 1 / n;
            for (int c = 0; c < length; c++)
            {
                double deviation = p[columns + c], own = deviation * reciprocal, away = p[c] + own - mean[c];
                m2[c] += p[2 * columns + c] - deviation * own + n * away * away;
            }
        }
        for (int c = 0; c < length; c++)
        {
            output.Store(begin + c, mean[c], Math.Max(m2[c], 0), blocks.Rows);
        }
    }
}

/// <summary>Where the statistics of a channel go.</summary>
internal readonly unsafe struct BatchStatisticsOutput(float* savedMean, float* savedInvStd, float* runningMean, float* runningVar,
    float momentum, float eps)
{
    public void Store(int c, double mean, double m2, int rows)
    {
        savedMean[c] = (float)mean;
        savedInvStd[c] = (float)(1 / Math.Sqrt(m2 / rows + eps));
        if (!float.IsFinite((float)mean) || !float.IsFinite((float)(m2 / rows)))
        {
            return;
        }
        double unbiased = m2 / Math.Max(rows - 1, 1); // the caller refuses a single row; here it must only not divide by zero
        runningMean[c] = (float)((1 - (double)momentum) * runningMean[c] + momentum * mean);
        runningVar[c] = (float)((1 - (double)momentum) * runningVar[c] + momentum * unbiased);
    }
}
