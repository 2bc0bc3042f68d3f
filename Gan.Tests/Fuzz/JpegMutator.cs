using System.Buffers.Binary;

namespace Gan.Tests.Fuzz;

/// <summary>Changes a JPEG segment by segment: header fields, tables, scan scripts, restart markers, entropy-coded bytes.</summary>
internal static class JpegMutator
{
    /// <summary>A marker segment and, after SOS, the entropy-coded bytes up to the next marker.</summary>
    private sealed record Segment(byte Marker, byte[] Data, byte[] Entropy);

    public static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        var segments = Parse(file);
        if (segments.Count == 0)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        for (var n = random.Next(3) > 0 ? 1 : random.Next(2, 5); n > 0 && segments.Count > 0; n--)
        {
            Once(segments, other, random);
        }
        return Write(segments, random);
    }

    private static void Once(List<Segment> segments, byte[] other, Random random)
    {
        var i = random.Next(segments.Count);
        switch (random.Next(12))
        {
            case 0 or 1:
                EditFrame(segments, random);
                break;
            case 2 or 3:
                Edit(segments, s => s.Marker == 0xDA, random, EditScan);
                break;
            case 4: // tables
                Edit(segments, s => s.Marker is 0xC4 or 0xDB, random, (s, r) =>
                {
                    var data = (byte[])s.Data.Clone();
                    ByteMutator.PutExtreme(r.Next(2) == 0 ? data.AsSpan(0, Math.Min(17, data.Length)) : data, r);
                    return s with { Data = data };
                });
                break;
            case 5 or 6: // entropy-coded bytes
                Edit(segments, s => s.Marker == 0xDA, random, (s, r) => s with { Entropy = EditEntropy(s.Entropy, r) });
                break;
            case 7:
                {
                    var interval = new byte[2];
                    BinaryPrimitives.WriteUInt16BigEndian(interval, (ushort)ByteMutator.Extreme(random));
                    segments.Insert(i, new Segment(0xDD, interval, []));
                    break;
                }
            case 8:
                segments.RemoveAt(i);
                break;
            case 9:
                segments.Insert(random.Next(segments.Count + 1), segments[i]);
                break;
            case 10:
                {
                    var from = random.Next(2) == 0 ? segments : Parse(other);
                    if (from.Count > 0)
                    {
                        segments[i] = from[random.Next(from.Count)];
                    }
                    break;
                }
            default:
                segments[i] = segments[i] with { Data = ByteMutator.Mutate(segments[i].Data, other, random) };
                break;
        }
    }

    private static void EditFrame(List<Segment> segments, Random random) => Edit(segments, s => s.Marker is >= 0xC0 and <= 0xC2, random, (s, r) =>
    {
        var data = (byte[])s.Data.Clone();
        if (data.Length < 9)
        {
            return s;
        }
        switch (r.Next(5))
        {
            case 0:
                return s with { Marker = (byte)(0xC0 + r.Next(r.Next(2) == 0 ? 3 : 16)) };
            case 1:
                BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(1 + 2 * r.Next(2)), (ushort)ByteMutator.Extreme(r));
                break;
            case 2: // sampling factors
                data[7 + 3 * r.Next((data.Length - 6) / 3)] = (byte)(r.Next(1, 5) << 4 | r.Next(1, 5));
                break;
            case 3:
                data[8 + 3 * r.Next((data.Length - 6) / 3)] = (byte)r.Next(5);
                break;
            default:
                ByteMutator.PutExtreme(data, r);
                break;
        }
        return s with { Data = data };
    });

    private static Segment EditScan(Segment s, Random random)
    {
        var data = (byte[])s.Data.Clone();
        if (data.Length >= 6)
        {
            switch (random.Next(3))
            {
                case 0: // spectral selection, successive approximation
                    data[^(1 + random.Next(3))] = (byte)(random.Next(2) == 0 ? random.Next(64) : random.Next(4) << 4 | random.Next(4));
                    break;
                case 1: // table selectors
                    data[2 + 2 * random.Next((data.Length - 4) / 2)] = (byte)(random.Next(5) << 4 | random.Next(5));
                    break;
                default:
                    ByteMutator.PutExtreme(data, random);
                    break;
            }
        }
        return s with { Data = data };
    }

    private static byte[] EditEntropy(byte[] entropy, Random random)
    {
        if (random.Next(3) > 0)
        {
            return ByteMutator.Mutate(entropy, entropy, random);
        }
        var at = random.Next(entropy.Length + 1);
        return [.. entropy[..at], 0xFF, (byte)(random.Next(3) == 0 ? random.Next(256) : 0xD0 + random.Next(8)), .. entropy[at..]];
    }

    private static void Edit(List<Segment> segments, Predicate<Segment> which, Random random, Func<Segment, Random, Segment> edit)
    {
        var found = Enumerable.Range(0, segments.Count).Where(i => which(segments[i])).ToArray();
        if (found.Length > 0)
        {
            var i = found[random.Next(found.Length)];
            segments[i] = edit(segments[i], random);
        }
    }

    private static List<Segment> Parse(byte[] file)
    {
        var segments = new List<Segment>();
        for (var at = 2; at <= file.Length - 4 && file[at] == 0xFF;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2));
            if (length < 2 || at + 2 + length > file.Length)
            {
                break;
            }
            var end = at + 2 + length;
            var next = end;
            if (file[at + 1] == 0xDA)
            {
                while (next < file.Length - 1 && (file[next] != 0xFF || file[next + 1] is 0 or (>= 0xD0 and <= 0xD7)))
                {
                    next++;
                }
            }
            segments.Add(new Segment(file[at + 1], file[(at + 4)..end], file[end..next]));
            at = next;
        }
        return segments;
    }

    private static byte[] Write(List<Segment> segments, Random random)
    {
        using var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        Span<byte> word = stackalloc byte[2];
        foreach (var s in segments)
        {
            file.Write([0xFF, s.Marker]);
            BinaryPrimitives.WriteUInt16BigEndian(word, (ushort)(random.Next(80) == 0 ? ByteMutator.Extreme(random) : (uint)s.Data.Length + 2));
            file.Write(word);
            file.Write(s.Data);
            file.Write(s.Entropy);
        }
        if (random.Next(20) > 0)
        {
            file.Write([0xFF, 0xD9]);
        }
        return file.ToArray();
    }
}
