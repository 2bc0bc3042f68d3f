using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// First half of the batch statistics: each row block, once read, lies in the second-level cache and is passed twice, for its
/// mean and then for the sums of (x - mean) and (x - mean)^2 (the corrected two-pass algorithm of Chan, Golub and LeVeque 1983:
/// the first of them repairs what rounding did to the mean). Memory is read once. partials [blocks, 3, channels]: mean, sum of deviations, sum of squared deviations.
/// </summary>
internal readonly unsafe struct BlockStatistics(float* x, float* partials, RowBlocks blocks) : IVectorWork
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int channels = blocks.Columns;
        float* mean = partials + 3L * part * channels;
        new ColumnSumWork(x, partials, blocks, 3).Run<TV>(part);
        float rows = blocks.Length(part);
        for (int c = 0; c < channels; c++)
        {
            mean[c] /= rows;
        }
        ColumnPairSums.Of<TV, Deviations>(new Deviations(x, mean), blocks, part, mean + channels, mean + 2 * channels);
    }

    private readonly struct Deviations(float* x, float* mean) : IColumnPair
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>
        {
            TV d = TV.Load(x + i) - TV.Load(mean + c);
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
    private const int ChannelsPerPart = 64;

    public static int Parts(int channels) => (channels + ChannelsPerPart - 1) / ChannelsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        for (int c = part * ChannelsPerPart; c < Math.Min(blocks.Columns, (part + 1) * ChannelsPerPart); c++)
        {
            double sum = 0;
            for (int b = 0; b < blocks.Count; b++)
            {
                float* p = partials + 3L * b * blocks.Columns + c;
                sum += (double)blocks.Length(b) * p[0] + p[blocks.Columns];
            }
            double mean = sum / blocks.Rows, m2 = 0;
            for (int b = 0; b < blocks.Count; b++)
            {
                float* p = partials + 3L * b * blocks.Columns + c;
                double n = blocks.Length(b), deviation = p[blocks.Columns], away = p[0] + deviation / n - mean;
                m2 += p[2 * blocks.Columns] - deviation * deviation / n + n * away * away;
            }
            output.Store(c, mean, Math.Max(m2, 0), blocks.Rows);
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
        double unbiased = m2 / Math.Max(rows - 1, 1); // the caller refuses a single row; here it must only not divide by zero
        runningMean[c] = (float)((1 - (double)momentum) * runningMean[c] + momentum * mean);
        runningVar[c] = (float)((1 - (double)momentum) * runningVar[c] + momentum * unbiased);
    }
}
