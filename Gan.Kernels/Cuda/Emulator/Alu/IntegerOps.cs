using System.Numerics;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

// Integer instructions (PTX ISA 8.5, section 9.7.1). T is the instruction's type; 16-bit values lie zero-extended in 32-bit lanes (see Narrow).

internal readonly struct Move<T> : IVector1<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a) => a;
}

internal readonly struct Add<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a + b;
}

internal readonly struct Subtract<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a - b;
}

internal readonly struct Multiply<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a * b;
}

internal readonly struct MultiplyAdd<T> : IVector3<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b, Vector512<T> c) => a * b + c;
}

internal readonly struct Negate<T> : IVector1<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a) => Vector512<T>.Zero - a;
}

internal readonly struct Absolute<T> : IVector1<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a) => Vector512.Abs(a);
}

/// <summary>min of integers.</summary>
internal readonly struct Minimum<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);
}

/// <summary>max of integers.</summary>
internal readonly struct Maximum<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);
}

internal readonly struct And<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a & b;
}

internal readonly struct Or<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a | b;
}

internal readonly struct Xor<T> : IVector2<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a, Vector512<T> b) => a ^ b;
}

internal readonly struct Not<T> : IVector1<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> a) => ~a;
}

/// <summary>cnot: 1 for 0, else 0.</summary>
internal readonly struct LogicalNot<T> : IScalar1<T, T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Of(T a) => T.IsZero(a) ? T.One : T.Zero;
}

/// <summary>lop3.b32: the table's bit at (a, b, c).</summary>
internal readonly struct Logic3 : IScalar3<uint, uint>
{
    public static uint Of(uint a, uint b, uint c, long immediate)
    {
        uint result = 0;
        for (int i = 0; i < 8; i++)
        {
            if (((immediate >> i) & 1) != 0)
            {
                result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
            }
        }

        return result;
    }
}

/// <summary>mul.hi of 32 and 64 bits; with an addend, mad.hi.</summary>
internal readonly struct MultiplyHigh : IScalar3<uint, uint>, IScalar3<int, int>, IScalar3<ulong, ulong>, IScalar3<long, long>
{
    public static uint Of(uint a, uint b, uint c, long immediate) => (uint)(((ulong)a * b) >> 32) + (immediate != 0 ? c : 0);

    public static int Of(int a, int b, int c, long immediate) => (int)(((long)a * b) >> 32) + (immediate != 0 ? c : 0);

    public static ulong Of(ulong a, ulong b, ulong c, long immediate) => Math.BigMul(a, b, out _) + (immediate != 0 ? c : 0);

    public static long Of(long a, long b, long c, long immediate) => Math.BigMul(a, b, out _) + (immediate != 0 ? c : 0);
}

/// <summary>div; by zero gives all ones, as NVIDIA's code for it does (PTX leaves it open), and the least integer by -1 itself.</summary>
internal readonly struct Divide<T> : IScalar3<T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public static T Of(T a, T b, T c, long immediate) =>
        T.IsZero(b) ? ~T.Zero : T.IsNegative(b) && b == ~T.Zero ? unchecked(T.Zero - a) : a / b;
}

/// <summary>rem; by zero gives the dividend.</summary>
internal readonly struct Remainder<T> : IScalar3<T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public static T Of(T a, T b, T c, long immediate) => T.IsZero(b) ? a : T.IsNegative(b) && b == ~T.Zero ? T.Zero : a % b;
}

/// <summary>popc, clz, brev, bfind of 32 and 64 bits; counts are 32-bit results.</summary>
internal readonly struct PopulationCount : IScalar1<uint, uint>, IScalar1<ulong, uint>
{
    public static uint Of(uint a) => (uint)BitOperations.PopCount(a);

    public static uint Of(ulong a) => (uint)BitOperations.PopCount(a);
}

internal readonly struct LeadingZeros : IScalar1<uint, uint>, IScalar1<ulong, uint>
{
    public static uint Of(uint a) => (uint)BitOperations.LeadingZeroCount(a);

    public static uint Of(ulong a) => (uint)BitOperations.LeadingZeroCount(a);
}

internal readonly struct BitReverse : IScalar1<uint, uint>, IScalar1<ulong, ulong>
{
    public static uint Of(uint a)
    {
        a = ((a >> 1) & 0x5555_5555) | ((a & 0x5555_5555) << 1);
        a = ((a >> 2) & 0x3333_3333) | ((a & 0x3333_3333) << 2);
        a = ((a >> 4) & 0x0F0F_0F0F) | ((a & 0x0F0F_0F0F) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }

    public static ulong Of(ulong a) => ((ulong)Of((uint)a) << 32) | Of((uint)(a >> 32));
}

/// <summary>bfind.u: place of the highest set bit, or all ones.</summary>
internal readonly struct HighestBit : IScalar1<uint, uint>, IScalar1<ulong, uint>
{
    public static uint Of(uint a) => a == 0 ? uint.MaxValue : (uint)BitOperations.Log2(a);

    public static uint Of(ulong a) => a == 0 ? uint.MaxValue : (uint)BitOperations.Log2(a);
}
