namespace Gan.Train.Data.Codecs.Png;

/// <summary>Facts of the PNG specification (second edition, ISO/IEC 15948).</summary>
internal static class PngFormat
{
    public const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, RgbAlpha = 6;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Adam7: first column, first row, column step, row step of each pass (section 8.2).</summary>
    public static ReadOnlySpan<byte> Adam7 => [
        0, 0, 8, 8,
        4, 0, 8, 8,
        0, 4, 4, 8,
        2, 0, 4, 4,
        0, 2, 2, 4,
        1, 0, 2, 2,
        0, 1, 1, 2,
    ];
}

/// <summary>The IHDR chunk.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    /// <summary>Samples a stored pixel has, alpha and palette index included.</summary>
    public int Samples => ColourType switch
    {
        PngFormat.Rgb => 3,
        PngFormat.GreyAlpha => 2,
        PngFormat.RgbAlpha => 4,
        _ => 1,
    };

    /// <summary>Channels after decoding: alpha is dropped, a palette gives colours.</summary>
    public int Channels => ColourType is PngFormat.Grey or PngFormat.GreyAlpha ? 1 : 3;

    /// <summary>Distance to the "byte to the left" of the filters: whole bytes of a pixel, at least one.</summary>
    public int FilterStep => Math.Max(1, Samples * Depth / 8);

    public long RowBytes(long width) => (width * Samples * Depth + 7) / 8;

    /// <summary>Bytes the compressed data must expand to: each row with its filter byte, empty passes left out.</summary>
    public long InflatedBytes()
    {
        if (!Interlaced)
        {
            return Height * (1 + RowBytes(Width));
        }
        long sum = 0;
        for (var pass = 0; pass < 7; pass++)
        {
            var (w, h) = PassSize(pass);
            sum += w == 0 ? 0 : h * (1 + RowBytes(w));
        }
        return sum;
    }

    public (int Width, int Height) PassSize(int pass)
    {
        var p = PngFormat.Adam7.Slice(pass * 4, 4);
        return ((Width - p[0] + p[2] - 1) / p[2], (Height - p[1] + p[3] - 1) / p[3]);
    }
}
