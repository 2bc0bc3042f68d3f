using Gan.Kernels;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// Products in float32 in the order that docs/cuda-products.md gives: terms by k, 64 of them fused into one accumulator, the accumulators added in turn. What lies
/// outside a picture is a zero. Any float32 tile gives these bits.
/// </summary>
internal static class OrderedSums
{
    private const int StepsPerSum = 64;

    public static float[] MatMul(float[] a, float[] b, int m, int n, int k, bool transposeA, bool transposeB) =>
        All(m * n, k, (i, t) => (a[transposeA ? t * m + i / n : i / n * k + t], b[transposeB ? i % n * k + t : t * n + i % n]));

    /// <summary>Steps: tap row, tap column, channel of x.</summary>
    public static float[] Forward(float[] x, float[] w, ConvDims d) => All((int)d.OutputLength, d.Kernel * d.Kernel * d.Cin, (i, k) =>
    {
        int co = i % d.Cout, ow = i / d.Cout % d.OutW, oh = i / d.Cout / d.OutW % d.OutH, n = i / d.Cout / d.OutW / d.OutH;
        int ci = k % d.Cin, kw = k / d.Cin % d.Kernel, kh = k / d.Cin / d.Kernel;
        return (At(x, n, oh * d.Stride - d.Padding + kh, ow * d.Stride - d.Padding + kw, ci, d.H, d.W, d.Cin), w[((co * d.Kernel + kh) * d.Kernel + kw) * d.Cin + ci]);
    });

    /// <summary>Steps, with stride 1: tap row, tap column, channel of dy.</summary>
    public static float[] DataGradient(float[] dy, float[] w, ConvDims d) => All((int)d.InputLength, d.Kernel * d.Kernel * d.Cout, (i, k) =>
    {
        int ci = i % d.Cin, x = i / d.Cin % d.W, y = i / d.Cin / d.W % d.H, n = i / d.Cin / d.W / d.H;
        int co = k % d.Cout, kw = k / d.Cout % d.Kernel, kh = k / d.Cout / d.Kernel;
        return (At(dy, n, y + d.Padding - kh, x + d.Padding - kw, co, d.OutH, d.OutW, d.Cout), w[((co * d.Kernel + kh) * d.Kernel + kw) * d.Cin + ci]);
    });

    /// <summary>Steps: picture, row, column of dy.</summary>
    public static float[] WeightGradient(float[] x, float[] dy, ConvDims d) => All((int)d.WeightLength, d.N * d.OutH * d.OutW, (i, k) =>
    {
        int ci = i % d.Cin, kw = i / d.Cin % d.Kernel, kh = i / d.Cin / d.Kernel % d.Kernel, co = i / d.Cin / d.Kernel / d.Kernel;
        int ow = k % d.OutW, oh = k / d.OutW % d.OutH, n = k / d.OutW / d.OutH;
        return (dy[k * d.Cout + co], At(x, n, oh * d.Stride - d.Padding + kh, ow * d.Stride - d.Padding + kw, ci, d.H, d.W, d.Cin));
    });

    private static float[] All(int length, int steps, Func<int, int, (float A, float B)> term)
    {
        float[] c = new float[length];
        for (int i = 0; i < length; i++)
        {
            for (int first = 0; first < steps; first += StepsPerSum)
            {
                float sum = 0;
                for (int k = first; k < Math.Min(first + StepsPerSum, steps); k++)
                {
                    (float a, float b) = term(i, k);
                    sum = MathF.FusedMultiplyAdd(a, b, sum);
                }
                c[i] += sum;
            }
        }
        return c;
    }

    private static float At(float[] x, int n, int row, int column, int channel, int height, int width, int channels) =>
        row >= 0 && row < height && column >= 0 && column < width ? x[((n * height + row) * width + column) * channels + channel] : 0;
}
