using System.Numerics;
using static System.BitConverter;

namespace Gan.Tests.Emulator;

/// <summary>
/// Arithmetic rounded towards zero, down and up, by the definition: of all numbers of the format the one nearest to the exact result that does not lie beyond it in
/// the direction. Exact results are fractions of integers; roots are compared by their squares.
/// </summary>
internal static class DirectedValueCases
{
    private const int LargestSingle = 0x7F7F_FFFF;
    private const long LargestDouble = 0x7FEF_FFFF_FFFF_FFFF;

    public static IEnumerable<ValueCase> All()
    {
        foreach ((string name, char mode) in new[] { ("rz", 'z'), ("rm", 'd'), ("rp", 'u') })
        {
            foreach ((string opcode, int operands) in new[] { ("add", 2), ("sub", 2), ("mul", 2), ("fma", 3), ("div", 2), ("sqrt", 1), ("rcp", 1) })
            {
                yield return new($"{opcode}.{name}.f32", 'f', new string('f', operands), (a, b, c) =>
                    Single(opcode, mode, Widened(a), Widened(b), Widened(c)));
                yield return new($"{opcode}.{name}.f64", 'g', new string('g', operands), (a, b, c) =>
                    Double(opcode, mode, UInt64BitsToDouble(a), UInt64BitsToDouble(b), UInt64BitsToDouble(c)));
            }
        }
    }

    private static double Widened(ulong bits) => FloatValueCases.Single(bits);

    private static ulong Single(string opcode, char mode, double a, double b, double c) =>
        Special(opcode, mode, a, b, c) is { } special ? SingleToUInt32Bits((float)special)
            : Rounded(opcode, mode, a, b, c, LargestSingle, static bits => Int32BitsToSingle((int)bits)) is var (isNegative, size)
                ? (isNegative ? 0x8000_0000 : 0) | (ulong)size : 0;

    private static ulong Double(string opcode, char mode, double a, double b, double c) =>
        Special(opcode, mode, a, b, c) is { } special ? DoubleToUInt64Bits(special)
            : Rounded(opcode, mode, a, b, c, LargestDouble, Int64BitsToDouble) is var (isNegative, size)
                ? (isNegative ? 0x8000_0000_0000_0000 : 0) | (ulong)size : 0;

    /// <summary>What is no matter of rounding: NaN, infinities, results that are exactly zero.</summary>
    private static double? Special(string opcode, char mode, double a, double b, double c)
    {
        double plain = opcode switch
        {
            "add" => a + b, "sub" => a - b, "mul" => a * b, "fma" => Math.FusedMultiplyAdd(a, b, c), "div" => a / b, "sqrt" => Math.Sqrt(a), _ => 1 / a,
        };
        bool isQuotient = opcode is "div" or "rcp";
        double divisor = opcode == "div" ? b : a;
        if (double.IsNaN(plain) || !double.IsFinite(a) || (opcode is not ("sqrt" or "rcp") && !double.IsFinite(b)) || (opcode == "fma" && !double.IsFinite(c))
            || (isQuotient && divisor == 0))
        {
            return plain;
        }
        (BigInteger numerator, _) = Exact(opcode, a, b, c);
        if (!numerator.IsZero)
        {
            return null;
        }
        // signs of zero: x - x is -0 when rounding down, the rest is as in every mode
        bool areOpposite = opcode switch
        {
            "add" => a != 0 || double.IsNegative(a) != double.IsNegative(b),
            "sub" => a != 0 || double.IsNegative(a) == double.IsNegative(b),
            "fma" => c != 0 || (double.IsNegative(a) != double.IsNegative(b)) != double.IsNegative(c),
            _ => false,
        };
        return areOpposite ? (mode == 'd' ? -0.0 : 0.0) : plain;
    }

    /// <summary>Sign and magnitude bits: by bisection over the format's numbers, whose bits are in their order.</summary>
    private static (bool IsNegative, long Size) Rounded(string opcode, char mode, double a, double b, double c, long largest, Func<long, double> number)
    {
        (BigInteger numerator, BigInteger denominator) = Exact(opcode, a, b, c);
        bool isNegative = numerator.Sign < 0, away = mode == (isNegative ? 'd' : 'u');
        BigInteger size = BigInteger.Abs(numerator);
        // the largest number that is not above the exact size
        long low = 0, high = largest;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            (low, high) = Compare(number(middle)) <= 0 ? (middle, high) : (low, middle - 1);
        }
        return (isNegative, low + (away && Compare(number(low)) != 0 ? 1 : 0));

        int Compare(double candidate)
        {
            (BigInteger n, BigInteger d) = Fraction(candidate);
            return opcode == "sqrt" ? (n * n * denominator).CompareTo(size * d * d) : (n * denominator).CompareTo(size * d);
        }
    }

    /// <summary>The exact result as a fraction with positive denominator; of a root its square.</summary>
    private static (BigInteger Numerator, BigInteger Denominator) Exact(string opcode, double a, double b, double c)
    {
        ((BigInteger n, BigInteger d), (BigInteger m, BigInteger e), (BigInteger o, BigInteger f)) = (Fraction(a), Fraction(b), Fraction(c));
        (BigInteger numerator, BigInteger denominator) = opcode switch
        {
            "add" => (n * e + m * d, d * e),
            "sub" => (n * e - m * d, d * e),
            "mul" => (n * m, d * e),
            "fma" => (n * m * f + o * d * e, d * e * f),
            "div" => (n * e, d * m),
            "sqrt" => (n, d),
            _ => (d, n),
        };
        return denominator.Sign < 0 ? (-numerator, -denominator) : (numerator, denominator);
    }

    private static (BigInteger Numerator, BigInteger Denominator) Fraction(double x)
    {
        if (x == 0 || !double.IsFinite(x))
        {
            return (0, 1); // operands that the opcode does not have
        }
        int shift = 52 - Math.ILogB(x);
        BigInteger integer = new(Math.ScaleB(x, Math.Min(shift, 1000)) * Math.ScaleB(1, Math.Max(shift - 1000, 0)));
        return shift >= 0 ? (integer, BigInteger.One << shift) : (integer << -shift, 1);
    }
}
