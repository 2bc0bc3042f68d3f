namespace Gan.Kernels.Cpu;

/// <summary>found[part] = the part's first i whose |x[i]| is not at most the limit, or -1. Vectors only answer whether there is one; a second, rare, look finds it.</summary>
internal readonly unsafe struct FiniteWork(float* x, long n, float limit, long* found) : IVectorWork
{
    /// <summary>Elements a part: 256 KiB, so that handing out costs little beside reading them.</summary>
    private const int PartLength = 64 * 1024;

    public static int Parts(long n) => (int)((n + PartLength - 1) / PartLength);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        long begin = (long)part * PartLength, end = Math.Min(begin + PartLength, n);
        found[part] = AllWithin<TV>(begin, end) ? -1 : First(begin, end);
    }

    private bool AllWithin<TV>(long i, long end) where TV : unmanaged, ISimd<TV>
    {
        TV most = TV.Of(limit), sign = TV.OfBits(int.MaxValue), a = TV.OfBits(-1), b = a, c = a, d = a;
        for (; i <= end - 4 * TV.Count; i += 4 * TV.Count)
        {
            a &= TV.LessOrEqual(TV.Load(x + i) & sign, most);
            b &= TV.LessOrEqual(TV.Load(x + i + TV.Count) & sign, most);
            c &= TV.LessOrEqual(TV.Load(x + i + 2 * TV.Count) & sign, most);
            d &= TV.LessOrEqual(TV.Load(x + i + 3 * TV.Count) & sign, most);
        }
        float* lanes = stackalloc float[F32x16.Count];
        (a & b & (c & d)).Store(lanes);
        return !new ReadOnlySpan<int>(lanes, TV.Count).ContainsAnyExcept(-1) && First(i, end) < 0;
    }

    private long First(long i, long end)
    {
        for (; i < end; i++)
        {
            if (!(MathF.Abs(x[i]) <= limit))
            {
                return i;
            }
        }
        return -1;
    }
}
