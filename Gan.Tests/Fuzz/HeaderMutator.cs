using System.Buffers.Binary;
using System.Text;

namespace Gan.Tests.Fuzz;

/// <summary>Changes the numbers of text headers (PNM) and of big-endian ones (IDX).</summary>
internal static class HeaderMutator
{
    private static readonly string[] Numbers = ["0", "1", "2", "255", "256", "65535", "65536", "2147483648", "99999999999999999999", "-1", "x", "", "#"];

    public static byte[] Pnm(byte[] file, byte[] other, Random random)
    {
        if (random.Next(3) == 0)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        var head = Encoding.Latin1.GetString(file, 0, Math.Min(file.Length, 40));
        var starts = Enumerable.Range(0, head.Length).Where(i => char.IsAsciiDigit(head[i]) && (i == 0 || !char.IsAsciiDigit(head[i - 1]))).Take(4).ToArray();
        if (starts.Length == 0)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        var at = starts[random.Next(starts.Length)];
        var end = at;
        while (end < head.Length && char.IsAsciiDigit(head[end]))
        {
            end++;
        }
        var number = random.Next(2) == 0 ? random.Next(1, 20).ToString() : Numbers[random.Next(Numbers.Length)];
        return [.. file[..at], .. Encoding.Latin1.GetBytes(number), .. file[end..]];
    }

    public static byte[] Idx(byte[] file, byte[] other, Random random)
    {
        if (random.Next(3) == 0 || file.Length < 16)
        {
            return ByteMutator.Mutate(file, other, random);
        }
        var copy = (byte[])file.Clone();
        var field = random.Next(4);
        BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(4 * field), random.Next(2) == 0 ? (uint)random.Next(12) : ByteMutator.Extreme(random));
        return copy;
    }
}
