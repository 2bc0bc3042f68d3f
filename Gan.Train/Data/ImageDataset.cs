using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gan.Train.Data.Codecs;

namespace Gan.Train.Data;

/// <summary>All training images in memory: Count x Height x Width x Channels bytes, one after another, as the net takes them.</summary>
internal sealed unsafe class ImageDataset : IDisposable
{
    private readonly NativePixels _pixels;
    private byte[]? _hash;

    /// <param name="description">What the images are and where they come from, for the console.</param>
    /// <param name="count">Images.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="pixels">count x height x width x channels bytes; the data set owns them from here on.</param>
    /// <param name="labels">A class for each image, or null.</param>
    /// <param name="names">A name for each image, in order.</param>
    public ImageDataset(string description, int count, int height, int width, int channels, NativePixels pixels, int[]? labels, string[] names)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels is 1 or 3, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, (long)count * height * width * channels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(names.Length, count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels?.Length ?? count, count);
        (Description, Count, Height, Width, Channels) = (description, count, height, width, channels);
        (_pixels, Labels, Names) = (pixels, labels, names);
    }

    public string Description { get; }
    public int Count { get; }
    public int Height { get; }
    public int Width { get; }
    public int Channels { get; }
    public int[]? Labels { get; }

    /// <summary>Relative paths with '/', or numbers for images that have no name of their own.</summary>
    public string[] Names { get; }

    public int ImageBytes => Height * Width * Channels;

    /// <summary>The first image's first byte; <see cref="ByteLength"/> bytes, fixed in memory until Dispose.</summary>
    public byte* Pointer => _pixels.Pointer;
    public long ByteLength => _pixels.Length;

    /// <summary>SHA-256 over sizes, names and pixels: equal when a resumed run would see the same images in the same order.</summary>
    public byte[] ContentHash => _hash ??= Hash();

    /// <summary>Image i, height-width-channel.</summary>
    public ReadOnlySpan<byte> Image(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return _pixels.Slice((long)i * ImageBytes, ImageBytes);
    }

    /// <summary>A data set of pixels made elsewhere, such as drawn ones; it owns them from here on.</summary>
    public static ImageDataset FromPixels(string description, int count, int height, int width, int channels, NativePixels pixels, int[]? labels) =>
        new(description, count, height, width, channels, pixels, labels, [.. Enumerable.Range(0, count).Select(i => i.ToString("D7"))]);

    /// <summary>
    /// Loads a folder of images, a folder of MNIST IDX files, or one IDX file. IDX files in the folder itself, its raw or its MNIST/raw
    /// come before images.
    /// </summary>
    /// <param name="data">What --data gave, a path.</param>
    /// <param name="imageSize">Side that each image is resized and cropped to.</param>
    /// <param name="channels">1 or 3; null for 1 when every image is grey, else 3.</param>
    /// <param name="workers">Threads that decode.</param>
    /// <param name="skipBadImages">Leave out files that do not decode, logging each.</param>
    /// <param name="log">Takes notes for the console, one a call.</param>
    /// <param name="cache">Keeps decoded folders between starts, or null.</param>
    /// <param name="leaveOut">Relative paths in a folder of images that do not count; a cache knows nothing of them.</param>
    /// <exception cref="DataException">The data cannot be used; the message lists why.</exception>
    public static ImageDataset Open(string data, int imageSize, int? channels, int workers, bool skipBadImages, Action<string> log, DecodedCache? cache = null,
        IReadOnlyCollection<string>? leaveOut = null)
    {
        if (imageSize is < 1 or > 4096)
        {
            throw new DataException($"images cannot be resized to {imageSize}x{imageSize}; give an --image-size from 1 to 4096");
        }
        if (channels is not (null or 1 or 3))
        {
            throw new DataException($"images have 1 (grey) or 3 (colour) channels, not {channels}; give --nc 1 or --nc 3");
        }
        if (File.Exists(data))
        {
            CheckFile(data);
            return IdxSource.Load(data, imageSize, channels ?? 1, log);
        }
        if (!Directory.Exists(data))
        {
            throw new DataException($"'{data}' is neither a file nor a folder (looked in '{Directory.GetCurrentDirectory()}'); "
                + "give a folder of images, MNIST IDX data, or a built-in name: synthetic-faces, synthetic-digits");
        }
        return IdxSource.FindImages(data) is { } idx
            ? IdxSource.Load(idx, imageSize, channels ?? 1, log)
            : FolderLoader.Load(data, imageSize, channels, workers, skipBadImages, log, cache, leaveOut);
    }

    public void Dispose() => _pixels.Dispose();

    /// <summary>One image or an archive, given where a folder is meant, deserves its own advice.</summary>
    private static void CheckFile(string path)
    {
        if (ImageDecoder.LooksLikeImage(Path.GetExtension(path)) && IdxFile.Sniff(path) == IdxKind.None)
        {
            throw new DataException($"'{path}' is a single file; --data takes the folder that holds the images");
        }
    }

    private byte[] Hash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> sizes = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(sizes, Count);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], Height);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], Width);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[12..], Channels);
        sha.AppendData(sizes);
        foreach (var name in Names)
        {
            sha.AppendData(Encoding.UTF8.GetBytes(name + "\0"));
        }
        for (long at = 0; at < ByteLength;)
        {
            var chunk = (int)Math.Min(ByteLength - at, 1 << 24);
            sha.AppendData(_pixels.Slice(at, chunk));
            at += chunk;
        }
        return sha.GetHashAndReset();
    }
}
