using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Packing by transposition: several contiguous streams ("lanes": rows of a matrix, images of a batch) become one panel in which the lanes lie side
/// by side, element after element. Four lanes at a time through 4x4 transposes in registers, about 0.15 cycles an element; and the way back.
/// </summary>
internal static unsafe class Interleave
{
    /// <summary>
    /// Elements done for all lanes before the next: their part of the panel stays in L1 while the lanes fill it, and each lane is a stream that the
    /// processor's prefetcher follows. (Lane by lane over the whole length, panels of 32 lanes took ten times as long.)
    /// </summary>
    private const int Chunk = 32;

    /// <summary>
    /// panel[e * stride + i] = lanes[i][e] for e in [0, count) and i in [0, stride); a lane that is null, or beyond <paramref name="laneCount"/>, is zero.
    /// </summary>
    public static void Pack(float** lanes, int laneCount, int count, float* panel, int stride)
    {
        for (int e = 0; e < count; e += Chunk)
        {
            PackChunk(lanes, laneCount, e, Math.Min(Chunk, count - e), panel + (long)e * stride, stride);
        }
    }

    /// <summary>lanes[i][e] (+)= panel[e * stride + i] for e in [0, count); null lanes are skipped.</summary>
    public static void Unpack(float* panel, int stride, int count, float** lanes, int laneCount, bool accumulate)
    {
        for (int e = 0; e < count; e += Chunk)
        {
            UnpackChunk(panel + (long)e * stride, stride, e, Math.Min(Chunk, count - e), lanes, laneCount, accumulate);
        }
    }

    /// <summary>to[e * stride + i] = from[i * count + e] for i in [0, lanes) and e in [0, count): neighbouring lanes of equal length.</summary>
    public static void PackNeighbours(float* from, int lanes, int count, float* to, int stride)
    {
        int i = 0;
        for (; Transpose16.IsSupported && count % 16 == 0 && i + 16 <= lanes; i += 16, from += 16 * (nint)count)
        {
            for (int e = 0; e < count; e += 16)
            {
                Transpose16.Run(from + e, count, to + i + (long)e * stride, stride);
            }
        }
        for (; i + 4 <= lanes; i += 4, from += 4 * (nint)count)
        {
            PackFour(from, from + count, from + 2 * (nint)count, from + 3 * (nint)count, count, to + i, stride);
        }
        for (; i < lanes; i++, from += count)
        {
            PackOne(from, count, to + i, stride);
        }
    }

    private static void PackChunk(float** lanes, int laneCount, int e, int count, float* panel, int stride)
    {
        int i = 0;
        for (; i + 4 <= laneCount && i + 4 <= stride; i += 4)
        {
            if (lanes[i] != null && lanes[i + 1] != null && lanes[i + 2] != null && lanes[i + 3] != null)
            {
                PackFour(lanes[i] + e, lanes[i + 1] + e, lanes[i + 2] + e, lanes[i + 3] + e, count, panel + i, stride);
            }
            else
            {
                for (int t = i; t < i + 4; t++)
                {
                    PackOne(lanes[t] == null ? null : lanes[t] + e, count, panel + t, stride);
                }
            }
        }
        for (; i < stride; i++)
        {
            PackOne(i < laneCount && lanes[i] != null ? lanes[i] + e : null, count, panel + i, stride);
        }
    }

    private static void UnpackChunk(float* panel, int stride, int e, int count, float** lanes, int laneCount, bool accumulate)
    {
        int i = 0;
        for (; i + 4 <= laneCount; i += 4)
        {
            if (!accumulate && lanes[i] != null && lanes[i + 1] != null && lanes[i + 2] != null && lanes[i + 3] != null)
            {
                UnpackFour(panel + i, stride, count, lanes[i] + e, lanes[i + 1] + e, lanes[i + 2] + e, lanes[i + 3] + e);
            }
            else
            {
                for (int t = i; t < i + 4; t++)
                {
                    UnpackOne(panel + t, stride, count, lanes[t] == null ? null : lanes[t] + e, accumulate);
                }
            }
        }
        for (; i < laneCount; i++)
        {
            UnpackOne(panel + i, stride, count, lanes[i] == null ? null : lanes[i] + e, accumulate);
        }
    }

    private static void PackOne(float* lane, int count, float* panel, int stride)
    {
        if (lane == null)
        {
            for (int e = 0; e < count; e++, panel += stride)
            {
                *panel = 0;
            }
            return;
        }
        for (int e = 0; e < count; e++, panel += stride)
        {
            *panel = lane[e];
        }
    }

    private static void UnpackOne(float* panel, int stride, int count, float* lane, bool accumulate)
    {
        for (int e = 0; lane != null && e < count; e++, panel += stride)
        {
            lane[e] = accumulate ? lane[e] + *panel : *panel;
        }
    }

