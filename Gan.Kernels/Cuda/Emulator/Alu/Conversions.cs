using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>cvt between any two types: one general loop, and fast ones for the pairs that kernels use most.</summary>
internal static unsafe class Conversions
{
    /// <summary>What <see cref="Run"/> does, packed into an instruction's immediate.</summary>
    public static long Pack(PtxType to, PtxType from, RoundingMode mode, bool toIntegral, bool saturate) =>
        (long)to | ((long)from << 8) | ((long)mode << 16) | (toIntegral ? 1L << 24 : 0) | (saturate ? 1L << 25 : 0);

    /// <summary>The general loop; operands and result in 32- or 64-bit lanes by their types.</summary>
    public static void Run(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        var to = (PtxType)(immediate & 255);
        var from = (PtxType)((immediate >> 8) & 255);
        var mode = (RoundingMode)((immediate >> 16) & 255);
        bool toIntegral = (immediate & (1 << 24)) != 0, saturate = (immediate & (1 << 25)) != 0;
        for (int i = 0; i < Lanes.Count; i++)
        {
            ulong bits = from.Bytes() == 8 ? ((ulong*)a)[i] : ((uint*)a)[i];
            ulong result = from.IsFloat()
                ? FromFloat(ToDouble(bits, from), to, mode, toIntegral, saturate)
                : FromInteger(Extend(bits, from), to, mode, saturate);
            if (to.Bytes() == 8)
            {
                ((ulong*)d)[i] = result;
            }
            else
            {
                ((uint*)d)[i] = (uint)result;
            }
        }
    }

    private static Int128 Extend(ulong bits, PtxType from) => from switch
    {
        PtxType.S8 => (sbyte)bits,
        PtxType.S16 => (short)bits,
        PtxType.S32 => (int)bits,
        PtxType.S64 => (long)bits,
        PtxType.U8 or PtxType.B8 => (byte)bits,
        PtxType.U16 or PtxType.B16 => (ushort)bits,
        PtxType.U32 or PtxType.B32 => (uint)bits,
        _ => bits,
    };

    private static double ToDouble(ulong bits, PtxType from) => from switch
    {
        PtxType.F64 => BitConverter.UInt64BitsToDouble(bits),
        PtxType.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        PtxType.BF16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        _ => BitConverter.UInt32BitsToSingle((uint)bits),
    };

    private static (Int128 Least, Int128 Most) Range(PtxType type)
    {
        int bits = type.Bytes() * 8;
        return type.IsSigned() ? (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1) : (0, (Int128.One << bits) - 1);
    }

    private static ulong FromInteger(Int128 value, PtxType to, RoundingMode mode, bool saturate)
    {
        if (to.IsFloat())
        {
            double rounded = Rounding.FromInteger(value < 0, (ulong)(value < 0 ? -value : value), to == PtxType.F64 ? 53 : 24, mode);
            return to switch
            {
                PtxType.F64 => BitConverter.DoubleToUInt64Bits(rounded),
                PtxType.F16 => BitConverter.HalfToUInt16Bits((Half)(double)value),
                _ => BitConverter.SingleToUInt32Bits((float)rounded),
            };
        }

        (Int128 least, Int128 most) = Range(to);
        return Cut(saturate ? Int128.Clamp(value, least, most) : value, to);
    }

    /// <summary>The low bits as they lie in a register: values narrower than 32 bits are extended as their type says.</summary>
    private static ulong Cut(Int128 value, PtxType to)
    {
        ulong low = (ulong)(value & ulong.MaxValue);
        return to switch
        {
            PtxType.S8 => (ushort)(sbyte)low,
            PtxType.U8 or PtxType.B8 => (byte)low,
            PtxType.U16 or PtxType.B16 or PtxType.S16 => (ushort)low,
            PtxType.U64 or PtxType.S64 or PtxType.B64 => low,
            _ => (uint)low,
        };
    }

    private static ulong FromFloat(double value, PtxType to, RoundingMode mode, bool toIntegral, bool saturate)
    {
        if (!to.IsFloat())
        {
            (Int128 least, Int128 most) = Range(to);
            double whole = Rounding.ToIntegral(value, mode);
            Int128 number = double.IsNaN(whole) ? 0 : whole >= (double)most ? most : whole <= (double)least ? least : (Int128)whole;
            return Cut(number, to);
        }

        if (saturate)
        {
            value = double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);
            value = value == 0 ? 0 : value;
        }

