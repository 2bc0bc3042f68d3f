using System.Numerics;
using static System.BitConverter;

namespace Gan.Tests.Emulator;

/// <summary>cvt, against searches for the right neighbour among the numbers of the target format.</summary>
internal static class ConversionCases
{
    private static readonly (string Mode, char Direction)[] Modes = [("rn", 'n'), ("rz", 'z'), ("rm", 'd'), ("rp", 'u')];

    public static IEnumerable<ValueCase> All() => [.. BetweenIntegers(), .. FromIntegers(), .. ToIntegers(), .. BetweenFloats()];

    private static char Register(string type) => type[1..] switch { "8" or "16" => 'h', "32" => 'r', _ => 'd' };

    private static int Bits(string type) => int.Parse(type[1..], System.Globalization.CultureInfo.InvariantCulture);

    private static BigInteger Value(ulong bits, string type)
    {
        BigInteger value = bits & (ulong)((BigInteger.One << Bits(type)) - 1);
        return type[0] == 's' && value >> (Bits(type) - 1) != 0 ? value - (BigInteger.One << Bits(type)) : value;
    }

    /// <summary>A number in a register at least 16 bits wide.</summary>
    private static ulong Encode(BigInteger value, string type)
    {
        BigInteger low = value & ((BigInteger.One << Bits(type)) - 1);
        low = type == "s8" && low > 127 ? low + 0xFF00 : low;
        return (ulong)low;
    }

    private static BigInteger Clamp(BigInteger value, string type)
    {
        BigInteger least = type[0] == 's' ? -(BigInteger.One << (Bits(type) - 1)) : 0, most = (BigInteger.One << (Bits(type) - (type[0] == 's' ? 1 : 0))) - 1;
        return BigInteger.Min(most, BigInteger.Max(least, value));
    }

    private static IEnumerable<ValueCase> BetweenIntegers()
    {
        string[] types = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"];
        foreach (string to in types)
        {
            foreach (string from in types)
            {
                if (to != from)
                {
                    yield return new($"cvt.{to}.{from}", Register(to), $"{Register(from)}", (a, b, c) => Encode(Value(a, from), to));
                    yield return new($"cvt.sat.{to}.{from}", Register(to), $"{Register(from)}", (a, b, c) => Encode(Clamp(Value(a, from), to), to));
                }
            }
        }
    }

    private static IEnumerable<ValueCase> FromIntegers()
    {
        foreach (string from in (string[])["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"])
        {
            foreach ((string mode, char direction) in Modes)
            {
                yield return new($"cvt.{mode}.f32.{from}", 'f', $"{Register(from)}", (a, b, c) => SingleToUInt32Bits(ToSingle(Value(a, from), direction)));
                yield return new($"cvt.{mode}.f64.{from}", 'g', $"{Register(from)}", (a, b, c) => DoubleToUInt64Bits(ToDouble(Value(a, from), direction)));
            }
        }
    }

    private static IEnumerable<ValueCase> ToIntegers()
    {
        foreach (string to in (string[])["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"])
        {
            foreach ((string mode, Func<double, double> round) in ((string, Func<double, double>)[])[("rni", x => Math.Round(x, MidpointRounding.ToEven)),
                ("rzi", Math.Truncate), ("rmi", Math.Floor), ("rpi", Math.Ceiling)])
            {
                ulong Of(double x) => Encode(double.IsNaN(x) ? 0 : Clamp(double.IsInfinity(x) ? BigInteger.Pow(2, 70) * Math.Sign(x) : (BigInteger)round(x), to), to);
                yield return new($"cvt.{mode}.{to}.f32", Register(to), "f", (a, b, c) => Of(FloatValueCases.Single(a)));
                yield return new($"cvt.{mode}.{to}.f64", Register(to), "g", (a, b, c) => Of(UInt64BitsToDouble(a)));
            }
        }
    }

