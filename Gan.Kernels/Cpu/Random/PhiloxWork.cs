using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Turns two words of Philox, as 24-bit integers in floats, into two random numbers.</summary>
internal interface IDistribution
{
    /// <summary>The numbers for the top 24 bits of two neighbouring words.</summary>
    (TV First, TV Second) Of<TV>(TV a, TV b) where TV : unmanaged, ISimd<TV>;
}

/// <summary>u = a 2^-24 in [0, 1); result fma(high - low, u, low).</summary>
internal readonly struct UniformDistribution(float low, float high) : IDistribution
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (TV First, TV Second) Of<TV>(TV a, TV b) where TV : unmanaged, ISimd<TV> => (One(a), One(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TV One<TV>(TV a) where TV : unmanaged, ISimd<TV> => TV.Fma(TV.Of(high - low), a * TV.Of(1f / (1 << 24)), TV.Of(low));
}

/// <summary>
/// Box and Muller (1958). u1 = (a + 1) 2^-24 in (0, 1], u2 = b 2^-24 in [0, 1), both exact; radius = sqrt(-2 ln u1);
/// n1 = radius cos(2 pi u2), n2 = radius sin(2 pi u2); results fma(std, n, mean). Logarithm and angle functions are
/// <see cref="VectorMath.LogOfNormal"/> and <see cref="VectorMath.CosSinOfTurns"/>, whose operations another device repeats one by one.
/// </summary>
internal readonly struct NormalDistribution(float mean, float std) : IDistribution
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (TV First, TV Second) Of<TV>(TV a, TV b) where TV : unmanaged, ISimd<TV>
    {
        TV radius = TV.Sqrt(TV.Of(-2) * VectorMath.LogOfNormal((a + TV.Of(1)) * TV.Of(1f / (1 << 24))));
        (TV cos, TV sin) = VectorMath.CosSinOfTurns(b * TV.Of(1f / (1 << 24)));
        return (TV.Fma(TV.Of(std), radius * cos, TV.Of(mean)), TV.Fma(TV.Of(std), radius * sin, TV.Of(mean)));
    }
}

/// <summary>Counter words and key of a draw: block q of row r is Philox at (q, r, step, draw).</summary>
internal readonly record struct PhiloxDraw(ulong Seed, uint Step, uint StreamAndDraw);

/// <summary>y[r, c] from word c mod 4 of block c / 4 of row r. A part is a run of blocks, over row ends.</summary>
internal readonly unsafe struct PhiloxWork<TDistribution>(TDistribution distribution, float* y, int rows, int columns, PhiloxDraw draw)
    : IVectorWork
    where TDistribution : struct, IDistribution
{
    private const int BlocksPerPart = 4096;
    private const int Batch = 64;

    private long BlocksPerRow => ((long)columns + 3) / 4;

    public int Parts => (int)((rows * BlocksPerRow + BlocksPerPart - 1) / BlocksPerPart);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        TDistribution map = distribution;
        float* words = stackalloc float[4 * Batch];
        long block = (long)part * BlocksPerPart, end = Math.Min(block + BlocksPerPart, rows * BlocksPerRow);
        while (block < end)
        {
            (long row, long first) = Math.DivRem(block, BlocksPerRow);
            int n = (int)Math.Min(Batch, Math.Min(end - block, BlocksPerRow - first));
            for (int i = 0; i < n; i++)
            {
                (uint w0, uint w1, uint w2, uint w3) = Philox.Block((uint)(first + i), (uint)row, draw.Step, draw.StreamAndDraw, draw.Seed);
                words[i] = w0 >> 8;
                words[i + Batch] = w1 >> 8;
                words[i + 2 * Batch] = w2 >> 8;
                words[i + 3 * Batch] = w3 >> 8;
            }
            for (int i = 0; i < 4 * Batch; i += 2 * Batch)
            {
                Transform<TV>(map, words + i, words + i + Batch, n);
            }
            float* to = y + row * columns;
            for (int i = 0; i < n; i++)
            {
                long column = 4 * (first + i);
                for (int word = 0; word < 4 && column + word < columns; word++)
                {
                    to[column + word] = words[i + word * Batch];
                }
            }
            block += n;
        }
    }

    private static void Transform<TV>(TDistribution map, float* a, float* b, int n) where TV : unmanaged, ISimd<TV>
    {
        int i = 0;
        for (; i <= n - TV.Count; i += TV.Count)
        {
            (TV first, TV second) = map.Of(TV.Load(a + i), TV.Load(b + i));
            first.Store(a + i);
            second.Store(b + i);
        }
        for (; i < n; i++)
        {
            (a[i], b[i]) = One(map, a[i], b[i]);
        }
    }

    private static (float A, float B) One(TDistribution map, float a, float b)
    {
        (F32x1 first, F32x1 second) = map.Of(new F32x1(a), new F32x1(b));
        return (first.Value, second.Value);
    }
}
