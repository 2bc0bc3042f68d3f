using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

// Shifts and bit fields (PTX ISA 8.5, sections 9.7.1 and 9.7.8). Shift amounts are 32-bit registers, and larger than the type mean all bits out.

/// <summary>shl.b32.</summary>
internal readonly struct ShiftLeft32 : IVector2<uint>
{
    public static Vector512<uint> Of(Vector512<uint> a, Vector512<uint> b) => Shift.Left(a, b);
}

/// <summary>shr.u32, shr.b32.</summary>
internal readonly struct ShiftRight32 : IVector2<uint>
{
    public static Vector512<uint> Of(Vector512<uint> a, Vector512<uint> b) => Shift.Right(a, b);
}

/// <summary>shr.s32.</summary>
internal readonly struct ShiftRightSigned32 : IVector2<int>
{
    public static Vector512<int> Of(Vector512<int> a, Vector512<int> b) => Shift.Right(a, b);
}

/// <summary>Shifts by lane, with amounts beyond the width clamped.</summary>
internal static unsafe class Shift
{
    /// <summary>a &lt;&lt; b, 0 from 32 on.</summary>
    public static Vector512<uint> Left(Vector512<uint> a, Vector512<uint> b)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
        {
            return System.Runtime.Intrinsics.X86.Avx512F.ShiftLeftLogicalVariable(a, b);
        }

        uint* x = stackalloc uint[16];
        for (int i = 0; i < 16; i++)
        {
            x[i] = b.GetElement(i) > 31 ? 0 : a.GetElement(i) << (int)b.GetElement(i);
        }

        return Vector512.Load(x);
    }

    /// <summary>a >> b, 0 from 32 on.</summary>
    public static Vector512<uint> Right(Vector512<uint> a, Vector512<uint> b)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
        {
            return System.Runtime.Intrinsics.X86.Avx512F.ShiftRightLogicalVariable(a, b);
        }

        uint* x = stackalloc uint[16];
        for (int i = 0; i < 16; i++)
        {
            x[i] = b.GetElement(i) > 31 ? 0 : a.GetElement(i) >> (int)b.GetElement(i);
        }

        return Vector512.Load(x);
    }

    /// <summary>a >> b with the sign, all signs from 32 on.</summary>
    public static Vector512<int> Right(Vector512<int> a, Vector512<int> b)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
        {
            return System.Runtime.Intrinsics.X86.Avx512F.ShiftRightArithmeticVariable(a, b.AsUInt32());
        }

        int* x = stackalloc int[16];
        for (int i = 0; i < 16; i++)
        {
            x[i] = a.GetElement(i) >> (int)Math.Min(31u, (uint)b.GetElement(i));
        }

        return Vector512.Load(x);
    }

    /// <summary>shl.b64: 64-bit lanes by 32-bit amounts.</summary>
    public static void Left64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            uint n = ((uint*)b)[i];
            ((ulong*)d)[i] = n > 63 ? 0 : ((ulong*)a)[i] << (int)n;
        }
    }

    /// <summary>shr.u64, shr.b64.</summary>
    public static void Right64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            uint n = ((uint*)b)[i];
            ((ulong*)d)[i] = n > 63 ? 0 : ((ulong*)a)[i] >> (int)n;
        }
    }

    /// <summary>shr.s64.</summary>
    public static void RightSigned64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((long*)d)[i] = ((long*)a)[i] >> (int)Math.Min(63u, ((uint*)b)[i]);
        }
    }

    /// <summary>bfe.u64 and bfe.s64 (immediate 1): positions and lengths are 32-bit registers.</summary>
    public static void Extract64(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((ulong*)d)[i] = BitField.Extract(((ulong*)a)[i], ((uint*)b)[i], ((uint*)c)[i], 64, immediate != 0);
        }
    }
}

/// <summary>shf.l and shf.r (immediate 1: right; 2 more: wrap instead of clamp) of the 64 bits b:a by c.</summary>
internal readonly struct FunnelShift : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate)
    {
        uint n = (immediate & 2) != 0 ? c & 31 : Math.Min(c, 32);
        ulong both = ((ulong)b << 32) | a;
        return (immediate & 1) != 0 ? (uint)(n == 64 ? 0 : both >> (int)n) : n == 32 ? a : (uint)((both << (int)n) >> 32);
    }
}

/// <summary>Bit fields: the low 8 bits of position and length count.</summary>
internal static class BitField
{
    /// <summary>bfe: the field, zero- or sign-extended.</summary>
    public static ulong Extract(ulong a, uint position, uint length, int width, bool isSigned)
    {
        int start = (int)(position & 0xFF), count = (int)(length & 0xFF);
        ulong result = 0;
        bool sign = isSigned && count > 0 && ((a >> Math.Min(start + count - 1, width - 1)) & 1) != 0;
        for (int i = 0; i < width; i++)
        {
            bool bit = i < count && start + i < width ? ((a >> (start + i)) & 1) != 0 : sign;
            result |= bit ? 1ul << i : 0;
        }

        return result;
    }
}

/// <summary>bfe.u32.</summary>
internal readonly struct ExtractField : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate) => (uint)BitField.Extract(a, b, c, 32, immediate != 0);
}

/// <summary>bfi.b32, whose fourth operand is packed by the caller: see <see cref="InsertField.Run"/>.</summary>
internal static unsafe class InsertField
{
    /// <summary>
    /// d = b with the low bits of a put at position c; the length's register is the bank offset from c that the immediate says.
    /// </summary>
    public static void Run(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            int start = (int)(((uint*)c)[i] & 0xFF), count = (int)(((uint*)(c + immediate))[i] & 0xFF);
            ulong field = start > 31 ? 0 : (((1ul << Math.Min(count, 32)) - 1) << start) & uint.MaxValue;
            ((uint*)d)[i] = (uint)((((uint*)b)[i] & ~field) | (((ulong)((uint*)a)[i] << Math.Min(start, 32)) & field));
        }
    }
}

/// <summary>prmt.b32, default mode: four bytes chosen from the eight of b:a, or their signs.</summary>
internal readonly struct Permute : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate)
    {
        ulong both = ((ulong)b << 32) | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint selector = (c >> (4 * i)) & 0xF;
            uint value = (uint)(both >> (8 * (int)(selector & 7))) & 0xFF;
            result |= (selector & 8) == 0 ? value << (8 * i) : (value & 0x80) != 0 ? 0xFFu << (8 * i) : 0;
        }

        return result;
    }
}
