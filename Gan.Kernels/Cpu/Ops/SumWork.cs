using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>What a sum adds up at element i.</summary>
internal interface ITerm
{
    /// <summary>Terms i .. i + TV.Count - 1.</summary>
    TV At<TV>(long i) where TV : unmanaged, ISimd<TV>;
}

/// <summary>The elements themselves.</summary>
internal readonly unsafe struct LoadTerm(float* x) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV> => TV.Load(x + i);
}

/// <summary>
/// Sums blocks of <see cref="BlockLength"/> terms, one double each. Within a block 64 float lanes add every 64th term in order, and a
/// fixed tree adds the lanes in double: the same bits at every vector width, and rounding that grows with 256 terms, not with n.
/// Terms go through a small buffer, so that even a long formula is compiled once and inline.
/// </summary>
internal readonly unsafe struct SumWork<TTerm>(TTerm term, long n, double* partials) : IVectorWork where TTerm : struct, ITerm
{
    private const int Lanes = 64;
    private const int ChunkLength = 16 * Lanes;
    private const int BlockLength = 256 * Lanes;

    private readonly TTerm _term = term;

    public static int Blocks(long n) => (int)((n + BlockLength - 1) / BlockLength);

    [SkipLocalsInit]
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        float* terms = stackalloc float[ChunkLength], lanes = stackalloc float[Lanes];
        new Span<float>(lanes, Lanes).Clear();
        long begin = (long)part * BlockLength, end = Math.Min(begin + BlockLength, n);
        for (; begin < end; begin += ChunkLength)
        {
            int length = (int)Math.Min(ChunkLength, end - begin);
            Evaluate<TV>(begin, length, terms);
            AddChunk<TV>(terms, length, lanes);
        }
        partials[part] = Tree(lanes);
    }

    private void Evaluate<TV>(long begin, int length, float* terms) where TV : unmanaged, ISimd<TV>
    {
        TTerm term = _term;
        int i = 0;
        for (; i <= length - TV.Count; i += TV.Count)
        {
            term.At<TV>(begin + i).Store(terms + i);
        }
        for (; i < length; i++)
        {
            terms[i] = term.At<F32x1>(begin + i).Value;
        }
    }

    private static void AddChunk<TV>(float* terms, int length, float* lanes) where TV : unmanaged, ISimd<TV>
    {
        int whole = length - length % Lanes;
        for (int lane = 0; lane < Lanes; lane += 4 * TV.Count)
        {
            // four independent chains hide the latency of an addition
            float* p = lanes + lane;
            TV a = TV.Load(p), b = TV.Load(p + TV.Count), c = TV.Load(p + 2 * TV.Count), d = TV.Load(p + 3 * TV.Count);
            for (float* t = terms + lane; t < terms + whole; t += Lanes)
            {
                a += TV.Load(t);
                b += TV.Load(t + TV.Count);
                c += TV.Load(t + 2 * TV.Count);
                d += TV.Load(t + 3 * TV.Count);
            }
            a.Store(p);
            b.Store(p + TV.Count);
            c.Store(p + 2 * TV.Count);
            d.Store(p + 3 * TV.Count);
        }
        for (int i = whole; i < length; i++)
        {
            lanes[i - whole] += terms[i];
        }
    }

    private static double Tree(float* lanes)
    {
        double* tree = stackalloc double[Lanes];
        for (int lane = 0; lane < Lanes; lane++)
        {
            tree[lane] = lanes[lane];
        }
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
            {
                tree[lane] += tree[lane + half];
            }
        }
        return tree[0];
    }
}
