using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>A 16x16 transpose in 16 registers of 512 bits: whole cache lines in, whole cache lines out. Needs AVX-512F.</summary>
internal static unsafe class Transpose16
{
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>to[e * toStride + i] = from[i * fromStride + e] for i and e in [0, 16).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* from, nint fromStride, float* to, nint toStride)
    {
        Four(from, fromStride, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        Four(from + 4 * fromStride, fromStride, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        Four(from + 8 * fromStride, fromStride, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        Four(from + 12 * fromStride, fromStride, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);
        Store(a0, b0, c0, d0, to, 4 * toStride);
        Store(a1, b1, c1, d1, to + toStride, 4 * toStride);
        Store(a2, b2, c2, d2, to + 2 * toStride, 4 * toStride);
        Store(a3, b3, c3, d3, to + 3 * toStride, 4 * toStride);
    }

    /// <summary>4x4 transposes of four rows: quarter q of <paramref name="x0"/> holds element 4 q of all four, x1 element 4 q + 1 and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* from, nint stride, out Vector512<float> x0, out Vector512<float> x1, out Vector512<float> x2, out Vector512<float> x3)
    {
        Vector512<float> x = Vector512.Load(from), y = Vector512.Load(from + stride);
        Vector512<float> z = Vector512.Load(from + 2 * stride), w = Vector512.Load(from + 3 * stride);
        Vector512<double> xyLow = Avx512F.UnpackLow(x, y).AsDouble(), xyHigh = Avx512F.UnpackHigh(x, y).AsDouble();
        Vector512<double> zwLow = Avx512F.UnpackLow(z, w).AsDouble(), zwHigh = Avx512F.UnpackHigh(z, w).AsDouble();
        x0 = Avx512F.UnpackLow(xyLow, zwLow).AsSingle();
        x1 = Avx512F.UnpackHigh(xyLow, zwLow).AsSingle();
        x2 = Avx512F.UnpackLow(xyHigh, zwHigh).AsSingle();
        x3 = Avx512F.UnpackHigh(xyHigh, zwHigh).AsSingle();
    }

    /// <summary>Row q of the four stored: the quarters q of a, b, c and d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint stride)
    {
        Vector512<float> abLow = Avx512F.Shuffle4x128(a, b, 0x44), abHigh = Avx512F.Shuffle4x128(a, b, 0xEE);
        Vector512<float> cdLow = Avx512F.Shuffle4x128(c, d, 0x44), cdHigh = Avx512F.Shuffle4x128(c, d, 0xEE);
        Avx512F.Shuffle4x128(abLow, cdLow, 0x88).Store(to);
        Avx512F.Shuffle4x128(abLow, cdLow, 0xDD).Store(to + stride);
        Avx512F.Shuffle4x128(abHigh, cdHigh, 0x88).Store(to + 2 * stride);
        Avx512F.Shuffle4x128(abHigh, cdHigh, 0xDD).Store(to + 3 * stride);
    }
}