        value = toIntegral ? Rounding.ToIntegral(value, mode) : value;
        return to switch
        {
            PtxType.F64 => BitConverter.DoubleToUInt64Bits(value),
            PtxType.F16 => BitConverter.HalfToUInt16Bits((Half)value),
            PtxType.BF16 => Rounding.ToBFloat16((float)value, mode),
            PtxType.TF32 => Rounding.ToTf32((float)value, mode),
            _ => BitConverter.SingleToUInt32Bits(Rounding.ToSingle(value, mode)),
        };
    }

    /// <summary>cvt.rn.bf16x2.f32: a above, b below; immediate 1: towards zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackBFloat16(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 16)
        {
            Vector512<uint> high = Vector512.Load((uint*)a + i), low = Vector512.Load((uint*)b + i);
            if (immediate == 0)
            {
                (high, low) = (BFloat16Rounded(high), BFloat16Rounded(low));
            }
            else
            {
                (high, low) = (BFloat16OfNaN(high), BFloat16OfNaN(low));
            }

            ((high & Vector512.Create(0xFFFF_0000u)) | (low >> 16)).Store((uint*)d + i);
        }
    }

    /// <summary>Rounded to nearest in the upper halves; the lower ones are rubbish.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> BFloat16Rounded(Vector512<uint> x)
    {
        Vector512<uint> rounded = x + Vector512.Create(0x7FFFu) + ((x >> 16) & Vector512<uint>.One);
        return Vector512.ConditionalSelect(Vector512.Equals(x.AsSingle(), x.AsSingle()).AsUInt32(), rounded, Vector512.Create(0x7FFF_0000u));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> BFloat16OfNaN(Vector512<uint> x) =>
        Vector512.ConditionalSelect(Vector512.Equals(x.AsSingle(), x.AsSingle()).AsUInt32(), x, Vector512.Create(0x7FFF_0000u));

    /// <summary>cvt.u64.u32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ZeroExtend64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector256<uint> x = Vector256.Load((uint*)a + i);
            Vector512.Create(Vector256.WidenLower(x), Vector256.WidenUpper(x)).Store((ulong*)d + i);
        }
    }

    /// <summary>cvt.s64.s32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SignExtend64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector256<int> x = Vector256.Load((int*)a + i);
            Vector512.Create(Vector256.WidenLower(x), Vector256.WidenUpper(x)).Store((long*)d + i);
        }
    }

    /// <summary>cvt.u32.u64 and every other cut to 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Low32(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector256.Narrow(Vector256.Load((ulong*)a + i), Vector256.Load((ulong*)a + i + 4)).Store((uint*)d + i);
        }
    }

    /// <summary>The upper halves of 64-bit lanes: second part of mov.b64 {lo, hi}.</summary>
    public static void High32(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((uint*)d)[i] = ((uint*)a)[(2 * i) + 1];
        }
    }

    /// <summary>mov.b64 from two 32-bit registers, a below b.</summary>
    public static void Join64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((ulong*)d)[i] = ((ulong)((uint*)b)[i] << 32) | ((uint*)a)[i];
        }
    }
}

/// <summary>cvt.rn.f32.s32.</summary>
internal readonly struct SingleFromInt32 : IScalar1<int, float>
{
    public static float Of(int a) => a;
}

/// <summary>cvt.rn.f64.f32.</summary>
internal readonly struct DoubleFromSingle : IScalar1<float, double>
{
    public static double Of(float a) => a;
}

/// <summary>cvt.rn.f32.f64.</summary>
internal readonly struct SingleFromDouble : IScalar1<double, float>
{
    public static float Of(double a) => (float)a;
}

/// <summary>cvt.rna.tf32.f32.</summary>
internal readonly struct Tf32FromSingle : IVector1<uint>
{
    public static Vector512<uint> Of(Vector512<uint> a)
    {
        Vector512<uint> magnitude = a & Vector512.Create(0x7FFF_FFFFu), infinity = Vector512.Create(0x7F80_0000u);
        Vector512<uint> rounded = (a + Vector512.Create(0x1000u)) & Vector512.Create(0xFFFF_E000u);
        Vector512<uint> special = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, infinity), Vector512.Create(0x7FFF_E000u), a);
        return Vector512.ConditionalSelect(Vector512.LessThan(magnitude, infinity), rounded, special);
    }
}

/// <summary>cvt.rn.bf16.f32.</summary>
internal readonly struct BFloat16FromSingle : IScalar1<float, uint>
{
    public static uint Of(float a) => Rounding.ToBFloat16(a, RoundingMode.Nearest);
}

/// <summary>mov.b32 {lo, hi}: the halves of 32-bit lanes.</summary>
internal readonly struct Half16 : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate) => (a >> (int)immediate) & 0xFFFF;
}

/// <summary>mov.b32 from two 16-bit registers, a below b.</summary>
internal readonly struct Join16 : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate) => (b << 16) | (a & 0xFFFF);
}
