using System.Buffers.Binary;

namespace Gan.Train.Data.Codecs;

/// <summary>The Orientation tag (0x0112) of EXIF 2.3, section 4.6.4: how the stored rows and columns lie in the scene.</summary>
internal static class ExifOrientation
{
    /// <summary>Reads the tag from a TIFF structure (what follows "Exif\0\0"). Anything damaged or absent counts as 1, upright.</summary>
    public static int Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
        {
            return 1;
        }
        var little = tiff.StartsWith("II*\0"u8);
        if (!little && !tiff.StartsWith("MM\0*"u8))
        {
            return 1;
        }
        var directory = U32(tiff[4..], little);
        if (directory > tiff.Length - 2)
        {
            return 1;
        }
        var entries = U16(tiff[(int)directory..], little);
        var at = (int)directory + 2;
        for (var i = 0; i < entries && at <= tiff.Length - 12; i++, at += 12)
        {
            if (U16(tiff[at..], little) != 0x0112)
            {
                continue;
            }
            var value = U16(tiff[(at + 2)..], little) switch
            {
                1 => tiff[at + 8], // BYTE
                3 => U16(tiff[(at + 8)..], little), // SHORT, what the standard asks for
                4 => U32(tiff[(at + 8)..], little), // LONG
                _ => 1u,
            };
            return value is >= 1 and <= 8 ? (int)value : 1;
        }
        return 1;
    }

    /// <summary>Turns and mirrors a stored image upright. Orientations 5 to 8 exchange width and height.</summary>
    public static DecodedImage Apply(DecodedImage image, int orientation)
    {
        if (orientation == 1)
        {
            return image;
        }
        var (w, h, c) = (image.Width, image.Height, image.Channels);
        // Source offset of output (0, 0), then its step for a column and for a row of the output.
        var (origin, column, row) = orientation switch
        {
            2 => (w - 1, -1, w),
            3 => (w * h - 1, -1, -w),
            4 => (w * (h - 1), 1, -w),
            5 => (0, w, 1),
            6 => (w * (h - 1), -w, 1),
            7 => (w * h - 1, -w, -1),
            8 => (w - 1, w, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "1 to 8"),
        };
        var result = orientation < 5 ? DecodedImage.Empty(w, h, c) : DecodedImage.Empty(h, w, c);
        // In tiles, so that the source lines that a column crosses stay in the nearest cache.
        const int tile = 32;
        for (var y = 0; y < result.Height; y += tile)
        {
            for (var x = 0; x < result.Width; x += tile)
            {
                for (var ty = y; ty < Math.Min(y + tile, result.Height); ty++)
                {
                    var count = Math.Min(tile, result.Width - x);
                    var to = result.Pixels.AsSpan((ty * result.Width + x) * c, count * c);
                    CopyLine(image.Pixels, origin + ty * row + x * column, column, c, to);
                }
            }
        }
        return result;
    }

    private static void CopyLine(byte[] from, int at, int step, int channels, Span<byte> to)
    {
        if (channels == 1)
        {
            for (var i = 0; i < to.Length; i++, at += step)
            {
                to[i] = from[at];
            }
            return;
        }
        for (var i = 0; i < to.Length; i += 3, at += step)
        {
            to[i] = from[at * 3];
            to[i + 1] = from[at * 3 + 1];
            to[i + 2] = from[at * 3 + 2];
        }
    }

    private static uint U16(ReadOnlySpan<byte> s, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(s) : BinaryPrimitives.ReadUInt16BigEndian(s);

    private static uint U32(ReadOnlySpan<byte> s, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(s) : BinaryPrimitives.ReadUInt32BigEndian(s);
}
