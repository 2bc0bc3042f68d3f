namespace Gan.Train.Evaluation.Metrics;

/// <summary>Eigenvalues and eigenvectors of a real symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, section 8.5), cyclic by rows.</summary>
internal static class SymmetricEigen
{
    private const int MaxSweeps = 60;

    /// <param name="matrix">n x n, row-major; left as it is.</param>
    /// <param name="n">Rows.</param>
    /// <returns>Eigenvalues in no order, and the vectors as columns of an n x n matrix: matrix = V diag(values) V^T.</returns>
    public static (double[] Values, double[] Vectors) Solve(double[] matrix, int n)
    {
        double[] a = (double[])matrix.Clone(), v = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            v[i * n + i] = 1;
        }
        for (int sweep = 0; sweep < MaxSweeps && OffDiagonal(a, n) > 1e-30 * Diagonal(a, n); sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(a, v, n, p, q);
                }
            }
        }
        var values = new double[n];
        for (int i = 0; i < n; i++)
        {
            values[i] = a[i * n + i];
        }
        return (values, v);
    }

    /// <summary>Makes a[p, q] zero by a rotation in the plane of p and q.</summary>
    private static void Rotate(double[] a, double[] v, int n, int p, int q)
    {
        double apq = a[p * n + q];
        if (apq == 0)
        {
            return;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < n; k++)
        {
            (a[k * n + p], a[k * n + q]) = (c * a[k * n + p] - s * a[k * n + q], s * a[k * n + p] + c * a[k * n + q]);
        }
        for (int k = 0; k < n; k++)
        {
            (a[p * n + k], a[q * n + k]) = (c * a[p * n + k] - s * a[q * n + k], s * a[p * n + k] + c * a[q * n + k]);
            (v[k * n + p], v[k * n + q]) = (c * v[k * n + p] - s * v[k * n + q], s * v[k * n + p] + c * v[k * n + q]);
        }
    }

    private static double OffDiagonal(double[] a, int n)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += i / n == i % n ? 0 : a[i] * a[i];
        }
        return sum;
    }

    private static double Diagonal(double[] a, int n)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += a[i * n + i] * a[i * n + i];
        }
        return sum;
    }
}
