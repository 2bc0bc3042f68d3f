namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Part of a window that lies inside the image for at least one lane: rows and pixels [Low, High) relative to the window.</summary>
internal struct WindowRange
{
    public int YLow, YHigh, XLow, XHigh;

    /// <summary>Pixels of a packed row.</summary>
    public readonly int Width => XHigh - XLow;
}

/// <summary>
/// Packs the input windows of a few lanes side by side: panel[(y * width + x) * channels + c][lane]. Each input is packed once and then
/// read by all the patches that contain it, which an im2col panel would hold kernel * kernel / stride / stride times. Rows and columns of padding
/// that all lanes have in common are left out, and the taps on them are never computed; the others become zeros.
/// </summary>
internal static unsafe class WindowPacker
{
    /// <summary>Packs <paramref name="count"/> lanes from lane <paramref name="first"/> into a panel of <paramref name="stride"/> lanes.</summary>
    public static WindowRange Pack(in WindowGeometry g, in WindowBlocks blocks, int first, int count, int stride, float* input, float* panel)
    {
        int windowH = g.WindowLength(blocks.BlockY), windowW = g.WindowLength(blocks.BlockX);
        int* top = stackalloc int[count];
        int* left = stackalloc int[count];
        float** images = stackalloc float*[count];
        float** rows = stackalloc float*[count];
        WindowRange range = new() { YLow = windowH, XLow = windowW };
        int commonLow = 0, commonHigh = windowW;
        for (int i = 0; i < count; i++)
        {
            (int image, int gridY, int gridX) = blocks.Lane(first + i);
            (top[i], left[i]) = (gridY * g.GridStep + g.OriginMin, gridX * g.GridStep + g.OriginMin);
            images[i] = input + (long)image * g.InH * g.InW * g.InC;
            (int low, int high) = Clip(left[i], windowW, g.InW);
            (range.XLow, range.XHigh) = (Math.Min(range.XLow, low), Math.Max(range.XHigh, high));
            (commonLow, commonHigh) = (Math.Max(commonLow, low), Math.Min(commonHigh, high));
            (low, high) = Clip(top[i], windowH, g.InH);
            (range.YLow, range.YHigh) = (Math.Min(range.YLow, low), Math.Max(range.YHigh, high));
        }
        range.XHigh = Math.Max(range.XHigh, range.XLow);
        bool sameColumns = commonLow == range.XLow && commonHigh == range.XHigh;
        for (int y = range.YLow; y < range.YHigh; y++)
        {
            float* to = panel + (long)(y - range.YLow) * range.Width * g.InC * stride;
            if (sameColumns)
            {
                for (int i = 0; i < count; i++)
                {
                    rows[i] = Pixel(g, images[i], top[i] + y, left[i] + range.XLow);
                }
                Interleave.Pack(rows, count, range.Width * g.InC, to, stride);
                continue;
            }
            for (int x = range.XLow; x < range.XHigh; x++, to += g.InC * stride)
            {
                for (int i = 0; i < count; i++)
                {
                    rows[i] = Pixel(g, images[i], top[i] + y, left[i] + x);
                }
                Interleave.Pack(rows, count, g.InC, to, stride);
            }
        }
        return range;
    }

    private static (int Low, int High) Clip(int start, int length, int size)
    {
        int low = Math.Clamp(-start, 0, length);
        return (low, Math.Clamp(size - start, low, length));
    }

    private static float* Pixel(in WindowGeometry g, float* image, int y, int x) =>
        y < 0 || y >= g.InH || x < 0 || x >= g.InW ? null : image + ((long)y * g.InW + x) * g.InC;
}
