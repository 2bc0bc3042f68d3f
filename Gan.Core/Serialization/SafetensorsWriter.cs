using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Gan.Core.Serialization;

/// <summary>
/// Writes what every reader of the format takes. The header lists tensors in the caller's order and is padded with spaces, so that the
/// data starts at a multiple of 8; wider types are laid out first, so that each tensor is aligned to its own element size and PyTorch
/// can view it in place. The format forbids padding between tensors.
/// </summary>
internal static class SafetensorsWriter
{
    public static void Write(Stream stream, List<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var layout = tensors.Select((tensor, index) => (tensor, index)).OrderByDescending(t => t.tensor.DType.ByteSize()).ToArray();
        var begins = new long[tensors.Count];
        long end = 0;
        foreach (var (tensor, index) in layout)
        {
            begins[index] = end;
            end = checked(end + tensor.Bytes.Length);
        }

        stream.Write(Header(tensors, begins, metadata));
        foreach (var (tensor, _) in layout)
        {
            stream.Write(tensor.Bytes.Span);
        }
    }

    private static byte[] Header(List<HostTensor> tensors, long[] begins, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            for (var i = 0; i < tensors.Count; i++)
            {
                if (!names.Add(tensors[i].Name))
                {
                    throw new ArgumentException($"Tensor name '{tensors[i].Name}' is reserved or given twice.", nameof(tensors));
                }

                WriteEntry(writer, tensors[i], begins[i]);
            }

            writer.WriteEndObject();
        }

        var padded = (json.WrittenCount + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxHeaderBytes)
        {
            throw new ArgumentException($"{tensors.Count} tensors need a header of {padded} bytes; the format allows {SafetensorsHeader.MaxHeaderBytes}.", nameof(tensors));
        }

        var header = new byte[SafetensorsHeader.LengthBytes + padded];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthBytes));
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter writer, HostTensor tensor, long begin)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.DType.FileName());
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(begin + tensor.Bytes.Length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
