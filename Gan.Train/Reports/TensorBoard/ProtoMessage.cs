using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gan.Train.Reports.TensorBoard;

/// <summary>
/// Builds a Protocol Buffers message field by field (the wire format of protobuf.dev/programming-guides/encoding): a key, field number * 8 + wire type, then the value.
/// The six kinds of fields an event has do not warrant a library.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>int64 and enum; negative ones take ten bytes.</summary>
    public ProtoMessage Integer(int field, long value)
    {
        Raw((ulong)(field << 3 | Varint));
        Raw((ulong)value);
        return this;
    }

    public ProtoMessage Double(int field, double value)
    {
        Raw((ulong)(field << 3 | Fixed64));
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public ProtoMessage Float(int field, float value)
    {
        Raw((ulong)(field << 3 | Fixed32));
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    public ProtoMessage Blob(int field, ReadOnlySpan<byte> value)
    {
        Raw((ulong)(field << 3 | LengthDelimited));
        Raw((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Blob(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage value) => Blob(field, value.Bytes);

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Write([(byte)(value | 0x80)]);
        }
        _bytes.Write([(byte)value]);
    }
}
