using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// The arithmetic of wgmma.mma_async: one warp's 16 rows of D (64xN) = A (64xK) B (KxN) + D. Operands are cut, and products added one by one in the order
/// of k, as in <see cref="MatrixProducts"/>.
/// </summary>
internal static unsafe class WarpgroupArithmetic
{
    /// <summary>Rows of a warp.</summary>
    public const int Rows = 16;

    private const uint Tf32Bits = 0xFFFF_E000, UpperHalf = 0xFFFF_0000;

    /// <summary>16 TF32 rows of A, K-major, from their chunks; row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tf32Rows(byte* shared, int* chunks, float* a)
    {
        for (int c = 0; c < 2 * Rows; c++)
        {
            (Vector128.Load((uint*)(shared + chunks[c])) & Vector128.Create(Tf32Bits)).AsSingle().Store(a + (4 * c));
        }
    }

    /// <summary>16 bfloat16 rows of A, from their chunks; row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16Rows(byte* shared, int* chunks, bool isKMajor, float* a)
    {
        for (int c = 0; c < 2 * Rows; c++)
        {
            ushort* from = (ushort*)(shared + chunks[c]);
            uint* to = (uint*)a + (isKMajor ? 8 * c : (8 * (c & 1) * 16) + (c >> 1));
            for (int e = 0; e < 8; e++)
            {
                to[isKMajor ? e : 16 * e] = (uint)from[e] << 16;
            }
        }
    }

    /// <summary>
    /// 8 rows of B in TF32 from the chunks of its columns (K-major). Of 8 columns the four even ones lie before the four odd ones, as accumulators hold
    /// them, and each four twice.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tf32Columns(byte* shared, int* chunks, int columns, float* b)
    {
        for (int c = 0; c < 2 * columns; c += 16)
        {
            for (int part = 0; part < 4; part++)
            {
                // Bit 0 of a part: odd columns; bit 1: steps 4 to 7.
                int* at = chunks + c + (2 * (part & 1)) + (part >> 1);
                uint* c0 = (uint*)(shared + at[0]), c2 = (uint*)(shared + at[4]), c4 = (uint*)(shared + at[8]), c6 = (uint*)(shared + at[12]);
                uint* to = (uint*)b + c + (8 * (part & 1)) + ((part >> 1) * 4 * 2 * columns);
                for (int k = 0; k < 4; k++, to += 2 * columns)
                {
                    Twice(Vector128.Create(c0[k], c2[k], c4[k], c6[k]) & Vector128.Create(Tf32Bits), to);
                }
            }
        }
    }

