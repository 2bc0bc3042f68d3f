namespace Gan.Train.Data.Codecs.Png;

/// <summary>Turns a row of stored samples into 8-bit grey or RGB: alpha dropped, 16-bit samples keep their high byte.</summary>
internal static class PngSamples
{
    /// <param name="header">Depth and colour type of the row.</param>
    /// <param name="palette">Three bytes an entry; empty without a palette.</param>
    /// <param name="row">Unfiltered bytes.</param>
    /// <param name="pixels">The row's pixels, one or three bytes each; its length decides how many.</param>
    public static void Expand(PngHeader header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        var bytes = header.Depth / 8; // of a sample; 0 for packed ones
        switch (header.ColourType)
        {
            case PngFormat.Palette:
                ExpandPalette(header.Depth, palette, row, pixels);
                break;
            case PngFormat.Grey when bytes == 0:
                // 1, 2, 4 bits: all ones is white.
                var scale = 255 / ((1 << header.Depth) - 1);
                for (var x = 0; x < pixels.Length; x++)
                {
                    pixels[x] = (byte)(Packed(row, x, header.Depth) * scale);
                }
                break;
            case PngFormat.Grey when bytes == 1:
            case PngFormat.Rgb when bytes == 1:
                row.CopyTo(pixels);
                break;
            case PngFormat.Grey or PngFormat.GreyAlpha:
                var pixel = header.Samples * bytes;
                for (var x = 0; x < pixels.Length; x++)
                {
                    pixels[x] = row[x * pixel];
                }
                break;
            default:
                ExpandRgb(row, header.Samples * bytes, bytes, pixels);
                break;
        }
    }

    private static void ExpandRgb(ReadOnlySpan<byte> row, int pixel, int bytes, Span<byte> pixels)
    {
        for (int x = 0, i = 0; x < pixels.Length; x += 3, i += pixel)
        {
            pixels[x] = row[i];
            pixels[x + 1] = row[i + bytes];
            pixels[x + 2] = row[i + 2 * bytes];
        }
    }

    private static void ExpandPalette(int depth, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        for (int x = 0, o = 0; o < pixels.Length; x++, o += 3)
        {
            var index = depth == 8 ? row[x] : Packed(row, x, depth);
            if (index * 3 >= palette.Length)
            {
                throw new ImageFormatException(
                    $"PNG has a pixel of palette entry {index}, its palette has {palette.Length / 3}: damaged; write the file again");
            }
            palette.Slice(index * 3, 3).CopyTo(pixels.Slice(o, 3));
        }
    }

    /// <summary>Sample x of a row of 1-, 2- or 4-bit samples, the leftmost in the high bits.</summary>
    private static int Packed(ReadOnlySpan<byte> row, int x, int depth)
    {
        var bit = x * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }
}
