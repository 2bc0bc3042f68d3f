using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Train.Data.Codecs.Jpeg;

/// <summary>
/// The 8x8 inverse cosine transform of Loeffler, Ligtenberg and Moschytz (ICASSP 1989: 11 multiplications a row) in integers:
/// constants with 13 fraction bits, 2 extra bits kept between the passes. Decoders that state "accurate integer" results use these
/// very figures and roundings, so results agree to the bit. Columns first, then rows; eight lanes are done at once.
/// </summary>
internal static class JpegIdct
{
    private const int FractionBits = 13;
    private const int ExtraBits = 2;

    // cos(k pi / 16) combinations, times 2^13, rounded; names give the factor.
    private const int F0298 = 2446, F0390 = 3196, F0541 = 4433, F0765 = 6270, F0899 = 7373, F1175 = 9633;
    private const int F1501 = 12299, F1847 = 15137, F1961 = 16069, F2053 = 16819, F2562 = 20995, F3072 = 25172;

    /// <summary>Dequantizes and transforms a block, adds 128, clamps, and writes 8 rows of 8 samples.</summary>
    /// <param name="coefficients">64, natural order.</param>
    /// <param name="quant">64 quantization steps, natural order.</param>
    /// <param name="plane">From the block's first sample on.</param>
    /// <param name="stride">Samples between rows.</param>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> quant, Span<byte> plane, int stride)
    {
        ref var c = ref MemoryMarshal.GetReference(coefficients[..64]);
        ref var q = ref MemoryMarshal.GetReference(quant[..64]);
        var r0 = Load(ref c, ref q, 0);
        var r1 = Load(ref c, ref q, 8);
        var r2 = Load(ref c, ref q, 16);
        var r3 = Load(ref c, ref q, 24);
        var r4 = Load(ref c, ref q, 32);
        var r5 = Load(ref c, ref q, 40);
        var r6 = Load(ref c, ref q, 48);
        var r7 = Load(ref c, ref q, 56);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, FractionBits - ExtraBits);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        // Three more bits: the factor 8 of the two-dimensional transform.
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, FractionBits + ExtraBits + 3);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Store(r0, r1, r2, r3, plane, stride);
        Store(r4, r5, r6, r7, plane[(4 * stride)..], stride);
    }

    /// <summary>A block with only its first coefficient: the same arithmetic, all 64 samples alike.</summary>
    public static void TransformDc(int dc, Span<byte> plane, int stride)
    {
        var value = (byte)Math.Clamp((((dc << ExtraBits) + (1 << (ExtraBits + 2))) >> (ExtraBits + 3)) + 128, 0, 255);
        for (var y = 0; y < 8; y++)
        {
            plane.Slice(y * stride, 8).Fill(value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ref short c, ref int q, int at)
    {
        var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref c, (nuint)at));
        return Vector256.Create(low, high) * Vector256.LoadUnsafe(ref q, (nuint)at);
    }

    /// <summary>One pass over eight independent transforms, one a lane; input k is frequency k, output k is position k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> x0, ref Vector256<int> x1, ref Vector256<int> x2, ref Vector256<int> x3,
        ref Vector256<int> x4, ref Vector256<int> x5, ref Vector256<int> x6, ref Vector256<int> x7, int shift)
    {
        // Even part: figure 1 of the paper, inputs 0 2 4 6; the rounding half enters here once.
        var half = Vector256.Create(1 << (shift - 1));
        var s = (x2 + x6) * F0541;
        var e2 = s - x6 * F1847;
        var e3 = s + x2 * F0765;
        var e0 = ((x0 + x4) << FractionBits) + half;
        var e1 = ((x0 - x4) << FractionBits) + half;
        var (a0, a3, a1, a2) = (e0 + e3, e0 - e3, e1 + e2, e1 - e2);

        // Odd part: inputs 7 5 3 1.
        var z5 = (x7 + x3 + x5 + x1) * F1175;
        var z3 = z5 - (x7 + x3) * F1961;
        var z4 = z5 - (x5 + x1) * F0390;
        var z1 = (x7 + x1) * F0899;
        var z2 = (x5 + x3) * F2562;
        var o0 = x7 * F0298 - z1 + z3;
        var o1 = x5 * F2053 - z2 + z4;
        var o2 = x3 * F3072 - z2 + z3;
        var o3 = x1 * F1501 - z1 + z4;

        x0 = (a0 + o3) >> shift;
        x7 = (a0 - o3) >> shift;
        x1 = (a1 + o2) >> shift;
        x6 = (a1 - o2) >> shift;
        x2 = (a2 + o1) >> shift;
        x5 = (a2 - o1) >> shift;
        x3 = (a3 + o0) >> shift;
        x4 = (a3 - o0) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7)
    {
        if (!Avx2.IsSupported)
        {
            TransposeInMemory(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
            return;
        }
        // Pairs of rows interleaved by 4 bytes, then by 8, then halves exchanged.
        var (a0, a1) = (Avx2.UnpackLow(r0, r1).AsInt64(), Avx2.UnpackHigh(r0, r1).AsInt64());
        var (a2, a3) = (Avx2.UnpackLow(r2, r3).AsInt64(), Avx2.UnpackHigh(r2, r3).AsInt64());
        var (a4, a5) = (Avx2.UnpackLow(r4, r5).AsInt64(), Avx2.UnpackHigh(r4, r5).AsInt64());
        var (a6, a7) = (Avx2.UnpackLow(r6, r7).AsInt64(), Avx2.UnpackHigh(r6, r7).AsInt64());
        var (b0, b1) = (Avx2.UnpackLow(a0, a2).AsInt32(), Avx2.UnpackHigh(a0, a2).AsInt32());
        var (b2, b3) = (Avx2.UnpackLow(a1, a3).AsInt32(), Avx2.UnpackHigh(a1, a3).AsInt32());
        var (b4, b5) = (Avx2.UnpackLow(a4, a6).AsInt32(), Avx2.UnpackHigh(a4, a6).AsInt32());
        var (b6, b7) = (Avx2.UnpackLow(a5, a7).AsInt32(), Avx2.UnpackHigh(a5, a7).AsInt32());
        r0 = Avx2.Permute2x128(b0, b4, 0x20);
        r1 = Avx2.Permute2x128(b1, b5, 0x20);
        r2 = Avx2.Permute2x128(b2, b6, 0x20);
        r3 = Avx2.Permute2x128(b3, b7, 0x20);
        r4 = Avx2.Permute2x128(b0, b4, 0x31);
        r5 = Avx2.Permute2x128(b1, b5, 0x31);
        r6 = Avx2.Permute2x128(b2, b6, 0x31);
        r7 = Avx2.Permute2x128(b3, b7, 0x31);
    }

    private static void TransposeInMemory(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3,
        ref Vector256<int> r4, ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7)
    {
        Span<int> m = stackalloc int[64];
        r0.CopyTo(m);
        r1.CopyTo(m[8..]);
        r2.CopyTo(m[16..]);
        r3.CopyTo(m[24..]);
        r4.CopyTo(m[32..]);
        r5.CopyTo(m[40..]);
        r6.CopyTo(m[48..]);
        r7.CopyTo(m[56..]);
        for (var y = 0; y < 8; y++)
        {
            for (var x = y + 1; x < 8; x++)
            {
                (m[y * 8 + x], m[x * 8 + y]) = (m[x * 8 + y], m[y * 8 + x]);
            }
        }
        r0 = Vector256.Create<int>(m);
        r1 = Vector256.Create<int>(m[8..]);
        r2 = Vector256.Create<int>(m[16..]);
        r3 = Vector256.Create<int>(m[24..]);
        r4 = Vector256.Create<int>(m[32..]);
        r5 = Vector256.Create<int>(m[40..]);
        r6 = Vector256.Create<int>(m[48..]);
        r7 = Vector256.Create<int>(m[56..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> r0, Vector256<int> r1, Vector256<int> r2, Vector256<int> r3, Span<byte> plane, int stride)
    {
        // Saturating to a signed byte and flipping its top bit is adding 128 and clamping.
        var packed = Vector256.NarrowWithSaturation(Vector256.NarrowWithSaturation(r0, r1), Vector256.NarrowWithSaturation(r2, r3));
        var rows = (packed.AsByte() ^ Vector256.Create((byte)0x80)).AsUInt64();
        for (var y = 0; y < 4; y++)
        {
            MemoryMarshal.Write(plane[(y * stride)..], rows.GetElement(y));
        }
    }
}
