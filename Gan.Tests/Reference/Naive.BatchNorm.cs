namespace Gan.Tests.Reference;

internal static partial class Naive
{
    /// <summary>
    /// Batch statistics over all but dimension 1: y = gamma (x - mean) / sqrt(biased variance + eps) + beta. Also returns the running statistics moved by
    /// <paramref name="momentum"/>, their variance from the unbiased one, as PyTorch.
    /// </summary>
    public static (NdArray Y, NdArray RunningMean, NdArray RunningVar) BatchNorm(NdArray x, NdArray gamma, NdArray beta, NdArray runningMean,
        NdArray runningVar, double momentum, double eps)
    {
        int channels = x.Shape[1], values = x.Length / channels;
        NdArray y = x.Clone(), newMean = runningMean.Clone(), newVar = runningVar.Clone();
        for (int c = 0; c < channels; c++)
        {
            double mean = OfChannel(x, c).Sum(i => x.Data[i]) / values;
            double squares = OfChannel(x, c).Sum(i => (x.Data[i] - mean) * (x.Data[i] - mean));
            foreach (int i in OfChannel(x, c))
            {
                y.Data[i] = gamma.Data[c] * (x.Data[i] - mean) / Math.Sqrt(squares / values + eps) + beta.Data[c];
            }
            newMean.Data[c] += momentum * (mean - newMean.Data[c]);
            newVar.Data[c] += momentum * (squares / (values - 1) - newVar.Data[c]);
        }
        return (y, newMean, newVar);
    }

    /// <summary>Running statistics: y = gamma (x - running mean) / sqrt(running variance + eps) + beta.</summary>
    public static NdArray BatchNormEval(NdArray x, NdArray gamma, NdArray beta, NdArray runningMean, NdArray runningVar, double eps)
    {
        NdArray y = x.Clone();
        for (int c = 0; c < x.Shape[1]; c++)
        {
            foreach (int i in OfChannel(x, c))
            {
                y.Data[i] = gamma.Data[c] * (x.Data[i] - runningMean.Data[c]) / Math.Sqrt(runningVar.Data[c] + eps) + beta.Data[c];
            }
        }
        return y;
    }

    /// <summary>Flat positions of one channel of (N, C) or (N, C, H, W).</summary>
    private static IEnumerable<int> OfChannel(NdArray x, int channel)
    {
        int channels = x.Shape[1], pixels = x.Length / x.Shape[0] / channels;
        for (int n = 0; n < x.Shape[0]; n++)
        {
            for (int p = 0; p < pixels; p++)
            {
                yield return (n * channels + channel) * pixels + p;
            }
        }
    }
}
