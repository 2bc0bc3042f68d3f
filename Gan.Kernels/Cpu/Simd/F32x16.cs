using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu;

/// <summary>16 floats in a 512-bit vector.</summary>
internal readonly unsafe struct F32x16(Vector512<float> value) : ISimd<F32x16>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 LoadBytes(byte* source)
    {
        if (Avx512F.IsSupported)
        {
            return new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(source))));
        }
        Vector256<ushort> words = Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());
        return new(Vector512.ConvertToSingle(Vector512.WidenLower(words.ToVector512Unsafe()).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => Vector512.Store(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Stream(float* destination) => Vector512.StoreAlignedNonTemporal(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Of(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 OfBits(int bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator +(F32x16 a, F32x16 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator -(F32x16 a, F32x16 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator *(F32x16 a, F32x16 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator /(F32x16 a, F32x16 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator &(F32x16 a, F32x16 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator |(F32x16 a, F32x16 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator ^(F32x16 a, F32x16 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Fma(F32x16 a, F32x16 b, F32x16 c) => new(Vector512.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Sqrt(F32x16 a) => new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Greater(F32x16 a, F32x16 b) => new(Vector512.GreaterThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 LessOrEqual(F32x16 a, F32x16 b) => new(Vector512.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Select(F32x16 mask, F32x16 a, F32x16 b) => new(Vector512.ConditionalSelect(mask._value, a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 AddBits(F32x16 a, F32x16 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 SubtractBits(F32x16 a, F32x16 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 ShiftBitsLeft(F32x16 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 ShiftBitsRight(F32x16 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Lookup(float* table, F32x16 index)
    {
        Vector512<int> i = index._value.AsInt32();
        return new(Avx512F.IsSupported ? Avx512F.PermuteVar16x32(Vector512.Load(table), i)
            : Vector512.Create(F32x8.Lookup(table, i.GetLower()), F32x8.Lookup(table, i.GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 FloatOfBits(F32x16 a) => new(Vector512.ConvertToSingle(a._value.AsInt32()));
}
