using System.Numerics;

namespace Gan.Train.Evaluation.Metrics;

/// <summary>
/// Improved precision and recall (Kynkaanniemi et al. 2019, section 2): each set's manifold is the union of balls around its points, each reaching to its
/// point's k-th nearest neighbour in the same set, k = 3. Precision is the part of the generated points inside the real manifold, recall the part of the
/// real points inside the generated one.
/// </summary>
internal static class PrecisionRecall
{
    /// <summary>Neighbours that a ball reaches; the paper's choice.</summary>
    public const int K = 3;

    /// <param name="real">At least <see cref="K"/> + 1 points.</param>
    /// <param name="generated">At least <see cref="K"/> + 1 points.</param>
    public static (double Precision, double Recall) Compute(FeatureSet real, FeatureSet generated) =>
        (Inside(generated, real, Radii(real)), Inside(real, generated, Radii(generated)));

    /// <summary>Squared distance of each point to its k-th nearest other point.</summary>
    private static double[] Radii(FeatureSet set)
    {
        var radii = new double[set.Count];
        Parallel.For(0, set.Count, i =>
        {
            Span<double> nearest = stackalloc double[K];
            nearest.Fill(double.PositiveInfinity);
            for (int j = 0; j < set.Count; j++)
            {
                double distance = j == i ? double.PositiveInfinity : Squared(set.Row(i), set.Row(j));
                for (int n = 0; n < K; n++)
                {
                    if (distance < nearest[n])
                    {
                        (distance, nearest[n]) = (nearest[n], distance);
                    }
                }
            }
            radii[i] = nearest[K - 1];
        });
        return radii;
    }

    /// <summary>The part of <paramref name="points"/> that lies in a ball of <paramref name="manifold"/>.</summary>
    private static double Inside(FeatureSet points, FeatureSet manifold, double[] radii)
    {
        var inside = new bool[points.Count];
        Parallel.For(0, points.Count, i =>
        {
            for (int j = 0; j < manifold.Count && !inside[i]; j++)
            {
                inside[i] = Squared(points.Row(i), manifold.Row(j)) <= radii[j];
            }
        });
        return (double)inside.Count(static i => i) / points.Count;
    }

    /// <summary>Summed lane by lane in a fixed order, and the same for (a, b) and (b, a), so that equal distances compare equal.</summary>
    private static double Squared(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> sums = default;
        int i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> difference = new Vector<double>(a[i..]) - new Vector<double>(b[i..]);
            sums += difference * difference;
        }
        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }
}
