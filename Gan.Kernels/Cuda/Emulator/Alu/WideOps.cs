using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>mul.wide and mad.wide: 32-bit factors, 64-bit results.</summary>
internal static unsafe class Wide
{
    /// <summary>mul.wide.u32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyUnsigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector512<ulong> x = Widen(Vector256.Load((uint*)a + i)), y = Widen(Vector256.Load((uint*)b + i));
            (x * y).Store((ulong*)d + i);
        }
    }

    /// <summary>mul.wide.s32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplySigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector512<long> x = Widen(Vector256.Load((int*)a + i)), y = Widen(Vector256.Load((int*)b + i));
            (x * y).Store((long*)d + i);
        }
    }

    /// <summary>mad.wide.u32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAddUnsigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector512<ulong> x = Widen(Vector256.Load((uint*)a + i)), y = Widen(Vector256.Load((uint*)b + i));
            (x * y + Vector512.Load((ulong*)c + i)).Store((ulong*)d + i);
        }
    }

    /// <summary>mad.wide.s32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAddSigned(byte* d, byte* a, byte* b, byte* c, long immediate)
    {
        for (int i = 0; i < Lanes.Count; i += 8)
        {
            Vector512<long> x = Widen(Vector256.Load((int*)a + i)), y = Widen(Vector256.Load((int*)b + i));
            (x * y + Vector512.Load((long*)c + i)).Store((long*)d + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Widen(Vector256<uint> x) => Vector512.Create(Vector256.WidenLower(x), Vector256.WidenUpper(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Widen(Vector256<int> x) => Vector512.Create(Vector256.WidenLower(x), Vector256.WidenUpper(x));
}
