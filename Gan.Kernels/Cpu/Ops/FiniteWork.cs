namespace Gan.Kernels.Cpu;

/// <summary>found[part] = the part's first i whose |x[i]| is not at most the limit, or -1. Vectors only answer whether there is one; a second, rare, look finds it.</summary>
internal readonly unsafe struct FiniteWork(FiniteRange* ranges, int count, long* found) : IVectorWork
{
    /// <summary>Elements a part: 64 KiB, so that handing out costs little beside reading them.</summary>
    private const int PartLength = 16 * 1024;

    public static int Parts(long n) => (int)((n + PartLength - 1) / PartLength);

    /// <summary>The last range that begins at or before a part; one without elements has none of its own.</summary>
    public static int RangeOf(int part, FiniteRange* ranges, int count)
    {
        int range = count - 1;
        while (ranges[range].FirstPart > part || ranges[range].Length == 0)
        {
            range--;
        }
        return range;
    }

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        FiniteRange range = ranges[RangeOf(part, ranges, count)];
        long begin = (long)(part - range.FirstPart) * PartLength, end = Math.Min(begin + PartLength, range.Length);
        found[part] = AllWithin<TV>(range, begin, end) ? -1 : First(range, begin, end);
    }

    private static bool AllWithin<TV>(FiniteRange range, long i, long end) where TV : unmanaged, ISimd<TV>
    {
        float* x = range.X;
        TV most = TV.Of(range.Limit), sign = TV.OfBits(int.MaxValue), a = TV.OfBits(-1), b = a, c = a, d = a;
        for (; i <= end - 4 * TV.Count; i += 4 * TV.Count)
        {
            a &= TV.LessOrEqual(TV.Load(x + i) & sign, most);
            b &= TV.LessOrEqual(TV.Load(x + i + TV.Count) & sign, most);
            c &= TV.LessOrEqual(TV.Load(x + i + 2 * TV.Count) & sign, most);
            d &= TV.LessOrEqual(TV.Load(x + i + 3 * TV.Count) & sign, most);
        }
        float* lanes = stackalloc float[F32x16.Count];
        (a & b & (c & d)).Store(lanes);
        return !new ReadOnlySpan<int>(lanes, TV.Count).ContainsAnyExcept(-1) && First(range, i, end) < 0;
    }

    private static long First(FiniteRange range, long i, long end)
    {
        for (; i < end; i++)
        {
            if (!(MathF.Abs(range.X[i]) <= range.Limit))
            {
                return i;
            }
        }
        return -1;
    }
}

/// <summary>Numbers of one check, and where its parts begin among those of all.</summary>
internal readonly unsafe struct FiniteRange(float* x, long length, float limit, int firstPart)
{
    public readonly float* X = x;
    public readonly long Length = length;
    public readonly float Limit = limit;
    public readonly int FirstPart = firstPart;
}
