using System.IO.Compression;

namespace Gan.Tests.Fuzz;

/// <summary>Changes entries of a .pth archive and writes the archive anew, with right checksums, so that the change reaches the unpickler behind them.</summary>
internal static class PthMutator
{
    /// <summary>Opcodes of pickle: one put in or instead of another is likelier to be taken than a random byte.</summary>
    private static readonly byte[] Opcodes = 
        [0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95, .. "(.012abcehijNQRstuXqrKMJG}])"u8];

    public static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        if (Parse(file) is not { Count: > 0 } entries)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        int pickle = entries.FindIndex(e => e.Name.EndsWith("data.pkl", StringComparison.Ordinal)), i = random.Next(entries.Count);
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            switch (random.Next(8))
            {
                case 0:
                    entries.RemoveAt(i);
                    return Write(entries, random);
                case 1:
                    entries.Insert(random.Next(entries.Count + 1), entries[i]);
                    break;
                case 2:
                    entries[i] = (entries[random.Next(entries.Count)].Name, entries[i].Data);
                    break;
                case 3:
                    entries[i] = (entries[i].Name, ByteMutator.Mutate(entries[i].Data, other, random));
                    break;
                default:
                    i = Math.Max(pickle, 0);
                    entries[i] = (entries[i].Name, Pickle(entries[i].Data, other, random));
                    break;
            }
        }
        return Write(entries, random);
    }

    private static byte[] Pickle(byte[] data, byte[] other, Random random)
    {
        if (data.Length == 0 || random.Next(3) == 0)
        {
            return ByteMutator.Mutate(data, other, random);
        }
        byte[] copy = (byte[])data.Clone();
        int at = random.Next(copy.Length);
        byte opcode = Opcodes[random.Next(Opcodes.Length)];
        if (random.Next(2) == 0)
        {
            return [.. copy[..at], opcode, .. copy[at..]];
        }
        copy[at] = opcode;
        return copy;
    }

    private static List<(string Name, byte[] Data)>? Parse(byte[] file)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file));
            List<(string, byte[])> entries = [];
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                using var data = new MemoryStream();
                using Stream stream = entry.Open();
                stream.CopyTo(data);
                entries.Add((entry.FullName, data.ToArray()));
            }
            return entries;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null; // the old format is no archive
        }
    }

    private static byte[] Write(List<(string Name, byte[] Data)> entries, Random random)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] data) in entries)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name, random.Next(50) == 0 ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same bytes every time
                using Stream stream = entry.Open();
                stream.Write(data);
            }
        }
        return bytes.ToArray();
    }
}
