namespace Gan.Train.Evaluation.Metrics;

/// <summary>
/// Laplacian pyramid of one channel (Burt and Adelson 1983): each level is an image less the enlarged next one, the last is what is left. Blur with
/// [1 4 6 4 1]/16 in both directions, edges mirrored without repeating the edge pixel; halving keeps every second pixel. An odd side 2h + 1 halves to h + 1.
/// </summary>
internal static class LaplacianPyramid
{
    private static readonly double[] Kernel = [1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0];

    /// <summary>Sizes of the levels: halving goes on while the shorter side stays at least <paramref name="smallest"/>.</summary>
    public static (int Height, int Width)[] Sizes(int height, int width, int smallest)
    {
        List<(int, int)> sizes = [(height, width)];
        for (; Math.Min(height + 1, width + 1) / 2 >= smallest;)
        {
            (height, width) = ((height + 1) / 2, (width + 1) / 2);
            sizes.Add((height, width));
        }
        return [.. sizes];
    }

    /// <summary>The levels, finest first.</summary>
    public static double[][] Build(double[] plane, (int Height, int Width)[] sizes)
    {
        var levels = new double[sizes.Length][];
        for (int i = 0; i < sizes.Length; i++)
        {
            levels[i] = plane;
            if (i + 1 < sizes.Length)
            {
                double[] half = Down(plane, sizes[i], sizes[i + 1]);
                double[] enlarged = Up(half, sizes[i + 1], sizes[i]);
                levels[i] = [.. plane.Zip(enlarged, static (a, b) => a - b)];
                plane = half;
            }
        }
        return levels;
    }

    private static double[] Down(double[] image, (int Height, int Width) from, (int Height, int Width) to)
    {
        double[] blurred = Blur(image, from, 1), half = new double[to.Height * to.Width];
        for (int i = 0; i < half.Length; i++)
        {
            half[i] = blurred[i / to.Width * 2 * from.Width + i % to.Width * 2];
        }
        return half;
    }

    /// <summary>Zeros between the pixels, blurred; four times the weight makes up for the zeros.</summary>
    private static double[] Up(double[] image, (int Height, int Width) from, (int Height, int Width) to)
    {
        var spread = new double[to.Height * to.Width];
        for (int i = 0; i < image.Length; i++)
        {
            spread[i / from.Width * 2 * to.Width + i % from.Width * 2] = image[i];
        }
        return Blur(spread, to, 4);
    }

    private static double[] Blur(double[] image, (int Height, int Width) size, double scale)
    {
        (int h, int w) = size;
        double[] rows = new double[image.Length], result = new double[image.Length];
        for (int y = 0; y < h; y++)
        {
            for (int x = 0; x < w; x++)
            {
                for (int k = 0; k < 5; k++)
                {
                    rows[y * w + x] += Kernel[k] * image[y * w + Mirror(x + k - 2, w)];
                }
            }
        }
        for (int y = 0; y < h; y++)
        {
            for (int k = 0; k < 5; k++)
            {
                int from = Mirror(y + k - 2, h) * w;
                for (int x = 0; x < w; x++)
                {
                    result[y * w + x] += scale * Kernel[k] * rows[from + x];
                }
            }
        }
        return result;
    }

    /// <summary>... 2 1 0 1 2 ... n-2 n-1 n-2 ...; sides are at least 3.</summary>
    private static int Mirror(int i, int n) => i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}