    private static IEnumerable<ValueCase> BetweenFloats()
    {
        yield return new("cvt.f64.f32", 'g', "f", (a, b, c) => DoubleToUInt64Bits(FloatValueCases.Single(a)));
        foreach ((string mode, char direction) in Modes)
        {
            yield return new($"cvt.{mode}.f32.f64", 'f', "g", (a, b, c) => SingleToUInt32Bits(Near(UInt64BitsToDouble(a), direction)));
        }

        yield return new("cvt.rni.f32.f32", 'f', "f", (a, b, c) => SingleToUInt32Bits(MathF.Round(FloatValueCases.Single(a), MidpointRounding.ToEven)));
        yield return new("cvt.rzi.f32.f32", 'f', "f", (a, b, c) => SingleToUInt32Bits(MathF.Truncate(FloatValueCases.Single(a))));
        yield return new("cvt.rmi.f32.f32", 'f', "f", (a, b, c) => SingleToUInt32Bits(MathF.Floor(FloatValueCases.Single(a))));
        yield return new("cvt.rpi.f64.f64", 'g', "g", (a, b, c) => DoubleToUInt64Bits(Math.Ceiling(UInt64BitsToDouble(a))));
        yield return new("cvt.sat.f32.f32", 'f', "f", (a, b, c) =>
            FloatValueCases.Single(a) is var x && x >= 1 ? SingleToUInt32Bits(1) : x > 0 ? a : 0);
        yield return new("cvt.rn.f16.f32", 'h', "f", (a, b, c) => HalfToUInt16Bits((Half)FloatValueCases.Single(a)) is var h && Half.IsNaN(UInt16BitsToHalf(h)) ? h : h);
        yield return new("cvt.f32.f16", 'f', "h", (a, b, c) => SingleToUInt32Bits((float)UInt16BitsToHalf((ushort)a)));
        yield return new("cvt.f32.bf16", 'f', "h", (a, b, c) => a << 16);
        yield return new("cvt.rna.tf32.f32", 'r', "f", (a, b, c) => Cut(a, 13, Tie.Away, 0x7FFF_E000));
        yield return new("cvt.rn.tf32.f32", 'r', "f", (a, b, c) => Cut(a, 13, Tie.Even, 0x7FFF_E000));
        yield return new("cvt.rz.tf32.f32", 'r', "f", (a, b, c) => Cut(a, 13, Tie.Never, 0x7FFF_E000));
        yield return new("cvt.rn.bf16.f32", 'h', "f", (a, b, c) => Cut(a, 16, Tie.Even, 0x7FFF_0000) >> 16);
        yield return new("cvt.rz.bf16.f32", 'h', "f", (a, b, c) => Cut(a, 16, Tie.Never, 0x7FFF_0000) >> 16);
        yield return new("cvt.rn.bf16x2.f32", 'r', "ff", (a, b, c) => Cut(a, 16, Tie.Even, 0x7FFF_0000) | (Cut(b, 16, Tie.Even, 0x7FFF_0000) >> 16));
        yield return new("cvt.rz.bf16x2.f32", 'r', "ff", (a, b, c) => Cut(a, 16, Tie.Never, 0x7FFF_0000) | (Cut(b, 16, Tie.Never, 0x7FFF_0000) >> 16));
    }

    private enum Tie
    {
        Even, Away, Never,
    }

    /// <summary>The nearest of the two numbers with zero low bits around a float; Never: the one nearer to zero.</summary>
    private static ulong Cut(ulong bits, int low, Tie tie, ulong nan)
    {
        float x = FloatValueCases.Single(bits);
        if (float.IsNaN(x))
        {
            return nan;
        }

        ulong below = bits >> low << low, above = below + (1ul << low);
        if (tie == Tie.Never || below == bits)
        {
            return below;
        }

        // Above the largest finite number the next one counts as if the exponent went on.
        double lower = Math.Abs((double)FloatValueCases.Single(below)), size = Math.Abs((double)x);
        double upper = float.IsInfinity(FloatValueCases.Single(above)) ? Math.ScaleB(1, 128) : Math.Abs((double)FloatValueCases.Single(above));
        double toLower = size - lower, toUpper = upper - size;
        return toUpper < toLower || (toUpper == toLower && (tie == Tie.Away || ((below >> low) & 1) != 0)) ? above : below;
    }

    private static float ToSingle(BigInteger n, char direction)
    {
        float near = (float)(double)(long)BigInteger.Clamp(n, long.MinValue, long.MaxValue);
        near = n > long.MaxValue ? (float)(double)(ulong)n : near;
        (float best, BigInteger miss) = (float.NaN, 0);
        foreach (float f in (float[])[MathF.BitDecrement(near), near, MathF.BitIncrement(near)])
        {
            if (f != Math.Floor(f))
            {
                continue;
            }

            BigInteger value = new(f), difference = BigInteger.Abs(value - n);
            bool isAllowed = direction switch { 'z' => BigInteger.Abs(value) <= BigInteger.Abs(n), 'd' => value <= n, 'u' => value >= n, _ => true };
            bool isEven = (SingleToUInt32Bits(f) & 1) == 0;
            if (isAllowed && (float.IsNaN(best) || difference < miss || (difference == miss && isEven)))
            {
                (best, miss) = (f, difference);
            }
        }

        return best;
    }

    private static double ToDouble(BigInteger n, char direction)
    {
        double near = n >= 0 ? (ulong)n : (double)(long)n;
        (double best, BigInteger miss) = (double.NaN, 0);
        foreach (double f in (double[])[Math.BitDecrement(near), near, Math.BitIncrement(near)])
        {
            if (f != Math.Floor(f))
            {
                continue;
            }

            BigInteger value = new(f), difference = BigInteger.Abs(value - n);
            bool isAllowed = direction switch { 'z' => BigInteger.Abs(value) <= BigInteger.Abs(n), 'd' => value <= n, 'u' => value >= n, _ => true };
            bool isEven = (DoubleToUInt64Bits(f) & 1) == 0;
            if (isAllowed && (double.IsNaN(best) || difference < miss || (difference == miss && isEven)))
            {
                (best, miss) = (f, difference);
            }
        }

        return best;
    }

    /// <summary>The float nearest to a double in a direction.</summary>
    private static float Near(double x, char direction)
    {
        float near = (float)x;
        if (direction == 'n' || double.IsNaN(x) || near == x)
        {
            return near;
        }

        float below = near < x ? near : MathF.BitDecrement(near), above = near > x ? near : MathF.BitIncrement(near);
        return direction switch { 'd' => below, 'u' => above, _ => x > 0 ? below : above };
    }
}
