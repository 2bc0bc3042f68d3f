using Gan.Train.Data.Codecs;

namespace Gan.Train.Data;

/// <summary>From an image file's bytes to the pixels of one training image: decode, EXIF orientation, channels, resize, centre crop.</summary>
internal static class ImagePipeline
{
    /// <param name="file">A PNG, JPEG or PNM file's bytes.</param>
    /// <param name="imageSize">Side of the result.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="limits">What the file may declare.</param>
    /// <param name="destinationHwc">imageSize x imageSize x channels bytes.</param>
    /// <exception cref="ImageFormatException">The file does not decode.</exception>
    public static void Load(ReadOnlySpan<byte> file, int imageSize, int channels, DecodeLimits limits, Span<byte> destinationHwc) =>
        Fit(ImageDecoder.Decode(file, limits), imageSize, channels, destinationHwc);

    /// <summary>The part of <see cref="Load"/> after decoding.</summary>
    public static void Fit(DecodedImage image, int imageSize, int channels, Span<byte> destinationHwc)
    {
        var pixels = imageSize * imageSize;
        ArgumentOutOfRangeException.ThrowIfNotEqual(destinationHwc.Length, pixels * channels);
        if (image.Channels == channels)
        {
            Resize(image.Pixels, image.Width, image.Height, channels, imageSize, destinationHwc);
        }
        else if (channels == 1)
        {
            // Luma first, as a loader that opens files as grey does: resizing rounds, so the order shows.
            ToLuma(image.Pixels, image.Pixels);
            Resize(image.Pixels.AsSpan(0, image.Width * image.Height), image.Width, image.Height, 1, imageSize, destinationHwc);
        }
        else
        {
            Resize(image.Pixels, image.Width, image.Height, 1, imageSize, destinationHwc[..pixels]);
            RepeatGrey(destinationHwc);
        }
    }

    /// <summary>Resizes and crops; an image of the right size is copied.</summary>
    public static void Resize(ReadOnlySpan<byte> pixels, int width, int height, int channels, int imageSize, Span<byte> destination)
    {
        if (width == imageSize && height == imageSize)
        {
            pixels.CopyTo(destination);
        }
        else
        {
            BilinearResize.ShorterSideAndCrop(pixels, width, height, channels, imageSize, destination);
        }
    }

    /// <summary>Grey of RGB after ITU-R BT.601 in 16-bit fixed point. Source and destination may be the same memory.</summary>
    public static void ToLuma(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (int i = 0, o = 0; i <= rgb.Length - 3; i += 3, o++)
        {
            grey[o] = (byte)((19595 * rgb[i] + 38470 * rgb[i + 1] + 7471 * rgb[i + 2] + 32768) >> 16);
        }
    }

    /// <summary>Spreads grey pixels in the first third of the memory to RGB over all of it.</summary>
    public static void RepeatGrey(Span<byte> pixels)
    {
        for (var i = pixels.Length / 3 - 1; i >= 0; i--)
        {
            pixels.Slice(3 * i, 3).Fill(pixels[i]);
        }
    }
}
