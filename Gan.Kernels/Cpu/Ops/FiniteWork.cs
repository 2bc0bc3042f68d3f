namespace Gan.Kernels.Cpu;

/// <summary>
/// found[part, check] = the first i in the part's slice of a check's numbers whose |x[i]| is not at most the limit, or -1. Vectors only answer whether there is one; a
/// second, rare, look finds it. A part has a slice of every check, as an update has of every array, so that a thread reads here what it writes there.
/// </summary>
internal readonly unsafe struct FiniteWork(FiniteRange* ranges, int count, int parts, long* found) : IVectorWork
{
    /// <summary>Elements a part, all checks together: 64 KiB, so that handing out costs little beside reading them.</summary>
    private const int PartLength = 16 * 1024;

    private const int CacheLine = 16;

    /// <summary>Number of parts for so many elements in all: 1, or even.</summary>
    public static int Parts(long total) => total <= PartLength ? 1 : (int)(2 * ((total + 2 * PartLength - 1) / (2 * PartLength)));

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        for (int check = 0; check < count; check++)
        {
            FiniteRange range = ranges[check];
            long begin = Begin(range, part), end = Begin(range, part + 1);
            found[part * count + check] = AllWithin<TV>(range, begin, end) ? -1 : First(range, begin, end);
        }
    }

    private long Begin(FiniteRange range, int part) =>
        part == parts ? range.Length : range.Length * part / parts / CacheLine * CacheLine;

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

/// <summary>Numbers of one check.</summary>
internal readonly unsafe struct FiniteRange(float* x, long length, float limit)
{
    public readonly float* X = x;
    public readonly long Length = length;
    public readonly float Limit = limit;
}
