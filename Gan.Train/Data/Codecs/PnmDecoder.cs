namespace Gan.Train.Data.Codecs;

/// <summary>
/// The portable bitmap, greymap and pixmap formats of Netpbm, plain (P1 P2 P3) and raw (P4 P5 P6). Samples are scaled so that
/// maxval becomes 255, rounding to nearest; above 255 they are scaled to 16 bits and keep the high byte.
/// A raw file may hold more images: the first is taken.
/// </summary>
internal static class PnmDecoder
{
    public static bool Matches(ReadOnlySpan<byte> file) =>
        file.Length >= 3 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' && (IsSpace(file[2]) || file[2] == '#');

    public static DecodedImage Decode(ReadOnlySpan<byte> file, DecodeLimits limits)
    {
        var kind = file[1] - '0';
        var reader = new Tokens(file[2..]);
        var width = reader.Number("width", int.MaxValue);
        var height = reader.Number("height", int.MaxValue);
        limits.CheckSize("PNM", width, height);
        var isBitmap = kind is 1 or 4;
        var maxval = isBitmap ? 1 : reader.Number("maxval", 65535);
        if (maxval == 0)
        {
            throw new ImageFormatException("PNM declares maxval 0, the format has 1 to 65535; write the file again");
        }
        if (kind >= 4)
        {
            reader.SkipOneSpace();
        }
        var channels = kind is 3 or 6 ? 3 : 1;
        var samples = (long)width * height * channels;
        var needed = kind switch
        {
            1 => samples, // one digit each, spaces may be left out
            2 or 3 => samples * 2 - 1, // a digit and a space
            4 => (width + 7L) / 8 * height,
            _ => maxval > 255 ? samples * 2 : samples,
        };
        DecodeLimits.CheckPlausible($"PNM (P{kind})", needed, reader.Rest.Length);
        var image = DecodedImage.Empty(width, height, channels);
        switch (kind)
        {
            case 1:
                foreach (ref var pixel in image.Pixels.AsSpan())
                {
                    pixel = reader.Bit() ? (byte)0 : (byte)255;
                }
                break;
            case 2 or 3:
                foreach (ref var pixel in image.Pixels.AsSpan())
                {
                    pixel = Scale(reader.Number("sample", maxval), maxval);
                }
                break;
            case 4:
                ReadBits(reader.Rest, image);
                break;
            default:
                ReadSamples(reader.Rest, maxval, image.Pixels);
                break;
        }
        return image;
    }

    /// <summary>Rows of eight pixels a byte, leftmost in the high bit, 1 for black, each row padded to whole bytes.</summary>
    private static void ReadBits(ReadOnlySpan<byte> data, DecodedImage image)
    {
        var stride = (image.Width + 7) / 8;
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                image.Pixels[y * image.Width + x] = (data[y * stride + (x >> 3)] & (0x80 >> (x & 7))) != 0 ? (byte)0 : (byte)255;
            }
        }
    }

    private static void ReadSamples(ReadOnlySpan<byte> data, int maxval, Span<byte> pixels)
    {
        if (maxval == 255)
        {
            data[..pixels.Length].CopyTo(pixels);
            return;
        }
        for (var i = 0; i < pixels.Length; i++)
        {
            var value = maxval > 255 ? data[2 * i] << 8 | data[2 * i + 1] : data[i];
            if (value > maxval)
            {
                throw new ImageFormatException($"PNM has a sample of {value}, above its maxval {maxval}: damaged; write the file again");
            }
            pixels[i] = Scale(value, maxval);
        }
    }

    private static byte Scale(int value, int maxval) => maxval switch
    {
        255 => (byte)value,
        < 255 => (byte)((value * 510 + maxval) / (2 * maxval)),
        65535 => (byte)(value >> 8),
        _ => (byte)(((value * 131070L + maxval) / (2 * maxval)) >> 8),
    };

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);

    /// <summary>Decimal numbers between white space and comments (# to the end of the line).</summary>
    private ref struct Tokens(ReadOnlySpan<byte> text)
    {
        public ReadOnlySpan<byte> Rest { get; private set; } = text;

        public int Number(string what, int most)
        {
            SkipSpaceAndComments();
            long value = 0;
            var digits = 0;
            while (digits < Rest.Length && char.IsAsciiDigit((char)Rest[digits]))
            {
                value = Math.Min(value * 10 + (Rest[digits++] - '0'), int.MaxValue);
            }
            if (digits == 0)
            {
                throw new ImageFormatException(Rest.IsEmpty
                    ? $"PNM is truncated: it ends where a {what} should stand; copy or write the file again"
                    : $"PNM has byte 0x{Rest[0]:X2} where a {what} should stand: damaged; write the file again");
            }
            if (value > most)
            {
                throw new ImageFormatException($"PNM has a {what} of {value} or more, at most {most} is possible: damaged; write the file again");
            }
            Rest = Rest[digits..];
            return (int)value;
        }

        public bool Bit()
        {
            SkipSpaceAndComments();
            if (Rest.IsEmpty || Rest[0] is not ((byte)'0' or (byte)'1'))
            {
                throw new ImageFormatException("PNM (P1) is truncated or has something else than 0 and 1; write the file again");
            }
            var isSet = Rest[0] == '1';
            Rest = Rest[1..];
            return isSet;
        }

        public void SkipOneSpace()
        {
            if (Rest.IsEmpty || !IsSpace(Rest[0]))
            {
                throw new ImageFormatException("PNM has no space between its header and its pixels: damaged; write the file again");
            }
            Rest = Rest[1..];
        }

        private void SkipSpaceAndComments()
        {
            while (!Rest.IsEmpty)
            {
                if (IsSpace(Rest[0]))
                {
                    Rest = Rest[1..];
                }
                else if (Rest[0] == '#')
                {
                    var end = Rest.IndexOfAny((byte)'\n', (byte)'\r');
                    Rest = end < 0 ? default : Rest[end..];
                }
                else
                {
                    return;
                }
            }
        }
    }
}
