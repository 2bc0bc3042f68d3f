namespace Gan.Tests.Reference;

internal static partial class Naive
{
    /// <summary>
    /// One update, number <paramref name="t"/> counted from 1, of Adam (Kingma and Ba 2015, algorithm 1; epsilon added after the correction, as PyTorch).
    /// Changes w, m and v.
    /// </summary>
    public static void AdamStep(NdArray w, NdArray g, NdArray m, NdArray v, int t, double lr, double beta1, double beta2, double eps = 1e-8)
    {
        for (int i = 0; i < w.Length; i++)
        {
            m.Data[i] = beta1 * m.Data[i] + (1 - beta1) * g.Data[i];
            v.Data[i] = beta2 * v.Data[i] + (1 - beta2) * g.Data[i] * g.Data[i];
            double mHat = m.Data[i] / (1 - Math.Pow(beta1, t)), vHat = v.Data[i] / (1 - Math.Pow(beta2, t));
            w.Data[i] -= lr * mHat / (Math.Sqrt(vHat) + eps);
        }
    }
}
