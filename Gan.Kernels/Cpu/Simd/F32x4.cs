using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

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
    public static F32x4 Lookup(float* table, F32x4 index) => new(Lookup(table, index._value.AsInt32()));

    /// <summary>The same for plain vectors; wider vectors without an instruction for it are made of these.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Lookup(float* table, Vector128<int> index)
    {
        if (Avx.IsSupported)
        {
            Vector128<float> bit2 = (index << 29).AsSingle(), bit3 = (index << 28).AsSingle(); // as signs
            Vector128<float> low = Sse41.BlendVariable(Avx.PermuteVar(Vector128.Load(table), index), Avx.PermuteVar(Vector128.Load(table + 4), index), bit2);
            Vector128<float> high = Sse41.BlendVariable(Avx.PermuteVar(Vector128.Load(table + 8), index), Avx.PermuteVar(Vector128.Load(table + 12), index), bit2);
            return Sse41.BlendVariable(low, high, bit3);
        }
        index &= Vector128.Create(15);
        if (AdvSimd.Arm64.IsSupported)
        {
            byte* bytes = (byte*)table;
            Vector128<byte> positions = (index * 0x04040404 + Vector128.Create(0x03020100)).AsByte();
            return AdvSimd.Arm64.VectorTableLookup(
                (Vector128.Load(bytes), Vector128.Load(bytes + 16), Vector128.Load(bytes + 32), Vector128.Load(bytes + 48)), positions).AsSingle();
        }
        return Vector128.Create(table[index.GetElement(0)], table[index.GetElement(1)], table[index.GetElement(2)], table[index.GetElement(3)]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 FloatOfBits(F32x4 a) => new(Vector128.ConvertToSingle(a._value.AsInt32()));
}
