namespace Gan.Train.Evaluation.Metrics;

/// <summary>
/// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003): products over scales of contrast and structure, and of luminance at the last one. Windows are 11 x 11 Gaussians of deviation
/// 1.5, K1 = 0.01, K2 = 0.03, L = 255; between scales 2 x 2 means. Where an image is too small for all five scales, it has as many as keep 11 pixels, with the
/// paper's exponents divided by their sum. Channels are compared one by one and averaged. A negative factor counts as 0.
/// </summary>
internal static class MsSsim
{
    private const int Window = 11;
    private const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    /// <summary>Section 3.2 of the paper, finest scale first.</summary>
    private static readonly double[] Exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    private static readonly double[] Gaussian = MakeGaussian();

    /// <summary>Scales that an image of this size has; 0 when it is smaller than the window.</summary>
    public static int Scales(int height, int width)
    {
        int scales = 0;
        for (; scales < Exponents.Length && Math.Min(height, width) >= Window; scales++)
        {
            (height, width) = (height / 2, width / 2);
        }
        return scales;
    }

    /// <summary>Mean over pairs of images; lower means more diverse (Odena et al. 2017, section 4.2, with pairs of any classes).</summary>
    /// <param name="images">Of one size, at least 11 x 11.</param>
    /// <param name="pairs">Indices.</param>
    public static double Mean(PixelSet images, (int A, int B)[] pairs)
    {
        var values = new double[pairs.Length];
        Parallel.For(0, pairs.Length, i =>
        {
            for (int c = 0; c < images.Channels; c++)
            {
                values[i] += Compare(images.Plane(pairs[i].A, c), images.Plane(pairs[i].B, c), images.Height, images.Width) / images.Channels;
            }
        });
        return values.Average();
    }

    /// <summary>MS-SSIM of two planes.</summary>
    internal static double Compare(double[] x, double[] y, int height, int width)
    {
        int scales = Scales(height, width);
        double total = Exponents[..scales].Sum(), product = 1;
        for (int s = 0; s < scales; s++)
        {
            (double contrastStructure, double ssim) = Ssim(x, y, height, width);
            product *= Math.Pow(Math.Max(s == scales - 1 ? ssim : contrastStructure, 0), Exponents[s] / total);
            (x, y) = (Halve(x, height, width), Halve(y, height, width));
            (height, width) = (height / 2, width / 2);
        }
        return product;
    }

    /// <summary>Means over all whole windows of contrast times structure, and of that times luminance.</summary>
    private static (double ContrastStructure, double Ssim) Ssim(double[] x, double[] y, int height, int width)
    {
        double[] mx = Blur(x, height, width), my = Blur(y, height, width);
        double[] xx = Blur(Multiply(x, x), height, width), yy = Blur(Multiply(y, y), height, width), xy = Blur(Multiply(x, y), height, width);
        double cs = 0, ssim = 0;
        for (int i = 0; i < mx.Length; i++)
        {
            double mean2 = mx[i] * my[i], contrast = (2 * (xy[i] - mean2) + C2) / (xx[i] - mx[i] * mx[i] + yy[i] - my[i] * my[i] + C2);
            cs += contrast;
            ssim += contrast * (2 * mean2 + C1) / (mx[i] * mx[i] + my[i] * my[i] + C1);
        }
        return (cs / mx.Length, ssim / mx.Length);
    }

    /// <summary>Gaussian means at every place where the window lies inside: (height - 10) x (width - 10).</summary>
    private static double[] Blur(double[] image, int height, int width)
    {
        int w = width - Window + 1, h = height - Window + 1;
        double[] rows = new double[height * w], result = new double[h * w];
        for (int y = 0; y < height; y++)
        {
            for (int k = 0; k < Window; k++)
            {
                double weight = Gaussian[k];
                for (int x = 0; x < w; x++)
                {
                    rows[y * w + x] += weight * image[y * width + x + k];
                }
            }
        }
        for (int y = 0; y < h; y++)
        {
            for (int k = 0; k < Window; k++)
            {
                double weight = Gaussian[k];
                for (int x = 0; x < w; x++)
                {
                    result[y * w + x] += weight * rows[(y + k) * w + x];
                }
            }
        }
        return result;
    }

    /// <summary>Means of 2 x 2 pixels; an odd last row or column is left out.</summary>
    private static double[] Halve(double[] image, int height, int width)
    {
        int h = height / 2, w = width / 2;
        var half = new double[h * w];
        for (int y = 0; y < h; y++)
        {
            for (int x = 0; x < w; x++)
            {
                int at = 2 * y * width + 2 * x;
                half[y * w + x] = (image[at] + image[at + 1] + image[at + width] + image[at + width + 1]) / 4;
            }
        }
        return half;
    }

    private static double[] Multiply(double[] x, double[] y)
    {
        var product = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    private static double[] MakeGaussian()
    {
        double[] weights = [.. Enumerable.Range(0, Window).Select(static i => Math.Exp(-(i - Window / 2) * (i - Window / 2) / (2 * 1.5 * 1.5)))];
        double sum = weights.Sum();
        return Array.ConvertAll(weights, w => w / sum);
    }
}
