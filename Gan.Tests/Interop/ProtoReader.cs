using System.Buffers.Binary;
using System.Text;

namespace Gan.Tests.Interop;

/// <summary>A protocol buffers message as its fields, by number: written after the wire format's description, not after the exporter.</summary>
internal sealed class ProtoReader
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    public ProtoReader(byte[] message)
    {
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    _fields.Add(((int)(key >> 3), Varint(message, ref at), []));
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    _fields.Add(((int)(key >> 3), 0, message[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    _fields.Add(((int)(key >> 3), 0, message[at..(at + 4)]));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }
    }

    public long Integer(int field) => Integers(field).Single();

    public long[] Integers(int field) => [.. _fields.Where(f => f.Field == field).Select(static f => (long)f.Number)];

    public byte[] Bytes(int field) => _fields.Single(f => f.Field == field).Bytes;

    public float Float(int field) => BinaryPrimitives.ReadSingleLittleEndian(Bytes(field));

    public string Text(int field) => Texts(field).Single();

    public string[] Texts(int field) => [.. _fields.Where(f => f.Field == field).Select(static f => Encoding.UTF8.GetString(f.Bytes))];

    public ProtoReader Message(int field) => Messages(field).Single();

    public ProtoReader[] Messages(int field) => [.. _fields.Where(f => f.Field == field).Select(static f => new ProtoReader(f.Bytes))];

    public bool Has(int field) => _fields.Exists(f => f.Field == field);

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
