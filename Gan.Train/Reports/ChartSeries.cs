using Gan.Train.Data.Synthetic;

namespace Gan.Train.Reports;

/// <summary>One curve: a name, its colour and a value for each step; values that are not finite are gaps.</summary>
internal sealed record ChartSeries(string Name, Rgb Colour, float[] Values)
{
    /// <summary>The mean of the values within `half` places to both sides, fewer at the ends; a gap where the value itself is one.</summary>
    public float[] MovingMean(int half)
    {
        var sums = new double[Values.Length + 1];
        var counts = new int[Values.Length + 1];
        for (var i = 0; i < Values.Length; i++)
        {
            var finite = float.IsFinite(Values[i]);
            sums[i + 1] = sums[i] + (finite ? Values[i] : 0);
            counts[i + 1] = counts[i] + (finite ? 1 : 0);
        }

        var means = new float[Values.Length];
        for (var i = 0; i < means.Length; i++)
        {
            int from = Math.Max(i - half, 0), to = Math.Min(i + half + 1, means.Length);
            means[i] = float.IsFinite(Values[i]) ? (float)((sums[to] - sums[from]) / (counts[to] - counts[from])) : float.NaN;
        }

        return means;
    }

    /// <summary>
    /// The points to draw. Where several fall on one pixel column, its first, lowest, highest and last value stand for all of
    /// them, so that a spike among 100,000 steps still shows. A column of gaps is a gap.
    /// </summary>
    public static List<(float X, float Y)> Decimate(ReadOnlySpan<float> xs, ReadOnlySpan<float> ys)
    {
        List<(float X, float Y)> points = [];
        Span<int> keep = stackalloc int[4];
        for (int start = 0, end; start < xs.Length; start = end)
        {
            var column = MathF.Floor(xs[start]);
            int first = -1, lowest = -1, highest = -1, last = -1;
            for (end = start; end < xs.Length && MathF.Floor(xs[end]) == column; end++)
            {
                if (!float.IsFinite(ys[end]))
                {
                    continue;
                }

                first = first < 0 ? end : first;
                last = end;
                lowest = lowest < 0 || ys[end] < ys[lowest] ? end : lowest;
                highest = highest < 0 || ys[end] > ys[highest] ? end : highest;
            }

            if (first < 0)
            {
                points.Add((xs[start], float.NaN));
                continue;
            }

            (keep[0], keep[1], keep[2], keep[3]) = (first, Math.Min(lowest, highest), Math.Max(lowest, highest), last);
            for (var i = 0; i < 4; i++)
            {
                if (i == 0 || keep[i] != keep[i - 1])
                {
                    points.Add((xs[keep[i]], ys[keep[i]]));
                }
            }
        }

        return points;
    }
}
