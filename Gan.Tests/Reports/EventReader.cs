using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace Gan.Tests.Reports;

/// <summary>One value of an event: a number or a picture.</summary>
internal sealed record EventValue(long Step, string Tag, float? Number, byte[]? Png, (long Height, long Width, long Colours) Size);

/// <summary>What an event file holds.</summary>
internal sealed record EventLog(string Version, List<EventValue> Values, List<long> SessionStarts, List<double> WallTimes);

/// <summary>Reads TensorBoard's event files by their published format, with a CRC-32C and a field reader of its own.</summary>
internal static class EventReader
{
    public static EventLog Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var log = new EventLog("", [], [], []);
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            ReadOnlySpan<byte> data = file.AsSpan(at + 12, length);
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            log = Event(data.ToArray(), log, first: at == 0);
            at += 16 + length;
        }
        return log;
    }

    /// <summary>Bit by bit: polynomial 0x1EDC6F41 reversed (RFC 3720, appendix B.4).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
            {
                crc = (crc & 1) == 1 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
            }
        }
        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = Crc32C(data);
        return unchecked((crc >> 15 | crc << 17) + 0xA282EAD8);
    }

    private static EventLog Event(byte[] data, EventLog log, bool first)
    {
        long step = 0;
        foreach ((int field, object value) in Fields(data))
        {
            switch (field)
            {
                case 1:
                    log.WallTimes.Add((double)value);
                    break;
                case 2:
                    step = (long)value;
                    break;
                case 3:
                    Assert.True(first);
                    log = log with { Version = Encoding.UTF8.GetString((byte[])value) };
                    break;
                case 5:
                    log.Values.AddRange(Fields((byte[])value).Select(v => Value(step, (byte[])v.Value)));
                    break;
                case 7:
                    Assert.Equal([(1, (object)1L)], Fields((byte[])value));
                    log.SessionStarts.Add(step);
                    break;
                default:
                    Assert.Fail($"field {field} of an event");
                    break;
            }
        }
        return log;
    }

    private static EventValue Value(long step, byte[] data)
    {
        Dictionary<int, object> fields = Fields(data).ToDictionary(static f => f.Field, static f => f.Value);
        string tag = Encoding.UTF8.GetString((byte[])fields[1]);
        if (fields.TryGetValue(2, out object? number))
        {
            return new(step, tag, (float)number, null, default);
        }
        Dictionary<int, object> image = Fields((byte[])fields[4]).ToDictionary(static f => f.Field, static f => f.Value);
        return new(step, tag, null, (byte[])image[4], ((long)image[1], (long)image[2], (long)image[3]));
    }

    private static List<(int Field, object Value)> Fields(byte[] data)
    {
        List<(int, object)> fields = [];
        for (int at = 0; at < data.Length;)
        {
            ulong key = Varint(data, ref at);
            switch (key & 7)
            {
                case 0:
                    fields.Add(((int)(key >> 3), (long)Varint(data, ref at)));
                    break;
                case 1:
                    fields.Add(((int)(key >> 3), BinaryPrimitives.ReadDoubleLittleEndian(data.AsSpan(at))));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(data, ref at);
                    fields.Add(((int)(key >> 3), data[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    fields.Add(((int)(key >> 3), BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(at))));
                    at += 4;
                    break;
                default:
                    Assert.Fail($"wire type {key & 7}");
                    break;
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] data, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = data[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
