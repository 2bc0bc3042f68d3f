using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Gan.Train.Data.Codecs.Png;

/// <summary>
/// PNG of every colour type, depth and interlace. Colour management, transparency and text chunks are ignored;
/// an eXIf chunk's orientation is applied. Of an animated PNG the default image is taken.
/// </summary>
internal static class PngDecoder
{
    /// <summary>Deflate's best case: a match of 258 bytes in two bits. A header that needs more than that of its data is false.</summary>
    private const long MaxExpansion = 1032;

    public static DecodedImage Decode(ReadOnlySpan<byte> file, DecodeLimits limits)
    {
        var chunks = new PngChunks(file);
        chunks.Next();
        var header = ReadHeader(chunks);
        limits.CheckSize("PNG", header.Width, header.Height);

        ReadOnlySpan<byte> palette = default;
        var orientation = 1;
        var compressed = ArrayPool<byte>.Shared.Rent(file.Length);
        try
        {
            var length = 0;
            var previousWasData = false;
            for (chunks.Next(); !chunks.Is("IEND"u8); chunks.Next())
            {
                var isData = chunks.Is("IDAT"u8);
                if (isData)
                {
                    if (length > 0 && !previousWasData)
                    {
                        throw new ImageFormatException("PNG has another chunk between its IDAT chunks: damaged; write the file again");
                    }
                    chunks.Data.CopyTo(compressed.AsSpan(length));
                    length += chunks.Data.Length;
                }
                else if (chunks.Is("PLTE"u8))
                {
                    CheckPalette(header, chunks.Data, isFirst: palette.IsEmpty && length == 0);
                    palette = chunks.Data;
                }
                else if (chunks.Is("eXIf"u8))
                {
                    orientation = ExifOrientation.Read(chunks.Data);
                }
                else if (!chunks.IsAncillary)
                {
                    throw new ImageFormatException($"PNG has a critical chunk {chunks.Name} that is not known here; convert it to a plain PNG");
                }
                previousWasData = isData;
            }
            if (header.ColourType == PngFormat.Palette && palette.IsEmpty)
            {
                throw new ImageFormatException("PNG with palette colours has no PLTE chunk: damaged; write the file again");
            }
            if (length == 0)
            {
                throw new ImageFormatException("PNG has no image data (IDAT); write the file again");
            }
            DecodeLimits.CheckPlausible("PNG", header.InflatedBytes() / MaxExpansion, length);
            var image = Inflate(header, palette, compressed, length);
            return ExifOrientation.Apply(image, orientation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    private static PngHeader ReadHeader(PngChunks chunks)
    {
        if (!chunks.Is("IHDR"u8) || chunks.Data.Length != 13)
        {
            throw new ImageFormatException($"PNG starts with chunk {chunks.Name} of {chunks.Data.Length} bytes, "
                + "not with IHDR of 13: damaged; write the file again");
        }
        var d = chunks.Data;
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(d), BinaryPrimitives.ReadUInt32BigEndian(d[4..]));
        var (depth, type) = (d[8], d[9]);
        var known = type switch
        {
            PngFormat.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngFormat.Palette => depth is 1 or 2 or 4 or 8,
            PngFormat.Rgb or PngFormat.GreyAlpha or PngFormat.RgbAlpha => depth is 8 or 16,
            _ => false,
        };
        if (!known || d[10] != 0 || d[11] != 0 || d[12] > 1)
        {
            throw new ImageFormatException($"PNG declares colour type {type}, depth {depth}, compression {d[10]}, filter {d[11]}, "
                + $"interlace {d[12]}, which the standard does not have: damaged; write the file again");
        }
        // What does not fit an int is refused by the limits as "too large" (or, being 0, as damaged).
        return new PngHeader((int)Math.Min(width, int.MaxValue), (int)Math.Min(height, int.MaxValue), depth, type, d[12] == 1);
    }

    private static void CheckPalette(PngHeader header, ReadOnlySpan<byte> data, bool isFirst)
    {
        var wanted = header.ColourType is PngFormat.Palette or PngFormat.Rgb or PngFormat.RgbAlpha;
        var most = header.ColourType == PngFormat.Palette ? 1 << header.Depth : 256;
        if (!wanted || !isFirst || data.IsEmpty || data.Length % 3 != 0 || data.Length / 3 > most)
        {
            throw new ImageFormatException(
                $"PNG has a palette (PLTE, {data.Length} bytes) that is misplaced, repeated or of a wrong length: damaged; write the file again");
        }
    }

    private static DecodedImage Inflate(PngHeader header, ReadOnlySpan<byte> palette, byte[] compressed, int length)
    {
        var image = DecodedImage.Empty(header.Width, header.Height, header.Channels);
        try
        {
            using var memory = new MemoryStream(compressed, 0, length, writable: false);
            using var zlib = new ZLibStream(memory, CompressionMode.Decompress);
            using var inflated = new BufferedStream(zlib, (int)Math.Clamp(header.InflatedBytes(), 64, 1 << 16));
            if (header.Interlaced)
            {
                ReadInterlaced(inflated, header, palette, image);
            }
            else
            {
                var rows = new PngRows(inflated, header, header.Width);
                var stride = header.Width * header.Channels;
                for (var y = 0; y < header.Height; y++)
                {
                    PngSamples.Expand(header, palette, rows.Next(), image.Pixels.AsSpan(y * stride, stride));
                }
            }
            // Reading on makes the stream check its Adler-32 sum.
            if (inflated.ReadByte() >= 0)
            {
                throw new ImageFormatException("PNG has more image data than its size needs: damaged; write the file again");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new ImageFormatException("PNG's compressed data is damaged or truncated; copy or write the file again");
        }
        return image;
    }

    private static void ReadInterlaced(Stream inflated, PngHeader header, ReadOnlySpan<byte> palette, DecodedImage image)
    {
        var channels = header.Channels;
        var expanded = new byte[header.Width * channels];
        for (var pass = 0; pass < 7; pass++)
        {
            var (w, h) = header.PassSize(pass);
            if (w == 0 || h == 0)
            {
                continue;
            }
            var p = PngFormat.Adam7.Slice(pass * 4, 4);
            var rows = new PngRows(inflated, header, w);
            for (var y = 0; y < h; y++)
            {
                PngSamples.Expand(header, palette, rows.Next(), expanded.AsSpan(0, w * channels));
                var at = ((p[1] + y * p[3]) * header.Width + p[0]) * channels;
                for (var x = 0; x < w; x++, at += p[2] * channels)
                {
                    expanded.AsSpan(x * channels, channels).CopyTo(image.Pixels.AsSpan(at, channels));
                }
            }
        }
    }
}
