using Gan.Kernels;

namespace Gan.Tests.Reference;

internal static partial class Naive
{
    /// <summary>PyTorch's BCELoss: mean of -(t log p + (1 - t) log(1 - p)), no log below -100. One target may serve all.</summary>
    public static NdArray Bce(NdArray p, NdArray t) => Mean(BceEach(p, t));

    public static NdArray BceEach(NdArray p, NdArray t) =>
        Pair(p, t, static (p, t) => -(t * Math.Max(Math.Log(p), -100) + (1 - t) * Math.Max(Math.Log(1 - p), -100)));

    /// <summary>
    /// PyTorch's gradient of it, which is not the derivative at the ends: (p - t) / max(p (1 - p), 1e-12) / n. PyTorch's 1e-12 is a float32 number, in
    /// double precision too.
    /// </summary>
    public static NdArray BceGradient(NdArray p, NdArray t) => Pair(p, t, (p1, t1) => (p1 - t1) / Math.Max(p1 * (1 - p1), 1e-12f) / p.Length);

    /// <summary>Mean of t min(softplus(-z), 100) + (1 - t) min(softplus(z), 100). One target may serve all.</summary>
    public static NdArray BceWithLogits(NdArray z, NdArray t) => Mean(BceWithLogitsEach(z, t));

    public static NdArray BceWithLogitsEach(NdArray z, NdArray t) =>
        Pair(z, t, static (z, t) => t * Math.Min(Softplus(-z), 100) + (1 - t) * Math.Min(Softplus(z), 100));

    /// <summary>The gradient that the trainer is to use everywhere, also beyond the clamp: (sigmoid(z) - t) / n.</summary>
    public static NdArray BceWithLogitsGradient(NdArray z, NdArray t) => Pair(z, t, (z1, t1) => (Sigmoid(z1) - t1) / z.Length);

    /// <summary>Mean of max(0, 1 - t z), (z - t)^2 / 2 or t z.</summary>
    public static NdArray AdversarialLoss(NdArray z, LogitLoss kind, double target) => Mean(kind switch
    {
        LogitLoss.Hinge => Relu(z.Map(v => 1 - target * v)),
        LogitLoss.LeastSquares => z.Map(v => (v - target) * (v - target) / 2),
        _ => z.Map(v => target * v),
    });

    /// <summary>w / sigma, sigma = u^T W v with W's first size as rows; w, and v where it has four sizes, in PyTorch's order.</summary>
    public static NdArray SpectralNorm(NdArray w, NdArray u, NdArray v)
    {
        double sigma = 0;
        int columns = w.Length / w.Shape[0];
        for (int i = 0; i < w.Length; i++)
        {
            sigma += u.Data[i / columns] * w.Data[i] * v.Data[i % columns];
        }
        return w.Map(x => x / sigma);
    }

    /// <summary>log(1 + exp(x)) without overflow.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1P(Math.Exp(-Math.Abs(x)));

    /// <summary>log(1 + x) for x in [0, 1]: log of the rounded sum, corrected by what rounding took (Goldberg 1991, theorem 4).</summary>
    private static double Log1P(double x) => 1 + x == 1 ? x : Math.Log(1 + x) * x / (1 + x - 1);

    private static NdArray Pair(NdArray x, NdArray t, Func<double, double, double> f) =>
        new([.. x.Data.Select((v, i) => f(v, t.Data[t.Length == 1 ? 0 : i]))], x.Shape);
}
