namespace Gan.Train.Data.Codecs.Gif;

/// <summary>Error diffusion (Floyd and Steinberg 1976): what a pixel's palette colour is wrong by goes 7/16 right, 3/16, 5/16 and 1/16 below.</summary>
internal static class FloydSteinberg
{
    /// <summary>A palette index a pixel.</summary>
    public static byte[] Indices(int width, int height, ReadOnlySpan<byte> pixels, ColourPalette palette)
    {
        var indices = new byte[width * height];
        // Sixteenths of levels, three a pixel, with a pixel of room at both ends.
        int[] here = new int[3 * (width + 2)], below = new int[3 * (width + 2)];
        Span<int> wanted = stackalloc int[3];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = y * width + x, room = 3 * (x + 1);
                for (int c = 0; c < 3; c++)
                {
                    wanted[c] = Math.Clamp(pixels[3 * at + c] + ((here[room + c] + 8) >> 4), 0, 255);
                }
                int index = indices[at] = palette.IndexOf(wanted[0], wanted[1], wanted[2]);
                for (int c = 0; c < 3; c++)
                {
                    int error = wanted[c] - palette.Rgb[3 * index + c];
                    here[room + 3 + c] += 7 * error;
                    below[room - 3 + c] += 3 * error;
                    below[room + c] += 5 * error;
                    below[room + 3 + c] += error;
                }
            }
            (here, below) = (below, here);
            Array.Clear(below);
        }
        return indices;
    }
}
