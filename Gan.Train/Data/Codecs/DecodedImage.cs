namespace Gan.Train.Data.Codecs;

/// <summary>Eight-bit pixels, rows top to bottom, interleaved height-width-channel. Alpha has been dropped and EXIF orientation applied.</summary>
internal sealed class DecodedImage
{
    public DecodedImage(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels is 1 or 3, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.LongLength, (long)width * height * channels);
        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    public int Width { get; }
    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }
    public byte[] Pixels { get; }
    public bool IsGrey => Channels == 1;

    public static DecodedImage Empty(int width, int height, int channels) =>
        new(width, height, channels, GC.AllocateUninitializedArray<byte>(checked(width * height * channels)));
}
