using System.Buffers.Binary;
using System.Text.Json;

namespace Gan.Core.Serialization;

/// <summary>One tensor's entry in the header; offsets count from the start of the data section.</summary>
internal sealed record SafetensorsEntry(string Name, TensorDType DType, long[] Shape, long Begin, long End);

/// <summary>
/// Parses and checks the header: 8 bytes little-endian length, then a JSON object of tensors, space padded
/// (the safetensors format, section "Format" of its README; the checks are those of its reference reader).
/// </summary>
internal sealed class SafetensorsHeader
{
    public const int LengthBytes = 8;

    /// <summary>The format's own limit, against headers made to exhaust memory.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(List<SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>In the order in which the header lists them.</summary>
    public List<SafetensorsEntry> Entries { get; }

    public Dictionary<string, string> Metadata { get; }

    /// <summary>Reads the header's length and checks it against the file's.</summary>
    public static int ParseLength(string file, ReadOnlySpan<byte> first, long fileLength)
    {
        if (fileLength < LengthBytes || first.Length < LengthBytes)
        {
            throw new SafetensorsException(file, null, $"holds {fileLength} bytes; a safetensors file starts with an 8-byte header length. Truncated, or another format?");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(first);
        if (length > MaxHeaderBytes)
        {
            throw new SafetensorsException(file, null, $"header length {length} is above the format's limit of {MaxHeaderBytes}; probably not a safetensors file.");
        }

        if ((long)length > fileLength - LengthBytes)
        {
            throw new SafetensorsException(file, null, $"header length {length} reaches beyond the file's {fileLength} bytes; the file is truncated or not safetensors.");
        }

        return (int)length;
    }

    /// <summary>Parses the JSON and checks that the tensors fill the data section exactly.</summary>
    /// <param name="file">Named in errors.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Bytes behind the header.</param>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new SafetensorsException(file, null, "the header must start with '{'; not a safetensors file, or damaged.");
        }

        SafetensorsHeader header;
        try
        {
            header = new HeaderParser(file).Parse(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or UTF-16.
            throw new SafetensorsException(file, null, $"the header is not valid JSON: {e.Message}", e);
        }

        CheckCoverage(file, header.Entries, dataLength);
        return header;
    }

    /// <summary>Every byte of the data section belongs to exactly one tensor: no holes, no overlap, nothing behind.</summary>
    private static void CheckCoverage(string file, List<SafetensorsEntry> entries, long dataLength)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
            {
                var what = entry.Begin > end ? "leaves a hole" : "overlaps another tensor";
                throw new SafetensorsException(file, entry.Name, $"data starts at {entry.Begin}, expected {end}: it {what}.");
            }

            end = entry.End;
        }

        if (end != dataLength)
        {
            throw new SafetensorsException(
                file, null, $"the header describes {end} bytes of data, the file holds {dataLength}; {(end > dataLength ? "truncated?" : "trailing bytes are not allowed.")}");
        }
    }

    private sealed class HeaderParser(string file)
    {
        private readonly List<SafetensorsEntry> _entries = [];
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

        public SafetensorsHeader Parse(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!_names.Add(name))
                {
                    throw new SafetensorsException(file, name, "the header lists this name twice.");
                }

                reader.Read();
                if (name == MetadataKey)
                {
                    ReadMetadata(ref reader);
                }
                else
                {
                    _entries.Add(ReadEntry(ref reader, name));
                }
            }

            // Behind the object only padding may follow; Read throws on anything else.
            reader.Read();
            return new SafetensorsHeader(_entries, _metadata);
        }

        private void ReadMetadata(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new SafetensorsException(file, null, $"{MetadataKey} is {Describe(ref reader)}; expected an object of strings.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                {
                    throw new SafetensorsException(file, null, $"{MetadataKey} '{key}' is {Describe(ref reader)}; expected a string.");
                }

                if (!_metadata.TryAdd(key, reader.GetString()!))
                {
                    throw new SafetensorsException(file, null, $"{MetadataKey} lists '{key}' twice.");
                }
            }
        }

        private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new SafetensorsException(file, name, $"its entry is {Describe(ref reader)}; expected an object with dtype, shape and data_offsets.");
            }

            TensorDType? type = null;
            long[]? shape = null;
            long[]? offsets = null;
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                if (!keys.Add(key))
                {
                    throw new SafetensorsException(file, name, $"'{key}' is given twice.");
                }

                reader.Read();
                switch (key)
                {
                    case "dtype":
                        type = ReadType(ref reader, name);
                        break;
                    case "shape":
                        shape = ReadIntegers(ref reader, name, key);
                        break;
                    case "data_offsets":
                        offsets = ReadIntegers(ref reader, name, key);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            if (type is not { } dtype || shape is null || offsets is null)
            {
                var missing = type is null ? "dtype" : shape is null ? "shape" : "data_offsets";
                throw new SafetensorsException(file, name, $"'{missing}' is missing.");
            }

            return Check(name, dtype, shape, offsets);
        }

        private SafetensorsEntry Check(string name, TensorDType type, long[] shape, long[] offsets)
        {
            if (offsets.Length != 2 || offsets[1] < offsets[0])
            {
                throw new SafetensorsException(file, name, $"data_offsets are {HostTensor.ShapeText(offsets)}; expected [begin, end] with begin <= end.");
            }

            if (!HostTensor.TryCount(shape, out var count) || count > long.MaxValue / type.ByteSize())
            {
                throw new SafetensorsException(file, name, $"shape {HostTensor.ShapeText(shape)} overflows 63 bits.");
            }

            var bytes = count * type.ByteSize();
            return offsets[1] - offsets[0] == bytes
                ? new SafetensorsEntry(name, type, shape, offsets[0], offsets[1])
                : throw new SafetensorsException(
                    file, name, $"{type.FileName()} {HostTensor.ShapeText(shape)} takes {bytes} bytes, data_offsets span {offsets[1] - offsets[0]}.");
        }

        private TensorDType ReadType(ref Utf8JsonReader reader, string name)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : null;
            return text is not null && TensorDTypes.TryParse(text, out var type)
                ? type
                : throw new SafetensorsException(file, name, $"dtype is {text ?? Describe(ref reader)}; this library reads {TensorDTypes.Known}.");
        }

        private long[] ReadIntegers(ref Utf8JsonReader reader, string name, string key)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new SafetensorsException(file, name, $"{key} is {Describe(ref reader)}; expected an array of whole numbers.");
            }

            var values = new List<long>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0)
                {
                    throw new SafetensorsException(file, name, $"{key} holds {Describe(ref reader)}; expected whole numbers from 0.");
                }

                values.Add(value);
            }

            return [.. values];
        }

        private static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => $"the string \"{Shorten(reader.GetString()!)}\"",
            JsonTokenType.Number => Shorten(System.Text.Encoding.UTF8.GetString(reader.ValueSpan)),
            JsonTokenType.Null => "null",
            _ => reader.TokenType.ToString().ToLowerInvariant(),
        };

        private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
    }
}
