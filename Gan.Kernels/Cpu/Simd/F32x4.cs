using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cpu;

/// <summary>4 floats in a 128-bit vector.</summary>
internal readonly unsafe struct F32x4(Vector128<float> value) : ISimd<F32x4>
{
    private readonly Vector128<float> _value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 LoadBytes(byte* source)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(source)).AsByte());
        return new(Vector128.ConvertToSingle(Vector128.WidenLower(words).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => Vector128.Store(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Stream(float* destination) => Vector128.StoreAlignedNonTemporal(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Of(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 OfBits(int bits) => new(Vector128.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator +(F32x4 a, F32x4 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator -(F32x4 a, F32x4 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator *(F32x4 a, F32x4 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator /(F32x4 a, F32x4 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator &(F32x4 a, F32x4 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator |(F32x4 a, F32x4 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator ^(F32x4 a, F32x4 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Fma(F32x4 a, F32x4 b, F32x4 c) => new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Sqrt(F32x4 a) => new(Vector128.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Greater(F32x4 a, F32x4 b) => new(Vector128.GreaterThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 LessOrEqual(F32x4 a, F32x4 b) => new(Vector128.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Select(F32x4 mask, F32x4 a, F32x4 b) => new(Vector128.ConditionalSelect(mask._value, a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 AddBits(F32x4 a, F32x4 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 SubtractBits(F32x4 a, F32x4 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 ShiftBitsLeft(F32x4 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 ShiftBitsRight(F32x4 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 FloatOfBits(F32x4 a) => new(Vector128.ConvertToSingle(a._value.AsInt32()));
}
