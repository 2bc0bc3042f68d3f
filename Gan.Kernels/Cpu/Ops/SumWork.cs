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
/// </summary>
internal readonly unsafe struct SumWork<TTerm>(TTerm term, long n, double* partials) : IVectorWork where TTerm : struct, ITerm
{
    private const int Lanes = 64;
    private const int BlockLength = 256 * Lanes;

    private readonly TTerm _term = term;

    public static int Blocks(long n) => (int)((n + BlockLength - 1) / BlockLength);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        TTerm term = _term;
        long begin = (long)part * BlockLength, end = Math.Min(begin + BlockLength, n), whole = end - (end - begin) % Lanes;
        float* lanes = stackalloc float[Lanes];
        for (int lane = 0; lane < Lanes; lane += 4 * TV.Count)
        {
            TV a = TV.Of(0), b = a, c = a, d = a; // four independent chains hide the latency of an addition
            for (long i = begin + lane; i < whole; i += Lanes)
            {
                a += term.At<TV>(i);
                b += term.At<TV>(i + TV.Count);
                c += term.At<TV>(i + 2 * TV.Count);
                d += term.At<TV>(i + 3 * TV.Count);
            }
            a.Store(lanes + lane);
            b.Store(lanes + lane + TV.Count);
            c.Store(lanes + lane + 2 * TV.Count);
            d.Store(lanes + lane + 3 * TV.Count);
        }
        for (long i = whole; i < end; i++)
        {
            lanes[i - whole] += term.At<F32x1>(i).Value;
        }
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
        partials[part] = tree[0];
    }
}
