namespace Gan.Tests.Fuzz;

/// <summary>Changes that need no knowledge of a format. Every choice comes from the given generator, so a seed repeats an input.</summary>
internal static class ByteMutator
{
    private static readonly uint[] Extremes = [0, 1, 2, 3, 7, 8, 9, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF];

    public static byte[] Mutate(byte[] file, byte[] other, Random random)
    {
        for (var n = random.Next(3) > 0 ? 1 : random.Next(2, 5); n > 0; n--)
        {
            file = Once(file, other, random);
        }
        return file;
    }

    /// <summary>A number that is likely to lie at an edge.</summary>
    public static uint Extreme(Random random) => random.Next(4) == 0 ? (uint)random.Next(0, 70000) : Extremes[random.Next(Extremes.Length)];

    /// <summary>Writes an edge value of one, two or four bytes somewhere in data.</summary>
    public static void PutExtreme(Span<byte> data, Random random)
    {
        var size = 1 << random.Next(3);
        if (data.Length < size)
        {
            return;
        }
        var (at, value) = (random.Next(data.Length - size + 1), Extreme(random));
        for (var i = 0; i < size; i++)
        {
            data[at + i] = (byte)(value >> 8 * (size - 1 - i));
        }
    }

    public static void FlipBits(Span<byte> data, Random random)
    {
        for (var n = data.IsEmpty ? 0 : random.Next(1, 5); n > 0; n--)
        {
            data[random.Next(data.Length)] ^= (byte)(1 << random.Next(8));
        }
    }

    private static byte[] Once(byte[] file, byte[] other, Random random)
    {
        var copy = (byte[])file.Clone();
        switch (random.Next(8))
        {
            case 0:
                FlipBits(copy, random);
                return copy;
            case 1:
                PutExtreme(copy, random);
                return copy;
            case 2: // truncation
                return copy[..random.Next(copy.Length + 1)];
            case 3:
                { // a range twice
                    var (from, to) = Range(copy, random);
                    return [.. copy[..to], .. copy[from..to], .. copy[to..]];
                }
            case 4:
                { // a range gone
                    var (from, to) = Range(copy, random);
                    return [.. copy[..from], .. copy[to..]];
                }
            case 5:
                { // the head of one, the tail of another
                    return [.. copy[..random.Next(copy.Length + 1)], .. other[random.Next(other.Length + 1)..]];
                }
            case 6:
                { // random bytes put in
                    var noise = new byte[random.Next(1, 9)];
                    random.NextBytes(noise);
                    var at = random.Next(copy.Length + 1);
                    return [.. copy[..at], .. noise, .. copy[at..]];
                }
            default:
                { // a range all alike
                    var (from, to) = Range(copy, random);
                    copy.AsSpan(from, to - from).Fill((byte)Extreme(random));
                    return copy;
                }
        }
    }

    private static (int From, int To) Range(byte[] data, Random random)
    {
        var from = random.Next(data.Length + 1);
        return (from, Math.Min(data.Length, from + 1 + random.Next(random.Next(2) == 0 ? 8 : 200)));
    }
}
