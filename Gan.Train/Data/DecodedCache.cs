using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gan.Train.Runs;

namespace Gan.Train.Data;

/// <summary>
/// Decoded folders kept on disk, so that the second start on the same images only reads one file. An entry's name is a hash of what decides its pixels:
/// image size, channels, and each file's relative path, length and time of last change. Its content is checked by the data set's own hash. An entry is
/// written under a name of its own and renamed, so two processes never see half of one, and whatever is wrong with it, the images are simply decoded again.
/// </summary>
/// <param name="folder">Where entries lie.</param>
/// <param name="maxBytes">Of all entries together; those unused longest are removed.</param>
/// <param name="minFiles">Smaller folders are decoded each time.</param>
internal sealed class DecodedCache(string folder, long maxBytes = DecodedCache.DefaultBytes, int minFiles = 0)
{
    /// <summary>16 GiB: CelebA at 64 pixels is 2.3 GiB.</summary>
    public const long DefaultBytes = 16L << 30;

    /// <summary>In the cache folder that nobody named, folders that decode in a second or two are not kept.</summary>
    public const int DefaultMinFiles = 1000;

    private const string Ending = ".pixels";
    private const int HeaderBytes = 64, Chunk = 1 << 24;
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);
    private static readonly byte[] Magic = "gan-train cache1"u8.ToArray();

    /// <summary>$XDG_CACHE_HOME/gan-train, the system's like of it, or null where there is none.</summary>
    public static string? DefaultFolder()
    {
        string? root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root) || !Path.IsPathRooted(root))
        {
            string home = Environment.GetFolderPath(OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile);
            root = home.Length == 0 ? null : OperatingSystem.IsWindows() ? home : Path.Combine(home, ".cache");
        }
        return root is null ? null : Path.Combine(root, "gan-train");
    }

    /// <summary>The name of the entry for these files; null when there are too few of them, or one cannot be looked at.</summary>
    /// <param name="root">The data folder; not part of the name.</param>
    /// <param name="files">Relative paths in order.</param>
    /// <param name="size">Side of the decoded images.</param>
    /// <param name="channels">1, 3, or null for what the files have.</param>
    public string? KeyOf(string root, string[] files, int size, int? channels)
    {
        if (files.Length < minFiles)
        {
            return null;
        }
        var facts = new (long Length, long Ticks)[files.Length];
        try
        {
            Parallel.For(0, files.Length, i =>
            {
                var info = new FileInfo(Path.Combine(root, files[i]));
                facts[i] = (info.Length, info.LastWriteTimeUtc.Ticks);
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.All(static inner => inner is IOException or UnauthorizedAccessException))
        {
            return null;
        }
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(numbers, size);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], channels ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], files.Length);
        sha.AppendData(Magic);
        sha.AppendData(numbers);
        for (int i = 0; i < files.Length; i++)
        {
            sha.AppendData(Encoding.UTF8.GetBytes(files[i] + "\0"));
            BinaryPrimitives.WriteInt64LittleEndian(numbers, facts[i].Length);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], facts[i].Ticks);
            sha.AppendData(numbers);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>The data set of an entry, or null when there is none or anything about it is wrong.</summary>
    /// <param name="key">From <see cref="KeyOf"/>.</param>
    /// <param name="files">The names it is to have.</param>
    /// <param name="size">Side of its images.</param>
    /// <param name="make">Makes the data set of channels and pixels.</param>
    /// <param name="log">Told of an entry that is there and of no use.</param>
    public ImageDataset? TryLoad(string key, string[] files, int size, Func<int, NativePixels, ImageDataset> make, Action<string> log)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }
        ImageDataset? data = Read(path, files, size, make);
        if (data is null && File.Exists(path)) // else another process deleted it just now
        {
            log($"note: {path}: damaged or unreadable; the images are decoded again.");
        }
        return data;
    }

    private static ImageDataset? Read(string path, string[] files, int size, Func<int, NativePixels, ImageDataset> make)
    {
        NativePixels? pixels = null;
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
            Span<byte> header = stackalloc byte[HeaderBytes];
            if (RandomAccess.Read(handle, header, 0) != HeaderBytes || !header.StartsWith(Magic))
            {
                return null;
            }
            int count = BinaryPrimitives.ReadInt32LittleEndian(header[16..]), side = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            int channels = BinaryPrimitives.ReadInt32LittleEndian(header[24..]);
            if (count != files.Length || side != size || channels is not (1 or 3) || RandomAccess.GetLength(handle) != HeaderBytes + (long)count * size * size * channels)
            {
                return null;
            }
            pixels = new NativePixels((long)count * size * size * channels);
            for (long at = 0; at < pixels.Length;)
            {
                int read = RandomAccess.Read(handle, pixels.Slice(at, (int)Math.Min(pixels.Length - at, Chunk)), HeaderBytes + at);
                if (read == 0)
                {
                    pixels.Dispose();
                    return null;
                }
                at += read;
            }
            ImageDataset data = make(channels, pixels);
            if (!data.ContentHash.AsSpan().SequenceEqual(header[32..]))
            {
                data.Dispose();
                return null;
            }
            TryTouch(path);
            return data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            pixels?.Dispose();
            return null;
        }
    }

    /// <summary>Keeps a decoded folder, unless it is too large or the disk has too little room; a failure costs nothing but the next start's time.</summary>
    /// <param name="key">From <see cref="KeyOf"/>.</param>
    /// <param name="data">What was decoded.</param>
    /// <param name="log">Told why it is not kept.</param>
    public void TryStore(string key, ImageDataset data, Action<string> log)
    {
        string temporary = $"{PathOf(key)}.{Guid.NewGuid():N}{AtomicFile.TemporaryEnding}";
        try
        {
            Directory.CreateDirectory(folder);
            long bytes = HeaderBytes + data.ByteLength;
            // At most half of what is free: the run that follows has files to write as well.
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            if (bytes > maxBytes || bytes > free / 2)
            {
                log($"note: the decoded images are not kept in {folder}: {bytes >> 20} MiB, of {(bytes > maxBytes ? $"{maxBytes >> 20} MiB allowed" : $"{free >> 20} MiB free")}; the next start decodes them again.");
                return;
            }
            MakeRoom(maxBytes - bytes);
            FileOps.Instance.WriteFile(temporary, stream => Write(stream, data));
            File.Move(temporary, PathOf(key), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            AtomicFile.TryDelete(temporary, FileOps.Instance);
            log($"note: the decoded images are not kept in {folder}: {e.Message.TrimEnd('.')}; the next start decodes them again.");
        }
    }

    private static void Write(Stream stream, ImageDataset data)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), data.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), data.Height);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), data.Channels);
        data.ContentHash.CopyTo(header, 32);
        stream.Write(header);
        for (int i = 0; i < data.Count; i++)
        {
            stream.Write(data.Image(i));
        }
    }

    /// <summary>Removes entries, unused longest first, until the others take at most <paramref name="allowed"/> bytes, and what crashed writers left.</summary>
    private void MakeRoom(long allowed)
    {
        FileInfo[] files = new DirectoryInfo(folder).GetFiles($"*{Ending}*");
        foreach (FileInfo file in files.Where(static f => f.Name.EndsWith(AtomicFile.TemporaryEnding, StringComparison.Ordinal) && DateTime.UtcNow - f.LastWriteTimeUtc > Stale))
        {
            file.Delete();
        }
        FileInfo[] entries = [.. files.Where(static f => f.Name.EndsWith(Ending, StringComparison.Ordinal)).OrderBy(static f => f.LastWriteTimeUtc)];
        long held = entries.Sum(static f => f.Length);
        foreach (FileInfo entry in entries)
        {
            if (held <= allowed)
            {
                return;
            }
            held -= entry.Length;
            entry.Delete();
        }
    }

    private static void TryTouch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a cache that only others may write to: it will look unused
        }
    }

    private string PathOf(string key) => Path.Combine(folder, key + Ending);
}
