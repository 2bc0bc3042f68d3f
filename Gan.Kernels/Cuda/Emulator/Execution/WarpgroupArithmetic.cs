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
    public static void Tf32Rows(byte* shared, int* chunks, float* a)
    {
        for (int c = 0; c < 2 * Rows; c++)
        {
            (Vector128.Load((uint*)(shared + chunks[c])) & Vector128.Create(Tf32Bits)).AsSingle().Store(a + (4 * c));
        }
    }

    /// <summary>Columns of B in TF32, K-major, to rows of B whose columns lie as <see cref="Place"/> says.</summary>
    public static void Tf32Columns(byte* shared, int* chunks, int columns, float* b)
    {
        for (int n = 0; n < columns; n++)
        {
            uint* low = (uint*)(shared + chunks[2 * n]), high = (uint*)(shared + chunks[(2 * n) + 1]);
            uint* to = (uint*)b + Place(n);
            for (int k = 0; k < 4; k++)
            {
                to[k * columns] = low[k] & Tf32Bits;
                to[(4 + k) * columns] = high[k] & Tf32Bits;
            }
        }
    }

    /// <summary>bfloat16 elements to where <paramref name="stepRow"/> and <paramref name="stepK"/> say; places of columns for B, plain rows for A.</summary>
    public static void BFloat16(byte* shared, int* chunks, int rows, bool isKMajor, bool isB, float* to, int stepRow, int stepK)
    {
        for (int c = 0; c < 2 * rows; c++)
        {
            ushort* from = (ushort*)(shared + chunks[c]);
            for (int e = 0; e < 8; e++)
            {
                int row = isKMajor ? c >> 1 : (8 * (c % (rows / 8))) + e, k = isKMajor ? (8 * (c & 1)) + e : c / (rows / 8);
                ((uint*)to)[((isB ? Place(row) : row) * stepRow) + (k * stepK)] = (uint)from[e] << 16;
            }
        }
    }

    /// <summary>A from registers, laid out as mma.m16n8k8 has TF32: lane 4 g + t holds A(g, t), A(g + 8, t), then the same with k + 4.</summary>
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

    /// <summary>Of 8 columns the even ones lie before the odd ones: the order in which accumulators hold them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Place(int column) => (column & ~7) | ((column & 1) << 2) | ((column & 7) >> 1);

    /// <summary>
    /// Adds 8 steps of k. Lane 4 g + t holds D(g, 8 j + 2 t) in register 4 j, D(g, 8 j + 2 t + 1) in 4 j + 1, and row g + 8 in the next two: so
    /// eight lanes of a register are two rows by four columns.
    /// </summary>
    /// <param name="warp">The warp.</param>
    /// <param name="registers">Bank offsets of D.</param>
    /// <param name="a">The first of 8 steps of row 0 of A.</param>
    /// <param name="depth">Steps from one row of A to the next.</param>
    /// <param name="b">8 rows of B.</param>
    /// <param name="isFresh">Sums start at zero instead of D.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Warp warp, ReadOnlySpan<int> registers, float* a, int depth, float* b, bool isFresh)
    {
        int columns = registers.Length * 2;
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
                float* d = (float*)(bank + Unsafe.Add(ref first, (half >> 1 << 2) + high + (half & 1))) + lanes, from = b + (4 * half);
                Vector256<float> sum = isFresh ? Vector256<float>.Zero : Vector256.Load(d);
                sum = Vector256.FusedMultiplyAdd(a0, Four(from), sum);
                sum = Vector256.FusedMultiplyAdd(a1, Four(from + columns), sum);
                sum = Vector256.FusedMultiplyAdd(a2, Four(from + (2 * columns)), sum);
                sum = Vector256.FusedMultiplyAdd(a3, Four(from + (3 * columns)), sum);
                sum = Vector256.FusedMultiplyAdd(a4, Four(from + (4 * columns)), sum);
                sum = Vector256.FusedMultiplyAdd(a5, Four(from + (5 * columns)), sum);
                sum = Vector256.FusedMultiplyAdd(a6, Four(from + (6 * columns)), sum);
                sum = Vector256.FusedMultiplyAdd(a7, Four(from + (7 * columns)), sum);
                sum.Store(d);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Both(float* upper, float* lower, int k) => Vector256.Create(Vector128.Create(upper[k]), Vector128.Create(lower[k]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Four(float* b) => Vector256.Create(Vector128.Load(b), Vector128.Load(b));
}
