using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Operations that PTX has with .rz, .rm and .rp beside .rn.</summary>
internal enum RoundedOperation
{
    Add,
    Subtract,
    Multiply,
    MultiplyAdd,
    Divide,
    SquareRoot,
    Reciprocal,
}

// Arithmetic rounded towards zero, down or up (PTX ISA 8.5, section 9.7.3). The processor rounds to nearest only, so each finds out on which side of the exact result
// the nearest number lies, and takes its neighbour where the direction asks for it. The immediate is the RoundingMode and, from bit 8 on, the RoundedOperation.

/// <summary>float32: float64 holds the sum, product, quotient or root to 53 bits, and what it loses of them is known exactly.</summary>
internal readonly struct DirectedSingle : IScalar3<float, float>
{
    public static float Of(float a, float b, float c, long immediate)
    {
        var mode = (RoundingMode)(immediate & 255);
        (double value, double lost) = (RoundedOperation)(immediate >> 8) switch
        {
            RoundedOperation.Add => Sum(a, b, mode),
            RoundedOperation.Subtract => Sum(a, -b, mode),
            RoundedOperation.Multiply => ((double)a * b, 0),
            RoundedOperation.MultiplyAdd => Sum((double)a * b, c, mode),
            RoundedOperation.Divide => Quotient(a, b),
            RoundedOperation.SquareRoot => Root(a),
            _ => Quotient(1, a),
        };
        return Rounding.ToSingle(value, mode, lost);
    }

    /// <summary>x + y and its error (Knuth 1969, section 4.2.2, theorem B).</summary>
    private static (double Value, double Lost) Sum(double x, double y, RoundingMode mode)
    {
        double sum = x + y, ofY = sum - x, ofX = sum - ofY;
        return sum == 0 ? (Rounding.ZeroSum(x, y, mode), 0) : (sum, (x - ofX) + (y - ofY));
    }

    /// <summary>x / y and a number with the sign of its error: the remainder is exact, as neither over- nor underflow is near.</summary>
    private static (double Value, double Lost) Quotient(double x, double y)
    {
        double quotient = x / y, rest = Math.FusedMultiplyAdd(-quotient, y, x);
        return (quotient, y < 0 ? -rest : rest);
    }

    private static (double Value, double Lost) Root(double x)
    {
        double root = Math.Sqrt(x);
        return (root, Math.FusedMultiplyAdd(-root, root, x));
    }
}

/// <summary>float64: the nearest result against the exact one, in integers. Slow; no kernel of ours has such an instruction.</summary>
internal readonly struct DirectedDouble : IScalar3<double, double>
{
    public static double Of(double a, double b, double c, long immediate)
    {
        var mode = (RoundingMode)(immediate & 255);
        var operation = (RoundedOperation)(immediate >> 8);
        double nearest = operation switch
        {
            RoundedOperation.Add => a + b,
            RoundedOperation.Subtract => a - b,
            RoundedOperation.Multiply => a * b,
            RoundedOperation.MultiplyAdd => Math.FusedMultiplyAdd(a, b, c),
            RoundedOperation.Divide => a / b,
            RoundedOperation.SquareRoot => Math.Sqrt(a),
            _ => 1 / a,
        };
        // the exact result minus the nearest number has the sign of x y + z - nearest s, times that of s
        (double x, double y, double z, double s) = operation switch
        {
            RoundedOperation.Add => (a, 1.0, b, 1.0),
            RoundedOperation.Subtract => (a, 1.0, -b, 1.0),
            RoundedOperation.Multiply => (a, b, 0.0, 1.0),
            RoundedOperation.MultiplyAdd => (a, b, c, 1.0),
            RoundedOperation.Divide => (a, 1.0, 0.0, b),
            RoundedOperation.SquareRoot => (a, 1.0, 0.0, nearest),
            _ => (1.0, 1.0, 0.0, a),
        };
        if (!double.IsFinite(x) || !double.IsFinite(y) || !double.IsFinite(z) || !double.IsFinite(s) || s == 0 || double.IsNaN(nearest))
        {
            return nearest; // exact, or not a number
        }
        bool isSum = operation is RoundedOperation.Add or RoundedOperation.Subtract or RoundedOperation.MultiplyAdd;
        int missing = double.IsInfinity(nearest) ? (nearest > 0 ? -1 : 1) : Sign(x, y, z, nearest, s) * Math.Sign(s);
        return missing == 0 && nearest == 0 && isSum ? Rounding.ZeroSum(x * y, z, mode) : Rounding.Towards(nearest, missing, mode);
    }

    /// <summary>The sign of x y + z - u v, exactly.</summary>
    private static int Sign(double x, double y, double z, double u, double v)
    {
        (BigInteger product, int exponent) = Product(x, y);
        (BigInteger other, int otherExponent) = Product(u, v);
        (BigInteger addend, int addendExponent) = Product(z, 1);
        int least = Math.Min(exponent, Math.Min(otherExponent, addendExponent));
        return ((product << (exponent - least)) + (addend << (addendExponent - least)) - (other << (otherExponent - least))).Sign;
    }

    private static (BigInteger Value, int Exponent) Product(double x, double y)
    {
        ((long m, int e), (long n, int f)) = (Parts(x), Parts(y));
        return ((BigInteger)m * n, e + f);
    }

    /// <summary>A finite number as integer times power of two.</summary>
    private static (long Integer, int Exponent) Parts(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x), fraction = bits & 0xF_FFFF_FFFF_FFFF;
        int exponent = (int)(bits >> 52) & 0x7FF;
        long integer = exponent == 0 ? fraction : fraction | 1L << 52;
        return (bits < 0 ? -integer : integer, Math.Max(exponent, 1) - 1075);
    }
}