    private static void PackFour(float* a, float* b, float* c, float* d, int count, float* panel, int stride)
    {
        int e = 0;
        if (Avx.IsSupported)
        {
            for (; e + 8 <= count; e += 8, panel += 8 * (nint)stride)
            {
                Vector256<float> x = Vector256.Load(a + e), y = Vector256.Load(b + e), z = Vector256.Load(c + e), w = Vector256.Load(d + e);
                Vector256<double> xyLow = Avx.UnpackLow(x, y).AsDouble(), xyHigh = Avx.UnpackHigh(x, y).AsDouble();
                Vector256<double> zwLow = Avx.UnpackLow(z, w).AsDouble(), zwHigh = Avx.UnpackHigh(z, w).AsDouble();
                Vector256<float> e04 = Avx.UnpackLow(xyLow, zwLow).AsSingle(), e15 = Avx.UnpackHigh(xyLow, zwLow).AsSingle();
                Vector256<float> e26 = Avx.UnpackLow(xyHigh, zwHigh).AsSingle(), e37 = Avx.UnpackHigh(xyHigh, zwHigh).AsSingle();
                float* upper = panel + 4 * (nint)stride;
                e04.GetLower().Store(panel);
                e15.GetLower().Store(panel + stride);
                e26.GetLower().Store(panel + 2 * (nint)stride);
                e37.GetLower().Store(panel + 3 * (nint)stride);
                e04.GetUpper().Store(upper);
                e15.GetUpper().Store(upper + stride);
                e26.GetUpper().Store(upper + 2 * (nint)stride);
                e37.GetUpper().Store(upper + 3 * (nint)stride);
            }
        }
        if (Sse.IsSupported || AdvSimd.Arm64.IsSupported)
        {
            for (; e + 4 <= count; e += 4, panel += 4 * (nint)stride)
            {
                Vector128<float> x = Vector128.Load(a + e), y = Vector128.Load(b + e), z = Vector128.Load(c + e), w = Vector128.Load(d + e);
                Transpose(ref x, ref y, ref z, ref w);
                x.Store(panel);
                y.Store(panel + stride);
                z.Store(panel + 2 * (nint)stride);
                w.Store(panel + 3 * (nint)stride);
            }
        }
        for (; e < count; e++, panel += stride)
        {
            panel[0] = a[e];
            panel[1] = b[e];
            panel[2] = c[e];
            panel[3] = d[e];
        }
    }

    private static void UnpackFour(float* panel, int stride, int count, float* a, float* b, float* c, float* d)
    {
        int e = 0;
        if (Sse.IsSupported || AdvSimd.Arm64.IsSupported)
        {
            for (; e + 4 <= count; e += 4, panel += 4 * (nint)stride)
            {
                Vector128<float> x = Vector128.Load(panel), y = Vector128.Load(panel + stride);
                Vector128<float> z = Vector128.Load(panel + 2 * (nint)stride), w = Vector128.Load(panel + 3 * (nint)stride);
                Transpose(ref x, ref y, ref z, ref w);
                x.Store(a + e);
                y.Store(b + e);
                z.Store(c + e);
                w.Store(d + e);
            }
        }
        for (; e < count; e++, panel += stride)
        {
            a[e] = panel[0];
            b[e] = panel[1];
            c[e] = panel[2];
            d[e] = panel[3];
        }
    }

    /// <summary>4x4 transpose; only called where SSE or AdvSimd is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector128<float> x, ref Vector128<float> y, ref Vector128<float> z, ref Vector128<float> w)
    {
        Vector128<float> xyLow, xyHigh, zwLow, zwHigh;
        if (Sse.IsSupported)
        {
            (xyLow, xyHigh) = (Sse.UnpackLow(x, y), Sse.UnpackHigh(x, y));
            (zwLow, zwHigh) = (Sse.UnpackLow(z, w), Sse.UnpackHigh(z, w));
            x = Sse.MoveLowToHigh(xyLow, zwLow);
            y = Sse.MoveHighToLow(zwLow, xyLow);
            z = Sse.MoveLowToHigh(xyHigh, zwHigh);
            w = Sse.MoveHighToLow(zwHigh, xyHigh);
        }
        else
        {
            (xyLow, xyHigh) = (AdvSimd.Arm64.ZipLow(x, y), AdvSimd.Arm64.ZipHigh(x, y));
            (zwLow, zwHigh) = (AdvSimd.Arm64.ZipLow(z, w), AdvSimd.Arm64.ZipHigh(z, w));
            x = AdvSimd.Arm64.ZipLow(xyLow.AsDouble(), zwLow.AsDouble()).AsSingle();
            y = AdvSimd.Arm64.ZipHigh(xyLow.AsDouble(), zwLow.AsDouble()).AsSingle();
            z = AdvSimd.Arm64.ZipLow(xyHigh.AsDouble(), zwHigh.AsDouble()).AsSingle();
            w = AdvSimd.Arm64.ZipHigh(xyHigh.AsDouble(), zwHigh.AsDouble()).AsSingle();
        }
    }
}
