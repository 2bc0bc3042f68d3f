using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Copies many short rows: the packing of operands whose lanes are contiguous already.</summary>
internal static unsafe class RowCopy
{
    /// <summary>Rows fetched ahead; they are often a page apart, where the processor does not look ahead by itself.</summary>
    private const int Ahead = 12;

    /// <summary>
    /// to[r * |width| + i] = from[r * stride + i] for i in [0, count), r in [0, rows). A positive width also clears i in [count, width); a negative
    /// one leaves those elements, which belong to somebody else.
    /// </summary>
    public static void Copy(float* from, long stride, int count, int rows, float* to, int width)
    {
        if (width == count && Vector512.IsHardwareAccelerated && count == 32)
        {
            for (int r = 0; r < rows; r++, from += stride, to += 32)
            {
                Prefetch(from + Ahead * stride);
                Prefetch(from + Ahead * stride + 16);
                Vector512<float> x = Vector512.Load(from), y = Vector512.Load(from + 16);
                x.Store(to);
                y.Store(to + 16);
            }
        }
        else if (width == count && Vector128.IsHardwareAccelerated && count % 4 == 0)
        {
            CopyFours(from, stride, count, rows, to);
        }
        else
        {
            int clear = Math.Max(0, width - count), step = Math.Abs(width);
            for (int r = 0; r < rows; r++, from += stride, to += step)
            {
                for (int i = 0; i < count; i++)
                {
                    to[i] = from[i];
                }
                for (int i = 0; i < clear; i++)
                {
                    to[count + i] = 0;
                }
            }
        }
    }

    /// <summary>Copies one row of <paramref name="count"/> floats and clears up to <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void One(float* from, int count, float* to, int width)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= count - 4; i += 4)
            {
                Vector128.Load(from + i).Store(to + i);
            }
        }
        for (; i < count; i++)
        {
            to[i] = from[i];
        }
        for (; i < width; i++)
        {
            to[i] = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* p)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(p);
        }
    }

    private static void CopyFours(float* from, long stride, int count, int rows, float* to)
    {
        if (count == 12)
        {
            for (int r = 0; r < rows; r++, from += stride, to += 12)
            {
                Prefetch(from + Ahead * stride);
                Vector128<float> x = Vector128.Load(from), y = Vector128.Load(from + 4), z = Vector128.Load(from + 8);
                x.Store(to);
                y.Store(to + 4);
                z.Store(to + 8);
            }
            return;
        }
        for (int r = 0; r < rows; r++, from += stride, to += count)
        {
            for (int i = 0; i < count; i += 4)
            {
                Vector128.Load(from + i).Store(to + i);
            }
        }
    }
}
