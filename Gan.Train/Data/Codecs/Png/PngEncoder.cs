using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace Gan.Train.Data.Codecs.Png;

/// <summary>Writes 8-bit grey or RGB PNG files. The same pixels give the same bytes.</summary>
internal static class PngEncoder
{
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1 grey, 3 RGB.</param>
    /// <param name="pixels">height x width x channels bytes.</param>
    /// <param name="fast">About five times faster: one filter for all rows and light compression. For drawings, which are hardly larger for it.</param>
    public static byte[] Encode(int width, int height, int channels, ReadOnlySpan<byte> pixels, bool fast = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels is 1 or 3, true);
        if (pixels.Length != (long)width * height * channels)
        {
            throw new ArgumentException($"{width}x{height}x{channels} pixels need {(long)width * height * channels} bytes, got {pixels.Length}",
                nameof(pixels));
        }
        using var file = new MemoryStream();
        file.Write(PngFormat.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)(channels == 1 ? PngFormat.Grey : PngFormat.Rgb);
        header[10..].Clear();
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, fast ? CompressFast(height, width * channels, pixels) : Compress(height, width * channels, channels, pixels));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static ReadOnlySpan<byte> Compress(int height, int stride, int step, ReadOnlySpan<byte> pixels)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            var filtered = new byte[5][];
            for (var f = 0; f < 5; f++)
            {
                filtered[f] = new byte[1 + stride];
                filtered[f][0] = (byte)f;
            }
            ReadOnlySpan<byte> above = new byte[stride];
            for (var y = 0; y < height; y++)
            {
                var row = pixels.Slice(y * stride, stride);
                zlib.Write(BestFilter(filtered, row, above, step));
                above = row;
            }
        }
        return data.GetBuffer().AsSpan(0, (int)data.Length);
    }

    /// <summary>Each byte less the one above it: zeros wherever a drawing does not change downwards.</summary>
    private static ReadOnlySpan<byte> CompressFast(int height, int stride, ReadOnlySpan<byte> pixels)
    {
        var filtered = new byte[height * (1 + stride)];
        ReadOnlySpan<byte> above = new byte[stride];
        for (var y = 0; y < height; y++)
        {
            var row = pixels.Slice(y * stride, stride);
            var target = filtered.AsSpan(y * (1 + stride), 1 + stride);
            target[0] = 2; // Up
            target = target[1..];
            var x = 0;
            for (; x <= stride - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                (new Vector<byte>(row[x..]) - new Vector<byte>(above[x..])).CopyTo(target[x..]);
            }
            for (; x < stride; x++)
            {
                target[x] = (byte)(row[x] - above[x]);
            }
            above = row;
        }
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(filtered);
        }
        return data.GetBuffer().AsSpan(0, (int)data.Length);
    }

    /// <summary>
    /// The filter whose output, read as signed bytes, has the least sum of absolute values: small values compress well
    /// (PNG specification, section 12.8).
    /// </summary>
    private static byte[] BestFilter(byte[][] filtered, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int step)
    {
        Span<long> sums = stackalloc long[5];
        var (none, sub, up, average, paeth) = (filtered[0], filtered[1], filtered[2], filtered[3], filtered[4]);
        for (var i = 0; i < row.Length; i++)
        {
            int x = row[i], b = above[i], a = 0, c = 0;
            if (i >= step)
            {
                (a, c) = (row[i - step], above[i - step]);
            }
            sums[0] += Cost(none[i + 1] = (byte)x);
            sums[1] += Cost(sub[i + 1] = (byte)(x - a));
            sums[2] += Cost(up[i + 1] = (byte)(x - b));
            sums[3] += Cost(average[i + 1] = (byte)(x - ((a + b) >> 1)));
            sums[4] += Cost(paeth[i + 1] = (byte)(x - PngRows.Paeth(a, b, c)));
        }
        var best = 0;
        for (var f = 1; f < 5; f++)
        {
            best = sums[f] < sums[best] ? f : best;
        }
        return filtered[best];
    }

    private static int Cost(byte value) => Math.Abs((int)(sbyte)value);

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Compute(data, Crc32.Compute(type)));
        file.Write(word);
    }
}
