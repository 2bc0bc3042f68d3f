using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// exp, log, tanh, sigmoid, softplus, sine and cosine of float32 vectors. The polynomials are those of Moshier's Cephes library
/// (single/expf.c, logf.c, sinf.c; "Methods and Programs for Mathematical Functions", 1989), evaluated by Horner's rule with fused
/// multiply-add, so that every width gives the same bits. NaN in, NaN out.
/// </summary>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;
    private const float RoundToInteger = 12582912f; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    private const int RoundToIntegerBits = 0x4B400000;
    private const int OneBits = 0x3F800000;
    private const int SignBit = int.MinValue;

    /// <summary>e^x; 0 and infinity beyond the range of float32, denormals in between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Exp<TV>(TV x) where TV : unmanaged, ISimd<TV>
    {
        // e^89 overflows and e^-104 is below half the smallest denormal, so clamping changes no result. NaN passes both comparisons.
        x = TV.Select(TV.Greater(x, TV.Of(89)), TV.Of(89), x);
        x = TV.Select(TV.LessOrEqual(x, TV.Of(-104)), TV.Of(-104), x);
        TV p = ReducedExp(x, out TV rounded);
        // 2^n in two factors, each a normal number: n runs from -150 to 128. A NaN has lost its exponent, but not its NaN-ness.
        TV integer = TV.SubtractBits(rounded, TV.OfBits(RoundToIntegerBits));
        TV half = TV.ShiftBitsRight(integer, 1);
        return p * PowerOfTwo(half) * PowerOfTwo(TV.SubtractBits(integer, half));
    }

    /// <summary>e^(x - n ln 2) with n = x / ln 2 rounded to an integer, in the low bits of <paramref name="rounded"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV ReducedExp<TV>(TV x, out TV rounded) where TV : unmanaged, ISimd<TV>
    {
        rounded = TV.Fma(x, TV.Of(Log2E), TV.Of(RoundToInteger));
        TV n = rounded - TV.Of(RoundToInteger);
        TV r = TV.Fma(n, TV.Of(-0.693359375f), x); // ln 2 in two parts, the first exact in 9 bits: |r| <= ln(2) / 2
        r = TV.Fma(n, TV.Of(2.12194440e-4f), r);
        TV p = TV.Of(1.9875691500e-4f);
        p = TV.Fma(p, r, TV.Of(1.3981999507e-3f));
        p = TV.Fma(p, r, TV.Of(8.3334519073e-3f));
        p = TV.Fma(p, r, TV.Of(4.1665795894e-2f));
        p = TV.Fma(p, r, TV.Of(1.6666665459e-1f));
        p = TV.Fma(p, r, TV.Of(5.0000001201e-1f));
        return TV.Fma(p, r * r, r) + TV.Of(1);
    }

    /// <summary>Natural logarithm; -infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Log<TV>(TV x) where TV : unmanaged, ISimd<TV>
    {
        TV denormal = TV.Greater(TV.OfBits(0x00800000), x);
        TV result = LogOfNormal(TV.Select(denormal, x * TV.Of(8388608f), x)); // times 2^23
        result = TV.Select(denormal, result - TV.Of(15.9423847f), result); // minus 23 ln 2
        result = TV.Select(TV.Greater(x, TV.Of(float.MaxValue)), x, result);
        TV below = TV.Select(TV.Greater(TV.Of(0), x), TV.Of(float.NaN), TV.Of(float.NegativeInfinity));
        result = TV.Select(TV.LessOrEqual(x, TV.Of(0)), below, result);
        return TV.Select(TV.LessOrEqual(x, x), result, x); // NaN
    }

    /// <summary>
    /// Natural logarithm of a positive normal number, the version that random numbers use: x = m 2^e with m in [sqrt(1/2), sqrt(2)),
    /// f = m - 1, ln x = f - f^2 / 2 + f^3 P(f) + e ln 2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV LogOfNormal<TV>(TV x) where TV : unmanaged, ISimd<TV>
    {
        TV shifted = TV.SubtractBits(x, TV.OfBits(0x3F3504F3)); // sqrt(1/2)
        TV e = TV.FloatOfBits(TV.ShiftBitsRight(shifted, 23));
        TV f = TV.AddBits(shifted & TV.OfBits(0x007FFFFF), TV.OfBits(0x3F3504F3)) - TV.Of(1);
        TV p = TV.Of(7.0376836292e-2f);
        p = TV.Fma(p, f, TV.Of(-1.1514610310e-1f));
        p = TV.Fma(p, f, TV.Of(1.1676998740e-1f));
        p = TV.Fma(p, f, TV.Of(-1.2420140846e-1f));
        p = TV.Fma(p, f, TV.Of(1.4249322787e-1f));
        p = TV.Fma(p, f, TV.Of(-1.6668057665e-1f));
        p = TV.Fma(p, f, TV.Of(2.0000714765e-1f));
        p = TV.Fma(p, f, TV.Of(-2.4999993993e-1f));
        p = TV.Fma(p, f, TV.Of(3.3333331174e-1f));
        TV square = f * f;
        TV tail = p * (square * f);
        tail = TV.Fma(e, TV.Of(-2.12194440e-4f), tail);
        tail = TV.Fma(square, TV.Of(-0.5f), tail);
        return TV.Fma(e, TV.Of(0.693359375f), f + tail);
    }

    /// <summary>ln(1 + x) for x >= -1, exact to the last places for small x too; -infinity at -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Log1p<TV>(TV x) where TV : unmanaged, ISimd<TV>
    {
        // What rounding lost of 1 + x is put back through the derivative 1 / w.
        TV w = TV.Of(1) + x;
        TV lost = x - (w - TV.Of(1));
        TV log = Log(w);
        return TV.Select(TV.Greater(w, TV.Of(0)), log + lost / w, log);
    }

    /// <summary>tanh x: a polynomial of degree 6 out of <see cref="TanhTable"/>, with the sign put back; no division and no exponential.</summary>
    /// <param name="x">Any value.</param>
    /// <param name="rows"><see cref="TanhTable.Rows"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TV Tanh<TV>(TV x, float* rows) where TV : unmanaged, ISimd<TV>
    {
        TV sign = x & TV.OfBits(SignBit);
        TV size = x ^ sign;
        size = TV.Select(TV.Greater(size, TV.Of(TanhTable.Limit)), TV.Of(TanhTable.Limit), size); // NaN passes
        TV segment = TV.ShiftBitsRight(TV.Fma(size, TV.Of(TanhTable.Scale), TV.Of(1)), 21);
        TV t = size - TV.Lookup(rows, segment);
        TV p = TV.Lookup(rows + 7 * TanhTable.Segments, segment);
        p = TV.Fma(p, t, TV.Lookup(rows + 6 * TanhTable.Segments, segment));
        p = TV.Fma(p, t, TV.Lookup(rows + 5 * TanhTable.Segments, segment));
        p = TV.Fma(p, t, TV.Lookup(rows + 4 * TanhTable.Segments, segment));
        p = TV.Fma(p, t, TV.Lookup(rows + 3 * TanhTable.Segments, segment));
        p = TV.Fma(p, t, TV.Lookup(rows + 2 * TanhTable.Segments, segment));
        p = TV.Fma(p, t, TV.Lookup(rows + TanhTable.Segments, segment));
        return p | sign;
    }

    /// <summary>1 / (1 + e^-x), through e^-|x| so that nothing overflows and small results keep their precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Sigmoid<TV>(TV x) where TV : unmanaged, ISimd<TV>
    {
        TV e = Exp(x | TV.OfBits(SignBit));
        return TV.Select(TV.Greater(x, TV.Of(0)), TV.Of(1), e) / (TV.Of(1) + e);
    }

    /// <summary>ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Softplus<TV>(TV x) where TV : unmanaged, ISimd<TV> =>
        TV.Select(TV.LessOrEqual(x, TV.Of(0)), TV.Of(0), x) + Log1p(Exp(x | TV.OfBits(SignBit)));

    /// <summary>
    /// Cosine and sine of 2 pi u for u in [0, 1]. With k = the integer nearest to 4u (ties to even) and r = (4u - k) pi/2, |r| at most
    /// pi/4: cos r = 1 - r^2/2 + r^4 C(r^2), sin r = r + r^3 S(r^2), turned by k quarters.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TV Cos, TV Sin) CosSinOfTurns<TV>(TV u) where TV : unmanaged, ISimd<TV>
    {
        TV quarters = u * TV.Of(4);
        TV rounded = quarters + TV.Of(RoundToInteger);
        TV r = (quarters - (rounded - TV.Of(RoundToInteger))) * TV.Of(1.57079633f);
        TV z = r * r;
        TV s = TV.Of(-1.9515295891e-4f);
        s = TV.Fma(s, z, TV.Of(8.3321608736e-3f));
        s = TV.Fma(s, z, TV.Of(-1.6666654611e-1f));
        s = TV.Fma(s * z, r, r);
        TV c = TV.Of(2.443315711809948e-5f);
        c = TV.Fma(c, z, TV.Of(-1.388731625493765e-3f));
        c = TV.Fma(c, z, TV.Of(4.166664568298827e-2f));
        c = TV.Fma(c, z, TV.Of(-0.5f));
        c = TV.Fma(c, z, TV.Of(1));
        // The low two bits of rounded are k: an odd k exchanges the two; cos is negative for k = 1, 2, sin for k = 2, 3.
        TV odd = TV.Greater(TV.FloatOfBits(rounded & TV.OfBits(1)), TV.Of(0));
        TV sineSign = TV.ShiftBitsLeft(rounded & TV.OfBits(2), 30);
        TV cosineSign = TV.ShiftBitsLeft(TV.AddBits(rounded, TV.OfBits(1)) & TV.OfBits(2), 30);
        return (TV.Select(odd, s, c) ^ cosineSign, TV.Select(odd, c, s) ^ sineSign);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV PowerOfTwo<TV>(TV integerBits) where TV : unmanaged, ISimd<TV> =>
        TV.AddBits(TV.ShiftBitsLeft(integerBits, 23), TV.OfBits(OneBits));
}
