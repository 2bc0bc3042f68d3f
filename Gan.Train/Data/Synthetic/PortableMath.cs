using System.Runtime.CompilerServices;

namespace Gan.Train.Data.Synthetic;

/// <summary>
/// The few functions the built-in pictures need, from +, -, *, / and sqrt alone. Those are rounded the same way by every IEEE
/// machine; Math.Sin and its kin are not, and fused multiply-adds would not be, so neither appears in this folder.
/// </summary>
internal static class PortableMath
{
    /// <summary>sin(2 pi turns), from a Taylor polynomial on a quarter turn; error below 4e-6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SinTurns(float turns)
    {
        var t = turns - MathF.Floor(turns + 0.5f); // [-0.5, 0.5]
        if (t > 0.25f)
        {
            t = 0.5f - t;
        }
        else if (t < -0.25f)
        {
            t = -0.5f - t;
        }

        var a = t * 6.2831853f;
        var s = a * a;
        return a * (1f + s * (-1f / 6f + s * (1f / 120f + s * (-1f / 5040f + s * (1f / 362880f)))));
    }

    public static float CosTurns(float turns) => SinTurns(turns + 0.25f);

    // Plain comparisons: MathF.Min and Max spend instructions on NaN and the sign of zero, which no drawing needs.
    public static float Min(float a, float b) => a < b ? a : b;

    public static float Max(float a, float b) => a > b ? a : b;

    public static float Clamp01(float x) => x < 0f ? 0f : x > 1f ? 1f : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Lerp(float a, float b, float t) => a + (b - a) * t;

    /// <summary>3t^2 - 2t^3 of t clamped to [0, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Smooth(float t)
    {
        t = Clamp01(t);
        return t * t * (3f - 2f * t);
    }

    /// <summary>min(a, b) with the crease rounded over a width k (polynomial, Quilez 2013).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SmoothMin(float a, float b, float k)
    {
        var h = Max(k - MathF.Abs(a - b), 0f) / k;
        return Min(a, b) - h * h * k * 0.25f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SmoothMax(float a, float b, float k) => -SmoothMin(-a, -b, k);

    /// <summary>One-dimensional value noise in [0, 1], smooth between integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Noise(float x, uint key)
    {
        var floor = MathF.Floor(x);
        var cell = (int)floor;
        return Lerp(Lattice(cell, key), Lattice(cell + 1, key), Smooth(x - floor));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Lattice(int cell, uint key)
    {
        var h = ((uint)cell * 0x9E3779B1u) ^ key;
        h = (h ^ (h >> 16)) * 0x7FEB352Du;
        h = (h ^ (h >> 15)) * 0x846CA68Bu;
        return ((h ^ (h >> 16)) >> 8) * (1f / (1 << 24));
    }
}
