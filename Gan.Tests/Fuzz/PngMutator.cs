using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Gan.Train.Data.Codecs;

namespace Gan.Tests.Fuzz;

/// <summary>Changes a PNG chunk by chunk and mends the CRCs, so that the change reaches the decoder behind them.</summary>
internal static class PngMutator
{
    private static readonly string[] Names = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf", "tEXt", "ABCD", "abcd", "fcTL", "ID3T"];

    private sealed record Chunk(string Type, byte[] Data);

    public static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        var chunks = Parse(file);
        if (chunks.Count == 0)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        for (var n = random.Next(3) > 0 ? 1 : random.Next(2, 5); n > 0 && chunks.Count > 0; n--)
        {
            Once(chunks, other, random);
        }
        return Write(chunks, random);
    }

    private static void Once(List<Chunk> chunks, byte[] other, Random random)
    {
        var i = random.Next(chunks.Count);
        var chunk = chunks[i];
        switch (random.Next(10))
        {
            case 0 or 1:
                { // a header field
                    i = Math.Max(chunks.FindIndex(c => c.Type == "IHDR"), 0);
                    var data = (byte[])chunks[i].Data.Clone();
                    if (data.Length == 13)
                    {
                        var field = random.Next(7);
                        if (field < 2)
                        {
                            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(field * 4), ByteMutator.Extreme(random));
                        }
                        else
                        {
                            data[6 + field] = (byte)random.Next(random.Next(2) == 0 ? 17 : 256);
                        }
                    }
                    chunks[i] = chunks[i] with { Data = data };
                    break;
                }
            case 2 or 3: // what the compressed rows say
                Recompress(chunks, random);
                break;
            case 4:
                chunks.RemoveAt(i);
                break;
            case 5:
                chunks.Insert(random.Next(chunks.Count + 1), chunk);
                break;
            case 6:
                {
                    var j = random.Next(chunks.Count);
                    (chunks[i], chunks[j]) = (chunks[j], chunks[i]);
                    break;
                }
            case 7:
                chunks[i] = chunk with { Type = Names[random.Next(Names.Length)] };
                break;
            case 8:
                { // from another file
                    var others = Parse(other);
                    if (others.Count > 0)
                    {
                        chunks.Insert(random.Next(chunks.Count + 1), others[random.Next(others.Count)]);
                    }
                    break;
                }
            default:
                chunks[i] = chunk with { Data = ByteMutator.Mutate(chunk.Data, other, random) };
                break;
        }
    }

    private static void Recompress(List<Chunk> chunks, Random random)
    {
        var first = chunks.FindIndex(c => c.Type == "IDAT");
        if (first < 0)
        {
            return;
        }
        using var raw = new MemoryStream();
        try
        {
            using var joined = new MemoryStream([.. chunks.Where(c => c.Type == "IDAT").SelectMany(c => c.Data)]);
            using var zlib = new ZLibStream(joined, CompressionMode.Decompress);
            zlib.CopyTo(raw);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return;
        }
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(ByteMutator.Mutate(raw.ToArray(), raw.ToArray(), random));
        }
        chunks[first] = new Chunk("IDAT", packed.ToArray());
        for (var i = chunks.Count - 1; i > first; i--)
        {
            if (chunks[i].Type == "IDAT")
            {
                chunks.RemoveAt(i);
            }
        }
    }

    private static List<Chunk> Parse(byte[] file)
    {
        var chunks = new List<Chunk>();
        for (var at = 8; at <= file.Length - 12;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12)
            {
                break;
            }
            chunks.Add(new Chunk(Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + (int)length)]));
            at += 12 + (int)length;
        }
        return chunks;
    }

    private static byte[] Write(List<Chunk> chunks, Random random)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Span<byte> word = stackalloc byte[4];
        foreach (var chunk in chunks)
        {
            var wrong = random.Next(60) == 0;
            BinaryPrimitives.WriteUInt32BigEndian(word, wrong ? ByteMutator.Extreme(random) : (uint)chunk.Data.Length);
            file.Write(word);
            var type = Encoding.Latin1.GetBytes(chunk.Type);
            file.Write(type);
            file.Write(chunk.Data);
            var crc = Crc32.Compute(chunk.Data, Crc32.Compute(type));
            BinaryPrimitives.WriteUInt32BigEndian(word, random.Next(60) == 0 ? ~crc : crc);
            file.Write(word);
        }
        return file.ToArray();
    }
}
