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

    /// <summary>log(1 + exp(x)) without overflow.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1P(Math.Exp(-Math.Abs(x)));

    /// <summary>log(1 + x) for x in [0, 1]: log of the rounded sum, corrected by what rounding took (Goldberg 1991, theorem 4).</summary>
    private static double Log1P(double x) => 1 + x == 1 ? x : Math.Log(1 + x) * x / (1 + x - 1);

    private static NdArray Pair(NdArray x, NdArray t, Func<double, double, double> f) =>
        new([.. x.Data.Select((v, i) => f(v, t.Data[t.Length == 1 ? 0 : i]))], x.Shape);
}
