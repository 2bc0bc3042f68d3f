using System.Runtime.Intrinsics;

namespace Gan.Bench.Roofline;

/// <summary>
/// A vector width, for code that is compiled once for each. MultiplyAddEstimate is one fused instruction where the processor has it and a
/// multiplication and an addition where it has not: what the kernels can use as well.
/// </summary>
/// <typeparam name="TV">The vector.</typeparam>
internal interface IFmaWidth<TV> where TV : struct
{
    static abstract int Lanes { get; }

    static abstract TV Of(float value);

    /// <summary>a b + c.</summary>
    static abstract TV MultiplyAdd(TV a, TV b, TV c);

    static abstract float Sum(TV a);
}

/// <summary>AVX-512.</summary>
internal readonly struct Fma512 : IFmaWidth<Vector512<float>>
{
    public static int Lanes => 16;

    public static Vector512<float> Of(float value) => Vector512.Create(value);

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);

    public static float Sum(Vector512<float> a) => Vector512.Sum(a);
}

/// <summary>AVX2.</summary>
internal readonly struct Fma256 : IFmaWidth<Vector256<float>>
{
    public static int Lanes => 8;

    public static Vector256<float> Of(float value) => Vector256.Create(value);

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);

    public static float Sum(Vector256<float> a) => Vector256.Sum(a);
}

/// <summary>SSE, NEON.</summary>
internal readonly struct Fma128 : IFmaWidth<Vector128<float>>
{
    public static int Lanes => 4;

    public static Vector128<float> Of(float value) => Vector128.Create(value);

    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);

    public static float Sum(Vector128<float> a) => Vector128.Sum(a);
}

/// <summary>No vectors.</summary>
internal readonly struct FmaScalar : IFmaWidth<float>
{
    public static int Lanes => 1;

    public static float Of(float value) => value;

    public static float MultiplyAdd(float a, float b, float c) => float.MultiplyAddEstimate(a, b, c);

    public static float Sum(float a) => a;
}
