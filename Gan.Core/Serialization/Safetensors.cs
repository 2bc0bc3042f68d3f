namespace Gan.Core.Serialization;

/// <summary>
/// Reads and writes safetensors files, the format PyTorch users exchange weights in: an 8-byte little-endian header length, a JSON
/// header (name, dtype, shape, data_offsets), then the data. Reading is strict: see <see cref="SafetensorsException"/>.
/// </summary>
public static class Safetensors
{
    /// <summary>Reads a whole file, tensor by tensor, so files may be larger than one array can be.</summary>
    /// <exception cref="SafetensorsException">Missing, unreadable or malformed; no memory is taken for what the file does not hold.</exception>
    public static SafetensorsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = SafetensorsReader.Open(path);
        var tensors = new HostTensor[reader.Names.Count];
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = reader.Load(reader.Names[i]);
        }

        return new SafetensorsFile(path, tensors, reader.Metadata);
    }

    /// <summary>Reads a file that is already in memory; the tensors share its bytes.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="SafetensorsException">Malformed.</exception>
    public static SafetensorsFile Parse(ReadOnlyMemory<byte> bytes, string file = "safetensors data")
    {
        var length = SafetensorsHeader.ParseLength(file, bytes.Span, bytes.Length);
        var data = bytes[(SafetensorsHeader.LengthBytes + length)..];
        var header = SafetensorsHeader.Parse(file, bytes.Span.Slice(SafetensorsHeader.LengthBytes, length), data.Length);
        var tensors = header.Entries.Select(e => new HostTensor(e.Name, e.DType, e.Shape, data[(int)e.Begin..(int)e.End])).ToArray();
        return new SafetensorsFile(file, tensors, header.Metadata);
    }

    /// <summary>Writes a file, replacing one that is there. Not atomic: write to a temporary name and rename where that matters.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">Listed in this order; names must differ.</param>
    /// <param name="metadata">Free strings for the header, or null.</param>
    /// <exception cref="ArgumentException">A name given twice, or <c>__metadata__</c>.</exception>
    public static void Write(string path, IEnumerable<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        Write(stream, tensors, metadata);
    }

    /// <inheritdoc cref="Write(string, IEnumerable{HostTensor}, IReadOnlyDictionary{string, string})"/>
    /// <param name="stream">Written from its current position; neither flushed nor closed.</param>
    /// <param name="tensors">Listed in this order; names must differ.</param>
    /// <param name="metadata">Free strings for the header, or null.</param>
    public static void Write(Stream stream, IEnumerable<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        SafetensorsWriter.Write(stream, [.. tensors], metadata);
    }
}
