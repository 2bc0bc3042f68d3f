namespace Gan.Train.Evaluation.Metrics;

/// <summary>
/// Squared Frechet distance between two sets of features, each taken for a normal distribution (Dowson and Landau 1982; for GANs Heusel et al. 2017,
/// equation 6): |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)), with covariances over n - 1.
/// </summary>
internal static class FrechetDistance
{
    public static double Compute(FeatureSet a, FeatureSet b)
    {
        int d = a.Width;
        (double[] meanA, double[] covA) = Moments(a);
        (double[] meanB, double[] covB) = Moments(b);
        double means = 0, traces = 0;
        for (int i = 0; i < d; i++)
        {
            means += (meanA[i] - meanB[i]) * (meanA[i] - meanB[i]);
            traces += covA[i * d + i] + covB[i * d + i];
        }
        // S1 S2 has the eigenvalues of the symmetric R S2 R, R = S1^(1/2), so the trace of its root is the sum of their roots.
        double[] root = Root(covA, d);
        (double[] values, _) = SymmetricEigen.Solve(Product(Product(root, covB, d), root, d), d);
        // Rounding alone can take the distance of equal sets below 0.
        return Math.Max(0, means + traces - 2 * values.Sum(static v => Math.Sqrt(Math.Max(v, 0))));
    }

    /// <summary>Mean and unbiased covariance.</summary>
    private static (double[] Mean, double[] Covariance) Moments(FeatureSet x)
    {
        int d = x.Width;
        double[] mean = new double[d], cov = new double[d * d];
        for (int i = 0; i < x.Count; i++)
        {
            ReadOnlySpan<double> row = x.Row(i);
            for (int j = 0; j < d; j++)
            {
                mean[j] += row[j] / x.Count;
            }
        }
        Parallel.For(0, d, j =>
        {
            for (int i = 0; i < x.Count; i++)
            {
                ReadOnlySpan<double> row = x.Row(i);
                double from = (row[j] - mean[j]) / (x.Count - 1);
                for (int k = 0; k < d; k++)
                {
                    cov[j * d + k] += from * (row[k] - mean[k]);
                }
            }
        });
        return (mean, cov);
    }

    private static double[] Root(double[] matrix, int n)
    {
        (double[] values, double[] vectors) = SymmetricEigen.Solve(matrix, n);
        double[] root = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < n; k++)
                {
                    root[i * n + j] += vectors[i * n + k] * Math.Sqrt(Math.Max(values[k], 0)) * vectors[j * n + k];
                }
            }
        }
        return root;
    }

    private static double[] Product(double[] a, double[] b, int n)
    {
        double[] c = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < n; k++)
            {
                double left = a[i * n + k];
                for (int j = 0; j < n; j++)
                {
                    c[i * n + j] += left * b[k * n + j];
                }
            }
        }
        return c;
    }
}
