using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// mma.sync with float32 accumulators: D (16x8) = A (16xK) B (Kx8) + C, fragments as PTX ISA 8.5, sections 9.7.14.5.6 and 9.7.14.5.8, lay them out.
/// <para>
/// TF32 operands are cut to their upper 19 bits, as tensor cores ignore the lower 13; bfloat16 ones are exact. Products of such operands are exact in
/// float32. How tensor cores add them is not published: measurements (Fasi, Higham, Mikaitis, Pranesh 2021, "Numerical behavior of NVIDIA tensor cores")
/// find sums of 4 or 8 products aligned to the largest exponent and cut, not rounded. Here products are added one by one in the order of k, each sum rounded
/// to nearest: errors of the same size, not the same bits. Subnormal operands and results are kept, as there.
/// </para>
/// </summary>
internal static unsafe class MatrixProducts
{
    private const uint Tf32Bits = 0xFFFF_E000, UpperHalf = 0xFFFF_0000;

    /// <summary>m16n8k8, TF32.</summary>
    public static void Tf32K8(Warp warp, Instruction* i, uint mask) => Tf32(warp, i, mask, 8);

    /// <summary>m16n8k4, TF32.</summary>
    public static void Tf32K4(Warp warp, Instruction* i, uint mask) => Tf32(warp, i, mask, 4);

    /// <summary>m16n8k16, bfloat16.</summary>
    public static void BFloat16K16(Warp warp, Instruction* i, uint mask) => BFloat16(warp, i, mask, 16);

    /// <summary>m16n8k8, bfloat16.</summary>
    public static void BFloat16K8(Warp warp, Instruction* i, uint mask) => BFloat16(warp, i, mask, 8);

    /// <summary>
    /// Lane 4 g + t holds A(g, t), A(g + 8, t), then the same with k + 4; B(t, g), B(t + 4, g). So a register of A is a row-major 8x4 matrix already.
    /// </summary>
    [SkipLocalsInit]
    private static void Tf32(Warp warp, Instruction* i, uint mask, int depth)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        uint* numbers = stackalloc uint[6 * Lanes.Count];
        float** a = stackalloc float*[16];
        float* b = stackalloc float[8 * 8];
        int registers = depth / 4 * 3;
        for (int r = 0; r < registers; r++)
        {
            Cut(warp.Registers + warp.More(i, 4 + r), numbers + (r * Lanes.Count), Tf32Bits, 0);
        }

        for (int k = 0; k < depth; k++)
        {
            int pair = k >> 2;
            a[k] = (float*)(numbers + (2 * pair * Lanes.Count) + (k & 3));
            a[8 + k] = (float*)(numbers + (((2 * pair) + 1) * Lanes.Count) + (k & 3));
            Row(b + (8 * k), (float*)(numbers + (((depth / 2) + pair) * Lanes.Count) + (k & 3)));
        }

        Multiply(warp, i, a, a + 8, b, depth, 4 + registers);
    }

    /// <summary>Lane 4 g + t holds pairs along k: A(g, 2t), A(g + 8, 2t), then the same with k + 8; B(2t, g), B(2t + 8, g).</summary>
    [SkipLocalsInit]
    private static void BFloat16(Warp warp, Instruction* i, uint mask, int depth)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        uint* numbers = stackalloc uint[2 * 6 * Lanes.Count];
        float** a = stackalloc float*[32];
        float* b = stackalloc float[16 * 8];
        int registers = depth / 8 * 3;
        for (int r = 0; r < registers; r++)
        {
            byte* from = warp.Registers + warp.More(i, 4 + r);
            Cut(from, numbers + (2 * r * Lanes.Count), UpperHalf, 16);
            Cut(from, numbers + (((2 * r) + 1) * Lanes.Count), UpperHalf, 0);
        }

        for (int k = 0; k < depth; k++)
        {
            int pair = k >> 3, odd = k & 1, t = (k & 7) >> 1;
            a[k] = (float*)(numbers + (((4 * pair) + odd) * Lanes.Count) + t);
            a[16 + k] = (float*)(numbers + (((4 * pair) + 2 + odd) * Lanes.Count) + t);
            Row(b + (8 * k), (float*)(numbers + (((depth / 2) + (2 * pair) + odd) * Lanes.Count) + t));
        }

        Multiply(warp, i, a, a + 16, b, depth, 4 + registers);
    }

    /// <summary>Copies a register, shifted left and with some bits only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Cut(byte* from, uint* to, uint bits, int shift)
    {
        ((Vector512.Load((uint*)from) << shift) & Vector512.Create(bits)).Store(to);
        ((Vector512.Load((uint*)(from + 64)) << shift) & Vector512.Create(bits)).Store(to + 16);
    }

    /// <summary>A row of B, from lanes 4 n, even columns before odd ones: the order in which accumulators lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(float* to, float* from)
    {
        for (int n = 0; n < 4; n++)
        {
            to[n] = from[8 * n];
            to[4 + n] = from[(8 * n) + 4];
        }
    }

    /// <summary>Lane 4 g + t holds C(g, 2t), C(g, 2t + 1), then row g + 8.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="i">The instruction; its first four further operands are the result.</param>
    /// <param name="low">For each k, A(0, k); row g lies 4 g further.</param>
    /// <param name="high">The same from row 8 on.</param>
    /// <param name="b">Rows of B.</param>
    /// <param name="depth">K.</param>
    /// <param name="c">Number of the first operand of C.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Multiply(Warp warp, Instruction* i, float** low, float** high, float* b, int depth, int c)
    {
        float* result = stackalloc float[4 * Lanes.Count];
        for (int half = 0; half < 2; half++)
        {
            float* even = (float*)(warp.Registers + warp.More(i, c + (2 * half))), odd = (float*)(warp.Registers + warp.More(i, c + (2 * half) + 1));
            float* to = result + (half * 2 * Lanes.Count);
            float** a = half == 0 ? low : high;
            for (int at = 0; at < Lanes.Count; at += 8)
            {
                Vector256<float> first = Vector256.Create(Vector128.Load(even + at), Vector128.Load(odd + at));
                Vector256<float> second = Vector256.Create(Vector128.Load(even + at + 4), Vector128.Load(odd + at + 4));
                for (int k = 0; k < depth; k++)
                {
                    Vector256<float> row = Vector256.Load(b + (8 * k));
                    first = Vector256.FusedMultiplyAdd(Vector256.Create(a[k][at]), row, first);
                    second = Vector256.FusedMultiplyAdd(Vector256.Create(a[k][at + 4]), row, second);
                }

                first.GetLower().Store(to + at);
                first.GetUpper().Store(to + Lanes.Count + at);
                second.GetLower().Store(to + at + 4);
                second.GetUpper().Store(to + Lanes.Count + at + 4);
            }
        }

        for (int r = 0; r < 4; r++)
        {
            Lanes.Vector1<uint, Move<uint>>(warp.Registers + warp.More(i, r), (byte*)(result + (r * Lanes.Count)), null, null, 0);
        }
    }
}
