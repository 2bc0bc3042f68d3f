using System.Buffers.Binary;
using System.IO.Compression;
using Gan.Train.Data.Codecs;

namespace Gan.Train.Data;

/// <summary>The images of an IDX file: Count x Height x Width grey bytes.</summary>
internal sealed record IdxImages(int Count, int Height, int Width, NativePixels Pixels) : IDisposable
{
    public void Dispose() => Pixels.Dispose();
}

internal enum IdxKind { None, Images, Labels }

/// <summary>
/// The IDX format of MNIST (LeCun, Cortes, Burges): two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as
/// a big-endian 32-bit number, the data. Plain or gzip, told apart by content.
/// </summary>
internal static class IdxFile
{
    /// <summary>Most bytes the data may declare: five times the largest published set of this kind.</summary>
    public const long DefaultMaxBytes = 4L << 30;

    /// <summary>Deflate's best case, 258 bytes in two bits.</summary>
    private const long MaxExpansion = 1032;

    /// <summary>What a file holds, by its first bytes. A file that cannot be read or is no IDX is None.</summary>
    public static IdxKind Sniff(string path)
    {
        try
        {
            using var file = OpenFile(path);
            return Sniff(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or DataException)
        {
            return IdxKind.None;
        }
    }

    /// <exception cref="DataException">The file is no whole IDX file of images.</exception>
    public static IdxImages ReadImages(string path, long maxBytes = DefaultMaxBytes)
    {
        using var file = OpenFile(path);
        return ReadImages(file, path, maxBytes);
    }

    /// <exception cref="DataException">The file is no whole IDX file of labels.</exception>
    public static byte[] ReadLabels(string path, long maxBytes = DefaultMaxBytes)
    {
        using var file = OpenFile(path);
        return ReadLabels(file, path, maxBytes);
    }

    /// <param name="file">Seekable; from its start.</param>
    /// <param name="name">For messages, and to look for the images beside a labels file.</param>
    /// <param name="maxBytes">Most bytes of pixels.</param>
    public static IdxImages ReadImages(Stream file, string name, long maxBytes) => Translate(name, () => Images(file, name, maxBytes));

    /// <inheritdoc cref="ReadImages(Stream, string, long)"/>
    public static byte[] ReadLabels(Stream file, string name, long maxBytes) => Translate(name, () => Labels(file, name, maxBytes));

    private static IdxImages Images(Stream file, string name, long maxBytes)
    {
        using var data = Unzip(file, out var capacity);
        Span<byte> header = stackalloc byte[16];
        ReadHeader(data, name, header, 3);
        var (count, height, width) = (U32(header, 4), U32(header, 8), U32(header, 12));
        if (count == 0 || height is 0 or > 65535 || width is 0 or > 65535)
        {
            throw new DataException($"'{name}' declares {count} images of {width}x{height} pixels: damaged; download it again");
        }
        var bytes = Check(name, $"{count} images of {width}x{height}", (UInt128)count * height * width, capacity - 16, maxBytes);
        var pixels = new NativePixels(bytes);
        try
        {
            for (long at = 0; at < bytes;)
            {
                var chunk = pixels.Slice(at, (int)Math.Min(bytes - at, 1 << 20));
                var read = data.Read(chunk);
                if (read == 0)
                {
                    throw Truncated(name, $"{count} images of {width}x{height}", bytes, at);
                }
                at += read;
            }
            CheckEnd(data, file, 16 + bytes, name);
            return new IdxImages((int)count, (int)height, (int)width, pixels);
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    private static byte[] Labels(Stream file, string name, long maxBytes)
    {
        using var data = Unzip(file, out var capacity);
        Span<byte> header = stackalloc byte[8];
        ReadHeader(data, name, header, 1);
        var count = U32(header, 4);
        var labels = new byte[Check(name, $"{count} labels", count, capacity - 8, Math.Min(maxBytes, Array.MaxLength))];
        var read = data.ReadAtLeast(labels, labels.Length, throwOnEndOfStream: false);
        if (read < labels.Length)
        {
            throw Truncated(name, $"{count} labels", labels.Length, read);
        }
        CheckEnd(data, file, 8 + labels.Length, name);
        return labels;
    }

    private static T Translate<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException)
        {
            throw new DataException($"'{name}' is damaged gzip data; download it again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{name}' cannot be read: {e.Message}");
        }
    }

    private static FileStream OpenFile(string path)
    {
        // Pipes and devices have no length; opening one could wait for ever.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            throw new DataException($"'{path}' is empty or not an ordinary file; give an IDX file or a folder");
        }
        return Translate(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));
    }

    private static IdxKind Sniff(Stream file)
    {
        using var data = Unzip(file, out _);
        Span<byte> magic = stackalloc byte[4];
        return data.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4 ? IdxKind.None : KindOf(magic);
    }

    private static IdxKind KindOf(ReadOnlySpan<byte> magic) => BinaryPrimitives.ReadUInt32BigEndian(magic) switch
    {
        0x0803 => IdxKind.Images,
        0x0801 => IdxKind.Labels,
        _ => IdxKind.None,
    };

    /// <summary>The stream itself, or what its gzip data expands to; capacity is the most bytes that can come.</summary>
    private static Stream Unzip(Stream file, out long capacity)
    {
        capacity = file.Length;
        if (!IsZipped(file))
        {
            return file;
        }
        capacity = file.Length * MaxExpansion;
        return new BufferedStream(new GZipStream(file, CompressionMode.Decompress, leaveOpen: true), 1 << 16);
    }

    private static bool IsZipped(Stream file)
    {
        file.Position = 0;
        var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return zipped;
    }

    private static void ReadHeader(Stream data, string name, Span<byte> header, int dimensions)
    {
        var read = data.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var kind = read < 4 ? IdxKind.None : KindOf(header);
        var wanted = dimensions == 3 ? IdxKind.Images : IdxKind.Labels;
        if (kind != wanted)
        {
            throw kind switch
            {
                IdxKind.Labels => new DataException($"'{name}' holds labels, not images; {IdxSource.ImagesHint(name)}"),
                IdxKind.Images => new DataException($"'{name}' holds images, not labels"),
                _ when read >= 4 && header[0] == 0 && header[1] == 0 && header[2] is >= 8 and <= 14 => new DataException(
                    $"'{name}' is IDX data of type {header[2]:X2} with {header[3]} dimensions; images are type 08 with 3"),
                _ => new DataException($"'{name}' is no IDX file: {FileKind.Describe(header[..read])}; give a folder of images or IDX data"),
            };
        }
        if (read < header.Length)
        {
            throw new DataException($"'{name}' is truncated in its header; download it again");
        }
    }

    private static long Check(string name, string what, UInt128 bytes, long present, long most)
    {
        if (bytes > (UInt128)most)
        {
            throw new DataException($"'{name}' declares {what}, more than the limit of {most} bytes: damaged, or split it");
        }
        return (long)bytes <= present ? (long)bytes : throw Truncated(name, what, (long)bytes, Math.Max(present, 0));
    }

    private static void CheckEnd(Stream data, Stream file, long length, string name)
    {
        if (data.ReadByte() >= 0)
        {
            throw new DataException($"'{name}' goes on after the last item its header declares: damaged; download it again");
        }
        if (!IsZipped(file))
        {
            return;
        }
        // The stream checks the sum where it stands, but takes a file that ends before it. The last four bytes are the length.
        Span<byte> tail = stackalloc byte[4];
        file.Position = file.Length - 4;
        file.ReadExactly(tail);
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != (uint)length)
        {
            throw new DataException($"'{name}' is truncated at the very end of its gzip data; download it again");
        }
    }

    private static DataException Truncated(string name, string what, long bytes, long present) =>
        new($"'{name}' is truncated: it declares {what}, {bytes} bytes, and has at most {present}; download it again");

    private static uint U32(ReadOnlySpan<byte> header, int at) => BinaryPrimitives.ReadUInt32BigEndian(header[at..]);
}
