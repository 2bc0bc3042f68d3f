namespace Gan.Tests.Reference;

internal static partial class Naive
{
    public static NdArray Relu(NdArray x) => LeakyRelu(x, 0);

    public static NdArray LeakyRelu(NdArray x, double slope)
    {
        KinkWatch.Report(x);
        return x.Map(v => v > 0 ? v : slope * v);
    }

    public static NdArray Tanh(NdArray x) => x.Map(Math.Tanh);

    public static NdArray Sigmoid(NdArray x) => x.Map(Sigmoid);

    public static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}

/// <summary>
/// Notes how near the reference's pre-activations come to a kink, where float32 and float64 may take different slopes and central differences see
/// neither. Distance is measured against the root mean square of the tensor.
/// </summary>
internal sealed class KinkWatch : IDisposable
{
    [ThreadStatic]
    private static KinkWatch? t_current;

    private KinkWatch()
    {
    }

    /// <summary>Smallest distance seen, in units of its tensor's scale.</summary>
    public double Nearest { get; private set; } = double.PositiveInfinity;

    public static KinkWatch Begin() => t_current = new KinkWatch();

    public static void Report(NdArray x)
    {
        if (t_current is { } watch && x.Length > 0)
        {
            double scale = Math.Sqrt(x.Data.Average(static v => v * v));
            watch.Nearest = Math.Min(watch.Nearest, scale > 0 ? x.Data.Min(Math.Abs) / scale : 0);
        }
    }

    public void Dispose() => t_current = null;
}
