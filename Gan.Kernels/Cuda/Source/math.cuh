// exp, log, tanh, sigmoid, softplus, sine and cosine of float32, operation by operation those of the CPU (Gan.Kernels/Cpu/Simd/VectorMath.cs), hence with
// its bits; but for tanh, which the CPU looks up in a table that fits its registers. The polynomials are those of Moshier's Cephes library (single/expf.c, logf.c, tanhf.c, sinf.c; "Methods and Programs for Mathematical
// Functions", 1989) by Horner's rule with fused multiply-add. The hardware's own ex2.approx, lg2.approx and tanh.approx are not used: no two
// architectures promise the same bits. NaN in, NaN out. Errors are against the exact value, in units in the last place (ulp) of the result.
#pragma once
#include "gan.cuh"

constexpr float RoundToInteger = 12582912.0f; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
constexpr int SignBit = static_cast<int>(0x80000000u);

// e^(x - n ln 2) with n = x / ln 2 rounded to an integer, in the low bits of rounded. |x| up to 104.
DEVICE float reduced_exp(float x, int& rounded)
{
    float shifted = fma(x, 1.44269504f, RoundToInteger);
    float n = shifted - RoundToInteger;
    float r = fma(n, -0.693359375f, x); // ln 2 in two parts, the first exact in 9 bits: |r| <= ln(2) / 2
    r = fma(n, 2.12194440e-4f, r);
    float p = 1.9875691500e-4f;
    p = fma(p, r, 1.3981999507e-3f);
    p = fma(p, r, 8.3334519073e-3f);
    p = fma(p, r, 4.1665795894e-2f);
    p = fma(p, r, 1.6666665459e-1f);
    p = fma(p, r, 5.0000001201e-1f);
    rounded = bits_of(shifted);
    return fma(p, r * r, r) + 1.0f;
}

// 2^n for n in [-126, 127], n the integer itself.
DEVICE float power_of_two(int n) { return float_of_bits((n << 23) + 0x3F800000); }

// e^x, below 2 ulp; 0 and infinity beyond the range of float32, denormals in between.
DEVICE float exponential(float x)
{
    // e^89 overflows and e^-104 is below half the smallest denormal, so clamping changes no result. NaN passes both comparisons.
    x = x > 89.0f ? 89.0f : x;
    x = x <= -104.0f ? -104.0f : x;
    int rounded;
    float p = reduced_exp(x, rounded);
    // 2^n in two factors, each a normal number: n runs from -150 to 128
    int n = rounded - bits_of(RoundToInteger), half = n >> 1;
    return p * power_of_two(half) * power_of_two(n - half);
}

// e^x for x in [-87, 88], where 2^n can go straight into the exponent; anything for NaN.
DEVICE float exponential_of_moderate(float x)
{
    int rounded;
    float p = reduced_exp(x, rounded);
    return float_of_bits(bits_of(p) + (rounded << 23)); // the shift drops all of RoundToInteger's own bits
}

