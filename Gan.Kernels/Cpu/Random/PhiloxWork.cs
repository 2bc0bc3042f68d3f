using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    private const int BlocksPerPart = 512;
    private const int Batch = 64;

    private readonly TDistribution _distribution = distribution;

    private long BlocksPerRow => ((long)columns + 3) / 4;

    public int Parts => (int)((rows * BlocksPerRow + BlocksPerPart - 1) / BlocksPerPart);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        float* words = stackalloc float[4 * Batch];
        uint* counters = stackalloc uint[2 * Batch];
        long block = (long)part * BlocksPerPart, end = Math.Min(block + BlocksPerPart, rows * BlocksPerRow);
        (long row, long column) = Math.DivRem(block, BlocksPerRow);
        for (; block < end; block += Batch)
        {
            int n = (int)Math.Min(Batch, end - block);
            Fill(counters, n, row, column);
            int lanes = (n + TV.Count - 1) / TV.Count * TV.Count; // whole vectors: those beyond n work on counters of an earlier batch, or zeros
            PhiloxLanes.Fill<TV>(counters, counters + Batch, draw, words, Batch, lanes);
            Transform<TV>(words, words + Batch, lanes);
            Transform<TV>(words + 2 * Batch, words + 3 * Batch, lanes);
            (row, column) = Store(words, n, row, column);
        }
    }

    /// <summary>The first two counter words of n blocks from a place on.</summary>
    private void Fill(uint* counters, int n, long row, long column)
    {
        for (int i = 0; i < n; row++, column = 0)
        {
            int run = (int)Math.Min(n, i + BlocksPerRow - column);
            for (uint c = (uint)column; i < run; i++, c++)
            {
                (counters[i], counters[Batch + i]) = (c, (uint)row);
            }
        }
    }

    /// <summary>Writes n blocks from a place on; answers with the place behind them.</summary>
    private (long Row, long Column) Store(float* words, int n, long row, long column)
    {
        long whole = columns / 4;
        for (int i = 0; i < n;)
        {
            float* to = y + row * columns + 4 * column;
            int run = (int)Math.Min(n, i + whole - column);
            column += Math.Max(run - i, 0);
            for (; i < run; i++, to += 4)
            {
                Vector128.Create(words[i], words[Batch + i], words[2 * Batch + i], words[3 * Batch + i]).Store(to);
            }
            if (i < n && column < BlocksPerRow)
            {
                for (int word = 0; word < columns % 4; word++)
                {
                    to[word] = words[word * Batch + i];
                }
                i++;
                column++;
            }
            if (column == BlocksPerRow)
            {
                (row, column) = (row + 1, 0);
            }
        }
        return (row, column);
    }

    private void Transform<TV>(float* a, float* b, int n) where TV : unmanaged, ISimd<TV>
    {
        TDistribution map = _distribution;
        for (int i = 0; i < n; i += TV.Count)
        {
            (TV first, TV second) = map.Of(TV.Load(a + i), TV.Load(b + i));
            first.Store(a + i);
            second.Store(b + i);
        }
    }
}
