using System.Buffers;
using System.Collections.Concurrent;
using Gan.Train.Data.Codecs;

namespace Gan.Train.Data;

/// <summary>
/// Decodes a folder's files in parallel, each once. While the channel count is open, each image takes a slot of three channels and fills
/// as much as it has of its own; at the end the slots are closed up to one channel, or the grey ones spread to three.
/// </summary>
internal sealed class FolderLoader
{
    private readonly string _root;
    private readonly string[] _files;
    private readonly int _size;
    private readonly int? _channels;
    private readonly byte[] _decoded; // channels of each image in its slot, 0 for a bad one
    private readonly NativePixels _pixels;
    private readonly ConcurrentDictionary<int, string> _bad = new();

    private FolderLoader(string root, string[] files, int size, int? channels, NativePixels pixels)
    {
        (_root, _files, _size, _channels, _pixels) = (root, files, size, channels, pixels);
        _decoded = new byte[files.Length];
    }

    private int SlotBytes => _size * _size * (_channels ?? 3);

    public static ImageDataset Load(string root, int size, int? channels, int workers, bool skipBad, Action<string> log, DecodedCache? cache = null, IReadOnlyCollection<string>? leaveOut = null)
    {
        var files = ImageFolder.Find(root, leaveOut);
        var key = cache?.KeyOf(root, files, size, channels);
        if (key is not null && cache!.TryLoad(key, files, size, (found, held) => Describe(root, files, size, found, held), log) is { } cached)
        {
            return cached;
        }
        var data = Decode(root, files, size, channels, workers, skipBad, log);
        // Bad files are listed at every start, so a folder with some is decoded every time. A folder that changed meanwhile belongs to neither key.
        if (key is not null && data.Count == files.Length && cache!.KeyOf(root, files, size, channels) == key)
        {
            cache.TryStore(key, data, log);
        }
        return data;
    }

    private static ImageDataset Decode(string root, string[] files, int size, int? channels, int workers, bool skipBad, Action<string> log)
    {
        var pixels = new NativePixels((long)files.Length * size * size * (channels ?? 3));
        try
        {
            var loader = new FolderLoader(root, files, size, channels, pixels);
            Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(workers, 1) }, loader.DecodeOne);
            loader.JudgeBad(skipBad, log);
            return loader.Finish();
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    private void DecodeOne(int index)
    {
        try
        {
            var image = ReadAndDecode(Path.Combine(_root, _files[index]));
            var channels = _channels ?? image.Channels;
            ImagePipeline.Fit(image, _size, channels, _pixels.Slice((long)index * SlotBytes, _size * _size * channels));
            _decoded[index] = (byte)channels;
        }
        catch (ImageFormatException e)
        {
            _bad[index] = e.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _bad[index] = $"cannot be read: {e.Message}";
        }
        catch (OutOfMemoryException)
        {
            _bad[index] = "needs more memory than is left; scale the image down first, or give fewer --workers";
        }
    }

    private static DecodedImage ReadAndDecode(string path)
    {
        var limits = DecodeLimits.Default;
        // Pipes and devices have no length; opening one could wait for ever.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
        {
            throw new ImageFormatException("the file is empty, or not an ordinary file; take it out");
        }
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(handle);
        limits.CheckFile(length);
        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var read = 0;
            for (int got; read < length && (got = RandomAccess.Read(handle, buffer.AsSpan(read, (int)length - read), read)) > 0;)
            {
                read += got;
            }
            return ImageDecoder.Decode(buffer.AsSpan(0, read), limits);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void JudgeBad(bool skip, Action<string> log)
    {
        if (_bad.IsEmpty)
        {
            return;
        }
        var lines = _bad.OrderBy(b => b.Key).Select(b => $"{_files[b.Key]}: {b.Value}").ToArray();
        var goOn = skip && lines.Length < _files.Length;
        foreach (var line in goOn || lines.Length > 1 ? lines : [])
        {
            log($"{(goOn ? "skipped" : "bad")} {line.ReplaceLineEndings(" ")}");
        }
        if (!goOn)
        {
            throw new DataException($"{lines.Length} of {_files.Length} images under '{_root}' cannot be used{(lines.Length > 1 ? ", listed above; the first is " : ": ")}{lines[0]}. "
                + (skip ? "None is left" : "Mend or remove what is bad, or go on without with --skip-bad-images"));
        }
    }

    private ImageDataset Finish()
    {
        var channels = _channels ?? (Array.TrueForAll(_decoded, d => d < 3) ? 1 : 3);
        var (slot, bytes) = (SlotBytes, _size * _size * channels);
        var names = new List<string>(_files.Length);
        for (var i = 0; i < _files.Length; i++)
        {
            if (_decoded[i] == 0)
            {
                continue;
            }
            // The target never lies behind the source, so earlier slots are free to be overwritten.
            var image = _pixels.Slice((long)names.Count * bytes, bytes);
            _pixels.Slice((long)i * slot, bytes).CopyTo(image);
            if (_decoded[i] < channels)
            {
                ImagePipeline.RepeatGrey(image);
            }
            names.Add(_files[i]);
        }
        _pixels.Shrink((long)names.Count * bytes);
        return Describe(_root, [.. names], _size, channels, _pixels);
    }

    private static ImageDataset Describe(string root, string[] kept, int size, int channels, NativePixels pixels)
    {
        var labels = ImageFolder.Labels(kept);
        var classes = labels == null ? "" : labels.Max() == 0 ? " in one sub-folder" : $" in {labels.Max() + 1} sub-folders";
        return new ImageDataset($"{kept.Length} images{classes} from '{root}'", kept.Length, size, size, channels, pixels, labels, kept);
    }
}