// ln x of a positive normal number, below 1 ulp: x = m 2^e with m in [sqrt(1/2), sqrt(2)), f = m - 1, ln x = f - f^2 / 2 + f^3 P(f) + e ln 2.
DEVICE float log_of_normal(float x)
{
    int shifted = bits_of(x) - 0x3F3504F3; // sqrt(1/2)
    float e = static_cast<float>(shifted >> 23);
    float f = float_of_bits((shifted & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
    float p = 7.0376836292e-2f;
    p = fma(p, f, -1.1514610310e-1f);
    p = fma(p, f, 1.1676998740e-1f);
    p = fma(p, f, -1.2420140846e-1f);
    p = fma(p, f, 1.4249322787e-1f);
    p = fma(p, f, -1.6668057665e-1f);
    p = fma(p, f, 2.0000714765e-1f);
    p = fma(p, f, -2.4999993993e-1f);
    p = fma(p, f, 3.3333331174e-1f);
    float square = f * f;
    float tail = p * (square * f);
    tail = fma(e, -2.12194440e-4f, tail);
    tail = fma(square, -0.5f, tail);
    return fma(e, 0.693359375f, f + tail);
}

// ln x; -infinity at 0, NaN below.
DEVICE float logarithm(float x)
{
    bool denormal = x < 1.17549435e-38f;
    float result = log_of_normal(denormal ? x * 8388608.0f : x); // times 2^23
    result = denormal ? result - 15.9423847f : result;           // minus 23 ln 2
    result = x > LargestFloat ? x : result;
    float below = x < 0.0f ? float_of_bits(0x7FC00000) : float_of_bits(static_cast<int>(0xFF800000u));
    result = x <= 0.0f ? below : result;
    return x == x ? result : x;
}

// ln(1 + x) for x >= -1, exact to the last places for small x too; -infinity at -1.
DEVICE float log1p(float x)
{
    // what rounding lost of 1 + x is put back through the derivative 1 / w
    float w = 1.0f + x;
    float lost = x - (w - 1.0f);
    float log = logarithm(w);
    return w > 0.0f ? log + lost / w : log;
}

// tanh x, below 2 ulp: an odd polynomial below 0.625, 1 - 2 / (e^2|x| + 1) above, with the sign put back.
DEVICE float hyperbolic_tangent(float x)
{
    int sign = bits_of(x) & SignBit;
    float size = absolute(x);
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = fma(p, z, 2.06390887954e-2f);
    p = fma(p, z, -5.37397155531e-2f);
    p = fma(p, z, 1.33314422036e-1f);
    p = fma(p, z, -3.33332819422e-1f);
    float small = fma(p * z, x, x);
    float bounded = size > 10.0f ? 10.0f : size; // tanh 10 rounds to 1
    float large = 1.0f - 2.0f / (exponential_of_moderate(bounded + bounded) + 1.0f);
    return float_of_bits(bits_of(size > 0.625f ? large : small) | sign);
}

// 1 / (1 + e^-x), through e^-|x| so that nothing overflows and small results keep their precision; below 3 ulp.
DEVICE float sigmoid(float x)
{
    float e = exponential(float_of_bits(bits_of(x) | SignBit));
    return (x > 0.0f ? 1.0f : e) / (1.0f + e);
}

// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
DEVICE float softplus(float x) { return (x <= 0.0f ? 0.0f : x) + log1p(exponential(float_of_bits(bits_of(x) | SignBit))); }

// Cosine and sine of 2 pi u for u in [0, 1]. With k = the integer nearest to 4u (ties to even) and r = (4u - k) pi/2, |r| at most pi/4:
// cos r = 1 - r^2/2 + r^4 C(r^2), sin r = r + r^3 S(r^2), turned by k quarters.
DEVICE void cosine_sine_of_turns(float u, float& cosine, float& sine)
{
    float quarters = u * 4.0f;
    float rounded = quarters + RoundToInteger;
    float r = (quarters - (rounded - RoundToInteger)) * 1.57079633f;
    float z = r * r;
    float s = -1.9515295891e-4f;
    s = fma(s, z, 8.3321608736e-3f);
    s = fma(s, z, -1.6666654611e-1f);
    s = fma(s * z, r, r);
    float c = 2.443315711809948e-5f;
    c = fma(c, z, -1.388731625493765e-3f);
    c = fma(c, z, 4.166664568298827e-2f);
    c = fma(c, z, -0.5f);
    c = fma(c, z, 1.0f);
    // The low two bits of rounded are k: an odd k exchanges the two; cos is negative for k = 1, 2, sin for k = 2, 3.
    int k = bits_of(rounded);
    bool odd = (k & 1) != 0;
    cosine = float_of_bits(bits_of(odd ? s : c) ^ ((k + 1 & 2) << 30));
    sine = float_of_bits(bits_of(odd ? c : s) ^ ((k & 2) << 30));
}
