namespace Gan.Train.Data.Codecs.Gif;

/// <summary>One picture, compressed: what stands in a GIF between one frame's delay and the next.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Palette">Three bytes a colour, a power of two of them.</param>
/// <param name="Data">As <see cref="GifLzw.Encode"/> gives it.</param>
internal sealed record GifImage(int Width, int Height, byte[] Palette, byte[] Data)
{
    /// <summary>Bytes it takes in a file.</summary>
    public int Bytes => Palette.Length + Data.Length + 18;

    /// <summary>Compresses a picture. Grey ones, and those of at most 256 colours, stay exact.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1 grey, 3 RGB.</param>
    /// <param name="pixels">height x width x channels bytes.</param>
    /// <param name="dither">Hides the steps between the palette's colours; takes more bytes.</param>
    public static GifImage Encode(int width, int height, int channels, ReadOnlySpan<byte> pixels, bool dither = false)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels is 1 or 3, true, nameof(channels));
        if (width is < 1 or > ushort.MaxValue || height is < 1 or > ushort.MaxValue || pixels.Length != (long)width * height * channels)
        {
            throw new ArgumentException($"GIF: {pixels.Length} bytes for {width}x{height}x{channels} pixels; sides may be 1 to {ushort.MaxValue}.", nameof(pixels));
        }
        if (channels == 1)
        {
            return new(width, height, GreyRamp(), GifLzw.Encode(pixels, 8));
        }
        ColourPalette palette = ColourPalette.Of(pixels);
        byte[] indices = dither ? FloydSteinberg.Indices(width, height, pixels, palette) : Indices(pixels, palette);
        int bits = 1;
        while (1 << bits < palette.Count)
        {
            bits++;
        }
        var rgb = new byte[3 << bits];
        palette.Rgb.CopyTo(rgb, 0);
        return new(width, height, rgb, GifLzw.Encode(indices, bits));
    }

    private static byte[] GreyRamp()
    {
        var ramp = new byte[3 * 256];
        for (int i = 0; i < ramp.Length; i++)
        {
            ramp[i] = (byte)(i / 3);
        }
        return ramp;
    }

    private static byte[] Indices(ReadOnlySpan<byte> pixels, ColourPalette palette)
    {
        var indices = new byte[pixels.Length / 3];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = palette.IndexOf(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
        }
        return indices;
    }
}
