using System.Numerics;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

// Floating-point instructions with IEEE rounding to nearest (PTX ISA 8.5, section 9.7.3). Subnormal numbers are kept: kernels are compiled without .ftz.
// The bits of a NaN result are those of the processor: PTX promises none.

internal readonly struct Quotient<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a / b;
}

/// <summary>rcp.rn.</summary>
internal readonly struct Reciprocal : IVector1<float>, IVector1<double>
{
    public static Vector512<float> Of(Vector512<float> a) => Vector512<float>.One / a;

    public static Vector512<double> Of(Vector512<double> a) => Vector512<double>.One / a;
}

internal readonly struct SquareRoot<T> : IVector1<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a) => Vector512.Sqrt(a);
}

internal readonly struct FusedMultiplyAdd : IVector3<float>, IVector3<double>
{
    public static Vector512<float> Of(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    public static Vector512<double> Of(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

/// <summary>neg of floats: the sign bit flips, of a NaN too.</summary>
internal readonly struct FlipSign : IVector1<uint>, IVector1<ulong>
{
    public static Vector512<uint> Of(Vector512<uint> a) => a ^ Vector512.Create(0x8000_0000u);

    public static Vector512<ulong> Of(Vector512<ulong> a) => a ^ Vector512.Create(0x8000_0000_0000_0000ul);
}

/// <summary>abs of floats: the sign bit goes.</summary>
internal readonly struct ClearSign : IVector1<uint>, IVector1<ulong>
{
    public static Vector512<uint> Of(Vector512<uint> a) => a & Vector512.Create(0x7FFF_FFFFu);

    public static Vector512<ulong> Of(Vector512<ulong> a) => a & Vector512.Create(0x7FFF_FFFF_FFFF_FFFFul);
}

/// <summary>copysign: the sign of a on the value of b.</summary>
internal readonly struct CopySign : IVector2<uint>, IVector2<ulong>
{
    public static Vector512<uint> Of(Vector512<uint> a, Vector512<uint> b) => ClearSign.Of(b) | (a & Vector512.Create(0x8000_0000u));

    public static Vector512<ulong> Of(Vector512<ulong> a, Vector512<ulong> b) => ClearSign.Of(b) | (a & Vector512.Create(0x8000_0000_0000_0000ul));
}

/// <summary>min and max of floats: a NaN gives way to the other operand, unless the immediate is 1 (.NaN); -0 is less than +0.</summary>
internal readonly struct FloatMinimum<T> : IScalar3<T, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a, T b, T c, long immediate) => immediate != 0 ? T.Min(a, b) : T.MinNumber(a, b);
}

/// <inheritdoc cref="FloatMinimum{T}"/>
internal readonly struct FloatMaximum<T> : IScalar3<T, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static T Of(T a, T b, T c, long immediate) => immediate != 0 ? T.Max(a, b) : T.MaxNumber(a, b);
}

// Comparisons. Ordered ones are false with a NaN, the ones ending in u true.

internal readonly struct Equal<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, b);
}

/// <summary>Not equal; with a NaN true: ne of integers, neu of floats.</summary>
internal readonly struct NotEqual<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => ~Vector512.Equals(a, b);
}

internal readonly struct Less<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b);
}

internal readonly struct LessEqual<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.LessThanOrEqual(a, b);
}

internal readonly struct Greater<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThan(a, b);
}

internal readonly struct GreaterEqual<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThanOrEqual(a, b);
}

/// <summary>Both are numbers.</summary>
internal readonly struct Ordered<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, a) & Vector512.Equals(b, b);
}

/// <summary>The comparison's opposite: what is unordered becomes true.</summary>
internal readonly struct Otherwise<T, TOp> : ICompare<T> where T : unmanaged where TOp : struct, ICompare<T>
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => ~TOp.Of(a, b);
}

/// <summary>Ordered and not equal: ne of floats.</summary>
internal readonly struct OrderedNotEqual<T> : ICompare<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b) | Vector512.GreaterThan(a, b);
}
