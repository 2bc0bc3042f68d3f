namespace Gan.Tests.Cuda.Products;

/// <summary>op(a) op(b) in double precision.</summary>
internal static class ProductReference
{
    public static double[] MatMul(float[] a, float[] b, int m, int n, int k, bool transposeA, bool transposeB)
    {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int t = 0; t < k; t++)
                {
                    c[i * n + j] += (double)a[transposeA ? t * m + i : i * k + t] * b[transposeB ? j * k + t : t * n + j];
                }
            }
        }
        return c;
    }
}
