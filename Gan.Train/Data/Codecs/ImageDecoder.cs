using Gan.Train.Data.Codecs.Jpeg;
using Gan.Train.Data.Codecs.Png;

namespace Gan.Train.Data.Codecs;

/// <summary>Decodes an image file by its content; the name plays no part.</summary>
internal static class ImageDecoder
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pnm", ".pbm"];

    /// <summary>Whether a file's extension (with its dot, any case) is one that a folder of images is searched for.</summary>
    public static bool LooksLikeImage(string extension) => Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ImageFormatException">The bytes are not a whole PNG, JPEG or PNM image within the limits.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, DecodeLimits limits)
    {
        limits.CheckFile(file.Length);
        if (file.StartsWith(PngFormat.Signature))
        {
            return PngDecoder.Decode(file, limits);
        }
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return JpegDecoder.Decode(file, limits);
        }
        if (PnmDecoder.Matches(file))
        {
            return PnmDecoder.Decode(file, limits);
        }
        throw new ImageFormatException($"{FileKind.Describe(file)}; expected PNG, JPEG or PNM (pbm, pgm, ppm): convert it or take it out");
    }
}
