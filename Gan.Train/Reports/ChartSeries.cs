using Gan.Train.Data.Synthetic;

namespace Gan.Train.Reports;

/// <summary>One curve: a name, its colour and its points: mean, least and largest of the steps each stands for. Points that are not finite are gaps.</summary>
internal sealed record ChartSeries(string Name, Rgb Colour, float[] Mean, float[] Least, float[] Largest)
{
    /// <summary>The mean of the points within `half` places to both sides, fewer at the ends; a gap where the point itself is one.</summary>
    public float[] MovingMean(int half)
    {
        var sums = new double[Mean.Length + 1];
        var counts = new int[Mean.Length + 1];
        for (var i = 0; i < Mean.Length; i++)
        {
            var finite = float.IsFinite(Mean[i]);
            sums[i + 1] = sums[i] + (finite ? Mean[i] : 0);
            counts[i + 1] = counts[i] + (finite ? 1 : 0);
        }

        var means = new float[Mean.Length];
        for (var i = 0; i < means.Length; i++)
        {
            int from = Math.Max(i - half, 0), to = Math.Min(i + half + 1, means.Length);
            means[i] = float.IsFinite(Mean[i]) ? (float)((sums[to] - sums[from]) / (counts[to] - counts[from])) : float.NaN;
        }

        return means;
    }
}