    /// <summary>8 rows of B in bfloat16, laid out as by <see cref="Tf32Columns"/>.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="chunks">All chunks of B.</param>
    /// <param name="columns">N.</param>
    /// <param name="isKMajor">A chunk is 8 steps of one column, else 8 columns of one step.</param>
    /// <param name="half">0: steps 0 to 7; 1: 8 to 15.</param>
    /// <param name="b">Where to put them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16Columns(byte* shared, int* chunks, int columns, bool isKMajor, int half, float* b)
    {
        uint* to = (uint*)b;
        if (!isKMajor)
        {
            for (int c = columns * half; c < columns * (half + 1); c++, to += 16)
            {
                Vector128<uint> pairs = Vector128.Load((uint*)(shared + chunks[c]));
                Twice(pairs << 16, to);
                Twice(pairs & Vector128.Create(UpperHalf), to + 8);
            }

            return;
        }

        for (int n = 0; n < columns; n += 8)
        {
            for (int odd = 0; odd < 2; odd++)
            {
                int* at = chunks + (2 * (n + odd)) + half;
                ushort* c0 = (ushort*)(shared + at[0]), c2 = (ushort*)(shared + at[4]), c4 = (ushort*)(shared + at[8]), c6 = (ushort*)(shared + at[12]);
                uint* row = to + (2 * n) + (8 * odd);
                for (int k = 0; k < 8; k++, row += 2 * columns)
                {
                    Twice(Vector128.Create((uint)c0[k], c2[k], c4[k], c6[k]) << 16, row);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twice(Vector128<uint> four, uint* to)
    {
        four.Store(to);
        four.Store(to + 4);
    }

    /// <summary>A from registers, laid out as mma.m16n8k8 has TF32: lane 4 g + t holds A(g, t), A(g + 8, t), then the same with k + 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tf32Fragment(Warp warp, ReadOnlySpan<int> registers, float* a)
    {
        for (int r = 0; r < 4; r++)
        {
            uint* from = (uint*)(warp.Registers + registers[r]);
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ((uint*)a)[(((lane >> 2) + (8 * (r & 1))) * 8) + (lane & 3) + (4 * (r >> 1))] = from[lane] & Tf32Bits;
            }
        }
    }

    /// <summary>A from registers, laid out as mma.m16n8k16 has bfloat16: pairs along k, A(g, 2t), A(g + 8, 2t), then the same with k + 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16Fragment(Warp warp, ReadOnlySpan<int> registers, float* a)
    {
        for (int r = 0; r < 4; r++)
        {
            uint* from = (uint*)(warp.Registers + registers[r]);
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                uint* to = (uint*)a + (((lane >> 2) + (8 * (r & 1))) * 16) + (2 * (lane & 3)) + (8 * (r >> 1));
                to[0] = from[lane] << 16;
                to[1] = from[lane] & UpperHalf;
            }
        }
    }

    /// <summary>
    /// Adds 8 steps of k. Lane 4 g + t holds D(g, 8 j + 2 t) in register 4 j, D(g, 8 j + 2 t + 1) in 4 j + 1, and row g + 8 in the next two: so
    /// eight lanes of a register are two rows by four columns.
    /// </summary>
    /// <param name="warp">The warp.</param>
    /// <param name="registers">Bank offsets of D.</param>
    /// <param name="a">The first of 8 steps of row 0 of A.</param>
    /// <param name="depth">Steps from one row of A to the next.</param>
    /// <param name="b">8 rows of B, as <see cref="Tf32Columns"/> puts them.</param>
    /// <param name="isFresh">Sums start at zero instead of D.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Warp warp, ReadOnlySpan<int> registers, float* a, int depth, float* b, bool isFresh)
    {
        int columns = registers.Length * 2, row = 2 * columns;
        byte* bank = warp.Registers;
        ref int first = ref MemoryMarshal.GetReference(registers);
        for (int pair = 0; pair < Rows / 2; pair++)
        {
            float* upper = a + (2 * pair * depth), lower = upper + depth;
            Vector256<float> a0 = Both(upper, lower, 0), a1 = Both(upper, lower, 1), a2 = Both(upper, lower, 2), a3 = Both(upper, lower, 3);
            Vector256<float> a4 = Both(upper, lower, 4), a5 = Both(upper, lower, 5), a6 = Both(upper, lower, 6), a7 = Both(upper, lower, 7);
            int lanes = 8 * (pair & 3), high = pair >> 2 << 1;
            for (int half = 0; half < columns / 4; half++)
            {
                float* d = (float*)(bank + Unsafe.Add(ref first, (half >> 1 << 2) + high + (half & 1))) + lanes, from = b + (8 * half);
                Vector256<float> sum = isFresh ? Vector256<float>.Zero : Vector256.Load(d);
                sum = Vector256.FusedMultiplyAdd(a0, Vector256.Load(from), sum);
                sum = Vector256.FusedMultiplyAdd(a1, Vector256.Load(from + row), sum);
                sum = Vector256.FusedMultiplyAdd(a2, Vector256.Load(from + (2 * row)), sum);
                sum = Vector256.FusedMultiplyAdd(a3, Vector256.Load(from + (3 * row)), sum);
                sum = Vector256.FusedMultiplyAdd(a4, Vector256.Load(from + (4 * row)), sum);
                sum = Vector256.FusedMultiplyAdd(a5, Vector256.Load(from + (5 * row)), sum);
                sum = Vector256.FusedMultiplyAdd(a6, Vector256.Load(from + (6 * row)), sum);
                sum = Vector256.FusedMultiplyAdd(a7, Vector256.Load(from + (7 * row)), sum);
                sum.Store(d);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Both(float* upper, float* lower, int k) => Vector256.Create(Vector128.Create(upper[k]), Vector128.Create(lower[k]));
}
