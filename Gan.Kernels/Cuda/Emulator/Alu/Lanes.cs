using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>One operand, whole vectors.</summary>
internal interface IVector1<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> a);
}

/// <summary>Two operands, whole vectors.</summary>
internal interface IVector2<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> a, Vector512<T> b);
}

/// <summary>Three operands, whole vectors.</summary>
internal interface IVector3<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> a, Vector512<T> b, Vector512<T> c);
}

/// <summary>One operand, lane by lane; for what has no vector form.</summary>
internal interface IScalar1<TFrom, TTo> where TFrom : unmanaged where TTo : unmanaged
{
    static abstract TTo Of(TFrom a);
}

/// <summary>Three operands (unused ones are ignored) and an immediate, lane by lane.</summary>
internal interface IScalar3<T, TTo> where T : unmanaged where TTo : unmanaged
{
    static abstract TTo Of(T a, T b, T c, long immediate);
}

/// <summary>A comparison of whole vectors; all ones where true.</summary>
internal interface ICompare<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> a, Vector512<T> b);
}

/// <summary>
/// The loops of arithmetic instructions over a warp's 32 lanes, as functions that an <see cref="Instruction"/> points to. All compute every lane: the
/// interpreter keeps the results of active lanes only. Operands may be the result's register.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Lanes of a warp.</summary>
    public const int Count = 32;

    /// <summary>Bytes of a register of 32-bit and of 64-bit lanes.</summary>
    public const int Bytes32 = 128, Bytes64 = 256;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vector1<T, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate) where T : unmanaged where TOp : struct, IVector1<T>
    {
        TOp.Of(Vector512.Load((T*)a)).Store((T*)d);
        TOp.Of(Vector512.Load((T*)(a + 64))).Store((T*)(d + 64));
        if (sizeof(T) == 8)
        {
            TOp.Of(Vector512.Load((T*)(a + 128))).Store((T*)(d + 128));
            TOp.Of(Vector512.Load((T*)(a + 192))).Store((T*)(d + 192));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vector2<T, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate) where T : unmanaged where TOp : struct, IVector2<T>
    {
        TOp.Of(Vector512.Load((T*)a), Vector512.Load((T*)b)).Store((T*)d);
        TOp.Of(Vector512.Load((T*)(a + 64)), Vector512.Load((T*)(b + 64))).Store((T*)(d + 64));
        if (sizeof(T) == 8)
        {
            TOp.Of(Vector512.Load((T*)(a + 128)), Vector512.Load((T*)(b + 128))).Store((T*)(d + 128));
            TOp.Of(Vector512.Load((T*)(a + 192)), Vector512.Load((T*)(b + 192))).Store((T*)(d + 192));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vector3<T, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate) where T : unmanaged where TOp : struct, IVector3<T>
    {
        TOp.Of(Vector512.Load((T*)a), Vector512.Load((T*)b), Vector512.Load((T*)c)).Store((T*)d);
        TOp.Of(Vector512.Load((T*)(a + 64)), Vector512.Load((T*)(b + 64)), Vector512.Load((T*)(c + 64))).Store((T*)(d + 64));
        if (sizeof(T) == 8)
        {
            TOp.Of(Vector512.Load((T*)(a + 128)), Vector512.Load((T*)(b + 128)), Vector512.Load((T*)(c + 128))).Store((T*)(d + 128));
            TOp.Of(Vector512.Load((T*)(a + 192)), Vector512.Load((T*)(b + 192)), Vector512.Load((T*)(c + 192))).Store((T*)(d + 192));
        }
    }

    public static void Scalar1<TFrom, TTo, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate)
        where TFrom : unmanaged where TTo : unmanaged where TOp : struct, IScalar1<TFrom, TTo>
    {
        for (int i = 0; i < Count; i++)
        {
            ((TTo*)d)[i] = TOp.Of(((TFrom*)a)[i]);
        }
    }

    public static void Scalar3<T, TTo, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate)
        where T : unmanaged where TTo : unmanaged where TOp : struct, IScalar3<T, TTo>
    {
        for (int i = 0; i < Count; i++)
        {
            ((TTo*)d)[i] = TOp.Of(((T*)a)[i], ((T*)b)[i], ((T*)c)[i], immediate);
        }
    }

    /// <summary>The mask of lanes where the comparison holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare<T, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate) where T : unmanaged where TOp : struct, ICompare<T> =>
        *(uint*)d = CompareMask<T, TOp>(a, b);

    /// <summary>The same, combined with the predicate c: immediate 0 and, 1 or, 2 xor; 4 more when c is negated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompareCombined<T, TOp>(byte* d, byte* a, byte* b, byte* c, long immediate) where T : unmanaged where TOp : struct, ICompare<T>
    {
        uint mask = CompareMask<T, TOp>(a, b), other = *(uint*)c ^ ((immediate & 4) != 0 ? uint.MaxValue : 0);
        *(uint*)d = (immediate & 3) switch { 0 => mask & other, 1 => mask | other, _ => mask ^ other };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint CompareMask<T, TOp>(byte* a, byte* b) where T : unmanaged where TOp : struct, ICompare<T>
    {
        ulong low = TOp.Of(Vector512.Load((T*)a), Vector512.Load((T*)b)).ExtractMostSignificantBits();
        ulong next = TOp.Of(Vector512.Load((T*)(a + 64)), Vector512.Load((T*)(b + 64))).ExtractMostSignificantBits();
        if (sizeof(T) == 4)
        {
            return (uint)(low | (next << 16));
        }

        ulong third = TOp.Of(Vector512.Load((T*)(a + 128)), Vector512.Load((T*)(b + 128))).ExtractMostSignificantBits();
        ulong last = TOp.Of(Vector512.Load((T*)(a + 192)), Vector512.Load((T*)(b + 192))).ExtractMostSignificantBits();
        return (uint)(low | (next << 8) | (third << 16) | (last << 24));
    }

    /// <summary>d = a where the predicate c (negated when the immediate is 1) holds, else b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select32(byte* d, byte* a, byte* b, byte* c, long immediate) => Blend32(d, a, b, *(uint*)c ^ (uint)-(int)immediate);

    /// <summary>The same for 64-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select64(byte* d, byte* a, byte* b, byte* c, long immediate) => Blend64(d, a, b, *(uint*)c ^ (uint)-(int)immediate);

    /// <summary>d = a in the lanes of the mask, else b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blend32(byte* d, byte* a, byte* b, uint mask)
    {
        Vector512<uint> all = Vector512.Create(mask);
        Vector512<uint> bits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        Vector512<uint> low = Vector512.Equals(all & bits, bits), high = Vector512.Equals((all >> 16) & bits, bits);
        Vector512.ConditionalSelect(low, Vector512.Load((uint*)a), Vector512.Load((uint*)b)).Store((uint*)d);
        Vector512.ConditionalSelect(high, Vector512.Load((uint*)(a + 64)), Vector512.Load((uint*)(b + 64))).Store((uint*)(d + 64));
    }

    /// <summary>The same for 64-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blend64(byte* d, byte* a, byte* b, uint mask)
    {
        Vector512<ulong> bits = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
        for (int i = 0; i < 256; i += 64, mask >>= 8)
        {
            Vector512<ulong> chosen = Vector512.Equals(Vector512.Create((ulong)mask) & bits, bits);
            Vector512.ConditionalSelect(chosen, Vector512.Load((ulong*)(a + i)), Vector512.Load((ulong*)(b + i))).Store((ulong*)(d + i));
        }
    }
}
