using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu;

/// <summary>
/// <see cref="Philox"/> for several blocks at once. A counter word sits in the low half of a 64-bit lane, where the vector multiplication 32 x 32 -> 64
/// reads it; what the upper half holds then never matters. Words come out as their top 24 bits, as floats.
/// </summary>
internal static unsafe class PhiloxLanes
{
    /// <summary>words[w * spacing + i] = word w of the block with counter (column[i], row[i], step, draw), shifted right by 8.</summary>
    /// <param name="column">First counter words.</param>
    /// <param name="row">Second counter words.</param>
    /// <param name="draw">The rest of the counter, and the key.</param>
    /// <param name="words">Four rows of results.</param>
    /// <param name="spacing">Distance of the rows.</param>
    /// <param name="n">Blocks, a multiple of the vector's lanes.</param>
    public static void Fill<TV>(uint* column, uint* row, PhiloxDraw draw, float* words, int spacing, int n) where TV : unmanaged, ISimd<TV>
    {
        if (TV.Count >= 16 && Avx512F.IsSupported)
        {
            for (int i = 0; i < n; i += 8)
            {
                Eight(column + i, row + i, draw, words + i, spacing);
            }
        }
        else if (TV.Count >= 8 && Avx2.IsSupported)
        {
            for (int i = 0; i < n; i += 4)
            {
                Four(column + i, row + i, draw, words + i, spacing);
            }
        }
        else
        {
            for (int i = 0; i < n; i++)
            {
                (uint w0, uint w1, uint w2, uint w3) = Philox.Block(column[i], row[i], draw.Step, draw.StreamAndDraw, draw.Seed);
                words[i] = w0 >> 8;
                words[i + spacing] = w1 >> 8;
                words[i + 2 * spacing] = w2 >> 8;
                words[i + 3 * spacing] = w3 >> 8;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(uint* column, uint* row, PhiloxDraw draw, float* words, int spacing)
    {
        Vector512<ulong> c0 = Avx512F.ConvertToVector512UInt64(Vector256.Load(column)), c1 = Avx512F.ConvertToVector512UInt64(Vector256.Load(row));
        Vector512<ulong> c2 = Vector512.Create((ulong)draw.Step), c3 = Vector512.Create((ulong)draw.StreamAndDraw);
        Vector512<uint> a = Vector512.Create(Philox.MultiplierA), b = Vector512.Create(Philox.MultiplierB);
        Vector512<ulong> k0 = Vector512.Create(draw.Seed), k1 = Vector512.Create(draw.Seed >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            Vector512<ulong> p0 = Avx512F.Multiply(c0.AsUInt32(), a), p2 = Avx512F.Multiply(c2.AsUInt32(), b);
            (c0, c1, c2, c3) = ((p2 >>> 32) ^ c1 ^ k0, p2, (p0 >>> 32) ^ c3 ^ k1, p0);
            k0 += Vector512.Create((ulong)Philox.WeylA);
            k1 += Vector512.Create((ulong)Philox.WeylB);
        }
        Store(c0, words);
        Store(c1, words + spacing);
        Store(c2, words + 2 * spacing);
        Store(c3, words + 3 * spacing);

        static void Store(Vector512<ulong> c, float* words) =>
            Vector256.Store(Vector256.ConvertToSingle((Avx512F.ConvertToVector256UInt32(c) >>> 8).AsInt32()), words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(uint* column, uint* row, PhiloxDraw draw, float* words, int spacing)
    {
        Vector256<ulong> c0 = Avx2.ConvertToVector256Int64(Vector128.Load(column)).AsUInt64();
        Vector256<ulong> c1 = Avx2.ConvertToVector256Int64(Vector128.Load(row)).AsUInt64();
        Vector256<ulong> c2 = Vector256.Create((ulong)draw.Step), c3 = Vector256.Create((ulong)draw.StreamAndDraw);
        Vector256<uint> a = Vector256.Create(Philox.MultiplierA), b = Vector256.Create(Philox.MultiplierB);
        Vector256<ulong> k0 = Vector256.Create(draw.Seed), k1 = Vector256.Create(draw.Seed >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            Vector256<ulong> p0 = Avx2.Multiply(c0.AsUInt32(), a), p2 = Avx2.Multiply(c2.AsUInt32(), b);
            (c0, c1, c2, c3) = ((p2 >>> 32) ^ c1 ^ k0, p2, (p0 >>> 32) ^ c3 ^ k1, p0);
            k0 += Vector256.Create((ulong)Philox.WeylA);
            k1 += Vector256.Create((ulong)Philox.WeylB);
        }
        Store(c0, words);
        Store(c1, words + spacing);
        Store(c2, words + 2 * spacing);
        Store(c3, words + 3 * spacing);

        static void Store(Vector256<ulong> c, float* words)
        {
            Vector256<uint> low = Avx2.PermuteVar8x32(c.AsUInt32(), Vector256.Create(0u, 2, 4, 6, 0, 0, 0, 0));
            Vector128.Store(Vector128.ConvertToSingle((low.GetLower() >>> 8).AsInt32()), words);
        }
    }
}
