namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Which instruction a 16-bit lane loop does.</summary>
internal enum NarrowOp
{
    Add, Subtract, Multiply, MultiplyHigh, MultiplyAdd, Divide, Remainder, Minimum, Maximum, Negate, Absolute, Not, ShiftLeft, ShiftRight,
}

/// <summary>
/// 16-bit integer instructions. Values lie zero-extended in 32-bit lanes; results are cut to 16 bits again. Rare in kernels, so one slow loop does.
/// </summary>
internal static unsafe class Narrow
{
    /// <summary>Immediate: the <see cref="NarrowOp"/>, plus 256 for signed operands.</summary>
    public static void Run(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        var op = (NarrowOp)(immediate & 255);
        bool isSigned = immediate >= 256;
        for (int i = 0; i < Lanes.Count; i++)
        {
            int x = Widen(((uint*)a)[i], isSigned), y = Widen(((uint*)b)[i], isSigned), z = Widen(((uint*)c)[i], isSigned);
            uint shift = ((uint*)b)[i];
            ((uint*)d)[i] = (ushort)Of(op, x, y, z, shift);
        }
    }

    private static int Of(NarrowOp op, int x, int y, int z, uint shift) => op switch
    {
        NarrowOp.Add => x + y,
        NarrowOp.Subtract => x - y,
        NarrowOp.Multiply => x * y,
        NarrowOp.MultiplyHigh => (int)(((long)x * y) >> 16),
        NarrowOp.MultiplyAdd => x * y + z,
        NarrowOp.Divide => y == 0 ? -1 : x / y,
        NarrowOp.Remainder => y == 0 ? x : x % y,
        NarrowOp.Minimum => Math.Min(x, y),
        NarrowOp.Maximum => Math.Max(x, y),
        NarrowOp.Negate => -x,
        NarrowOp.Absolute => Math.Abs(x),
        NarrowOp.Not => ~x,
        NarrowOp.ShiftLeft => shift > 15 ? 0 : x << (int)shift,
        _ => x >> (int)Math.Min(shift, 31),
    };

    /// <summary>The 16-bit value as its instruction sees it.</summary>
    private static int Widen(uint lane, bool isSigned) => isSigned ? (short)lane : (ushort)lane;

    /// <summary>mul.wide.u16 and .s16 (immediate 1): 32-bit results.</summary>
    public static void MultiplyWide(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((int*)d)[i] = Widen(((uint*)a)[i], immediate != 0) * Widen(((uint*)b)[i], immediate != 0);
        }
    }

    /// <summary>mad.wide.u16 and .s16 (immediate 1): 32-bit addend and result.</summary>
    public static void MultiplyAddWide(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((int*)d)[i] = (Widen(((uint*)a)[i], immediate != 0) * Widen(((uint*)b)[i], immediate != 0)) + ((int*)c)[i];
        }
    }

    /// <summary>A copy of the lanes with their 16-bit values sign-extended, for comparisons.</summary>
    public static void SignExtend(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i++)
        {
            ((int*)d)[i] = (short)((uint*)a)[i];
        }
    }
}
