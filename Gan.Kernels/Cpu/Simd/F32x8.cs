using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu;

/// <summary>8 floats in a 256-bit vector.</summary>
internal readonly unsafe struct F32x8(Vector256<float> value) : ISimd<F32x8>
{
    private readonly Vector256<float> _value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 LoadBytes(byte* source)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsByte());
        return new(Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => Vector256.Store(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Stream(float* destination) => Vector256.StoreAlignedNonTemporal(_value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Of(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 OfBits(int bits) => new(Vector256.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator +(F32x8 a, F32x8 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator -(F32x8 a, F32x8 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator *(F32x8 a, F32x8 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator /(F32x8 a, F32x8 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator &(F32x8 a, F32x8 b) => new(a._value & b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator |(F32x8 a, F32x8 b) => new(a._value | b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator ^(F32x8 a, F32x8 b) => new(a._value ^ b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Fma(F32x8 a, F32x8 b, F32x8 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Sqrt(F32x8 a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Greater(F32x8 a, F32x8 b) => new(Vector256.GreaterThan(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 LessOrEqual(F32x8 a, F32x8 b) => new(Vector256.LessThanOrEqual(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Select(F32x8 mask, F32x8 a, F32x8 b) => new(Vector256.ConditionalSelect(mask._value, a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 AddBits(F32x8 a, F32x8 b) => new((a._value.AsInt32() + b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 SubtractBits(F32x8 a, F32x8 b) => new((a._value.AsInt32() - b._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 ShiftBitsLeft(F32x8 a, int count) => new((a._value.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 ShiftBitsRight(F32x8 a, int count) => new((a._value.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Lookup(float* table, F32x8 index) => new(Lookup(table, index._value.AsInt32()));

    /// <summary>The same for plain vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Lookup(float* table, Vector256<int> index)
    {
        if (Avx2.IsSupported)
        {
            Vector256<float> low = Avx2.PermuteVar8x32(Vector256.Load(table), index), high = Avx2.PermuteVar8x32(Vector256.Load(table + 8), index);
            return Avx.BlendVariable(low, high, (index << 28).AsSingle()); // by the sign: the index's fourth bit
        }
        return Vector256.Create(F32x4.Lookup(table, index.GetLower()), F32x4.Lookup(table, index.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 FloatOfBits(F32x8 a) => new(Vector256.ConvertToSingle(a._value.AsInt32()));
}
