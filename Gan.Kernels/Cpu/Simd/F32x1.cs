using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>One float: the scalar form of every kernel.</summary>
internal readonly unsafe struct F32x1(float value) : ISimd<F32x1>
{
    /// <summary>The lane.</summary>
    public readonly float Value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Load(float* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 LoadBytes(byte* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => *destination = Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Stream(float* destination) => *destination = Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Of(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 OfBits(int bits) => new(BitConverter.Int32BitsToSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator +(F32x1 a, F32x1 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator -(F32x1 a, F32x1 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator *(F32x1 a, F32x1 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator /(F32x1 a, F32x1 b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator &(F32x1 a, F32x1 b) => OfBits(Bits(a) & Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator |(F32x1 a, F32x1 b) => OfBits(Bits(a) | Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator ^(F32x1 a, F32x1 b) => OfBits(Bits(a) ^ Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Fma(F32x1 a, F32x1 b, F32x1 c) => new(MathF.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Sqrt(F32x1 a) => new(MathF.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Greater(F32x1 a, F32x1 b) => OfBits(a.Value > b.Value ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 LessOrEqual(F32x1 a, F32x1 b) => OfBits(a.Value <= b.Value ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Select(F32x1 mask, F32x1 a, F32x1 b) => Bits(mask) != 0 ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 AddBits(F32x1 a, F32x1 b) => OfBits(Bits(a) + Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 SubtractBits(F32x1 a, F32x1 b) => OfBits(Bits(a) - Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 ShiftBitsLeft(F32x1 a, int count) => OfBits(Bits(a) << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 ShiftBitsRight(F32x1 a, int count) => OfBits(Bits(a) >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Lookup(float* table, F32x1 index) => new(table[Bits(index) & 15]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 FloatOfBits(F32x1 a) => new(Bits(a));

    private static int Bits(F32x1 a) => BitConverter.SingleToInt32Bits(a.Value);
}
