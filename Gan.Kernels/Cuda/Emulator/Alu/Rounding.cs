using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Rounding modifiers of arithmetic and of cvt (PTX ISA 8.5, sections 9.7.3 and 9.7.9.21).</summary>
internal enum RoundingMode
{
    /// <summary>To nearest, ties to even: .rn and .rni.</summary>
    Nearest,

    /// <summary>Towards zero: .rz and .rzi.</summary>
    Zero,

    /// <summary>Downwards: .rm and .rmi.</summary>
    Down,

    /// <summary>Upwards: .rp and .rpi.</summary>
    Up,

    /// <summary>To nearest, ties away from zero: .rna.</summary>
    NearestAway,
}

/// <summary>Correct rounding from wider numbers to narrower ones.</summary>
internal static class Rounding
{
    /// <summary>An integral value near x.</summary>
    public static double ToIntegral(double x, RoundingMode mode) => mode switch
    {
        RoundingMode.Zero => Math.Truncate(x),
        RoundingMode.Down => Math.Floor(x),
        RoundingMode.Up => Math.Ceiling(x),
        _ => Math.Round(x, MidpointRounding.ToEven),
    };

    /// <summary>float32 from float64.</summary>
    /// <param name="x">The number.</param>
    /// <param name="mode">Direction.</param>
    /// <param name="lost">Where x itself is rounded to nearest: a number with the sign of what it lacks.</param>
    public static float ToSingle(double x, RoundingMode mode, double lost = 0)
    {
        float nearest = (float)x;
        bool isTooLarge = nearest > x || (nearest == x && lost < 0), isTooSmall = nearest < x || (nearest == x && lost > 0);
        return mode switch
        {
            RoundingMode.Zero when (x > 0 ? isTooLarge : isTooSmall) => x > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest),
            RoundingMode.Down when isTooLarge => MathF.BitDecrement(nearest),
            RoundingMode.Up when isTooSmall => MathF.BitIncrement(nearest),
            _ => nearest,
        };
    }

    /// <summary>The result in a direction, where the exact one is above (+1), below (-1) or equal to (0) the nearest number.</summary>
    public static double Towards(double nearest, int missing, RoundingMode mode) => mode switch
    {
        RoundingMode.Zero when nearest != 0 && missing == -Math.Sign(nearest) => nearest > 0 ? Math.BitDecrement(nearest) : Math.BitIncrement(nearest),
        RoundingMode.Down when missing < 0 => Math.BitDecrement(nearest),
        RoundingMode.Up when missing > 0 => Math.BitIncrement(nearest),
        _ => nearest,
    };

    /// <summary>x + y where it is exactly zero: of opposite signs -0 when rounding down, else +0 (IEEE 754-2019, section 6.3).</summary>
    public static double ZeroSum(double x, double y, RoundingMode mode) =>
        mode == RoundingMode.Down && (double.IsNegative(x) || double.IsNegative(y)) ? -0.0 : x + y;

    /// <summary>The magnitude with at most <paramref name="precision"/> significant bits, as float64 (exact up to 53).</summary>
    public static double FromInteger(bool isNegative, ulong magnitude, int precision, RoundingMode mode)
    {
        int excess = 64 - BitOperations.LeadingZeroCount(magnitude) - precision;
        ulong kept = magnitude;
        if (excess > 0)
        {
            kept = magnitude >> excess;
            ulong rest = magnitude - (kept << excess), half = 1ul << (excess - 1);
            bool up = mode switch
            {
                RoundingMode.Zero => false,
                RoundingMode.Down => isNegative && rest != 0,
                RoundingMode.Up => !isNegative && rest != 0,
                _ => rest > half || (rest == half && (kept & 1) != 0),
            };
            kept += up ? 1ul : 0;
        }

        double value = Math.ScaleB((double)(long)kept, Math.Max(excess, 0));
        return isNegative ? -value : value;
    }

    /// <summary>bfloat16 bits from float32; a NaN becomes 0x7FFF, as the hardware's.</summary>
    public static uint ToBFloat16(float x, RoundingMode mode)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? 0x7FFF : mode == RoundingMode.Zero ? bits >> 16 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }

    /// <summary>TF32 (10 fraction bits) in float32's place, the low 13 bits zero; a NaN becomes 0x7FFFE000 with its low bits cut.</summary>
    public static uint ToTf32(float x, RoundingMode mode)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        if (float.IsNaN(x))
        {
            return 0x7FFF_E000;
        }

        uint carry = mode switch { RoundingMode.NearestAway => 0x1000u, RoundingMode.Nearest => 0xFFF + ((bits >> 13) & 1), _ => 0 };
        return float.IsFinite(x) ? (bits + carry) & 0xFFFF_E000 : bits;
    }
}
