using Gan.Kernels;

namespace Gan.Tests.Kernels;

/// <summary>The three convolution kernels as the formulas of IKernels say, in double precision.</summary>
internal static class NaiveConvolution
{
    public static double[] Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ConvDims d)
    {
        var y = new double[d.OutputLength];
        foreach ((int xi, int wi, int yi) in Taps(d))
        {
            double sum = 0;
            for (int c = 0; c < d.Cin; c++)
            {
                sum += (double)x[xi + c] * w[wi + c];
            }
            y[yi] += sum;
        }
        return y;
    }

    public static double[] DataGradient(ReadOnlySpan<float> dy, ReadOnlySpan<float> w, ConvDims d)
    {
        var dx = new double[d.InputLength];
        foreach ((int xi, int wi, int yi) in Taps(d))
        {
            for (int c = 0; c < d.Cin; c++)
            {
                dx[xi + c] += (double)dy[yi] * w[wi + c];
            }
        }
        return dx;
    }

    public static double[] WeightGradient(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ConvDims d)
    {
        var dw = new double[d.WeightLength];
        foreach ((int xi, int wi, int yi) in Taps(d))
        {
            for (int c = 0; c < d.Cin; c++)
            {
                dw[wi + c] += (double)dy[yi] * x[xi + c];
            }
        }
        return dw;
    }

    /// <summary>First channel of the input and of the weight, and the output element, of every tap that lies inside the image.</summary>
    private static IEnumerable<(int X, int W, int Y)> Taps(ConvDims d)
    {
        for (int y = 0; y < d.OutputLength; y++)
        {
            int co = y % d.Cout, ow = y / d.Cout % d.OutW, oh = y / d.Cout / d.OutW % d.OutH, n = y / d.Cout / d.OutW / d.OutH;
            for (int tap = 0; tap < d.Kernel * d.Kernel; tap++)
            {
                int kh = tap / d.Kernel, kw = tap % d.Kernel, h = oh * d.Stride - d.Padding + kh, w = ow * d.Stride - d.Padding + kw;
                if (h >= 0 && h < d.H && w >= 0 && w < d.W)
                {
                    yield return (((n * d.H + h) * d.W + w) * d.Cin, ((co * d.Kernel + kh) * d.Kernel + kw) * d.Cin, y);
                }
            }
        }
    }
}
