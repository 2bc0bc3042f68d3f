namespace Gan.Core.Serialization;

/// <summary>An open safetensors file: the header is read and checked at once, each tensor's data when asked for.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);

    private SafetensorsReader(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
        Span<byte> first = stackalloc byte[SafetensorsHeader.LengthBytes];
        var got = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        var length = SafetensorsHeader.ParseLength(path, first[..got], stream.Length);
        var json = new byte[length];
        stream.ReadExactly(json);
        _dataStart = SafetensorsHeader.LengthBytes + length;
        var header = SafetensorsHeader.Parse(path, json, stream.Length - _dataStart);
        Metadata = header.Metadata;
        Names = header.Entries.ConvertAll(e => e.Name);
        foreach (var entry in header.Entries)
        {
            _entries.Add(entry.Name, entry);
        }
    }

    /// <summary>The header's <c>__metadata__</c>; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Tensor names in the order of the header.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="SafetensorsException">Missing, unreadable or malformed.</exception>
    public static SafetensorsReader Open(string path)
    {
        FileStream? stream = null;
        try
        {
            if (Directory.Exists(path))
            {
                throw new SafetensorsException(path, null, "is a folder; a .safetensors file is expected.");
            }

            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return new SafetensorsReader(path, stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SafetensorsException(path, null, "no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            stream?.Dispose();
            throw new SafetensorsException(path, null, $"cannot be read: {e.Message}", e);
        }
        catch (SafetensorsException)
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>The sizes of a tensor, outermost first.</summary>
    /// <exception cref="SafetensorsException">No such tensor.</exception>
    public ReadOnlySpan<long> ShapeOf(string name) => Find(name).Shape;

    /// <summary>The element type of a tensor.</summary>
    /// <exception cref="SafetensorsException">No such tensor.</exception>
    public TensorDType TypeOf(string name) => Find(name).DType;

    /// <summary>Reads one tensor.</summary>
    /// <exception cref="SafetensorsException">No such tensor, a read error, or one that is larger than an array can be (2 GiB).</exception>
    public HostTensor Load(string name)
    {
        var entry = Find(name);
        var size = entry.End - entry.Begin;
        if (size > Array.MaxLength)
        {
            throw new SafetensorsException(_path, name, $"takes {size} bytes; one tensor may take {Array.MaxLength}.");
        }

        try
        {
            var bytes = GC.AllocateUninitializedArray<byte>((int)size);
            _stream.Position = _dataStart + entry.Begin;
            _stream.ReadExactly(bytes);
            return new HostTensor(name, entry.DType, entry.Shape, bytes);
        }
        catch (IOException e)
        {
            throw new SafetensorsException(_path, name, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private SafetensorsEntry Find(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry : throw new SafetensorsException(_path, name, "not found.");
}
