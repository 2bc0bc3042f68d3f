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
    /// <summary>m16n8k8, TF32.</summary>
    public static void Tf32K8(Warp warp, Instruction* i, uint mask) => Tf32(warp, i, mask, 8);

    /// <summary>m16n8k4, TF32.</summary>
    public static void Tf32K4(Warp warp, Instruction* i, uint mask) => Tf32(warp, i, mask, 4);

    /// <summary>m16n8k16, bfloat16.</summary>
    public static void BFloat16K16(Warp warp, Instruction* i, uint mask) => BFloat16(warp, i, mask, 16);

    /// <summary>m16n8k8, bfloat16.</summary>
    public static void BFloat16K8(Warp warp, Instruction* i, uint mask) => BFloat16(warp, i, mask, 8);

    /// <summary>Lane 4 g + t holds A(g, t), A(g + 8, t), then the same with k + 4; B(t, g), B(t + 4, g).</summary>
    private static void Tf32(Warp warp, Instruction* i, uint mask, int depth)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        float* a = stackalloc float[16 * 8], b = stackalloc float[8 * 8];
        int next = 4;
        for (int k = 0; k < depth; k += 4)
        {
            for (int rows = 0; rows < 16; rows += 8)
            {
                uint* from = (uint*)(warp.Registers + warp.More(i, next++));
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    ((uint*)a)[((rows + (lane >> 2)) * depth) + k + (lane & 3)] = from[lane] & 0xFFFF_E000;
                }
            }
        }

        for (int k = 0; k < depth; k += 4)
        {
            uint* from = (uint*)(warp.Registers + warp.More(i, next++));
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ((uint*)b)[((k + (lane & 3)) * 8) + (lane >> 2)] = from[lane] & 0xFFFF_E000;
            }
        }

        Multiply(warp, i, a, b, depth, next);
    }

    /// <summary>Lane 4 g + t holds pairs along k: A(g, 2t), A(g + 8, 2t), then the same with k + 8; B(2t, g), B(2t + 8, g).</summary>
    private static void BFloat16(Warp warp, Instruction* i, uint mask, int depth)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        uint* a = stackalloc uint[16 * 16], b = stackalloc uint[16 * 8];
        int next = 4;
        for (int k = 0; k < depth; k += 8)
        {
            for (int rows = 0; rows < 16; rows += 8)
            {
                uint* from = (uint*)(warp.Registers + warp.More(i, next++));
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    uint* to = a + ((rows + (lane >> 2)) * depth) + k + (2 * (lane & 3));
                    to[0] = from[lane] << 16;
                    to[1] = from[lane] & 0xFFFF_0000;
                }
            }
        }

        for (int k = 0; k < depth; k += 8)
        {
            uint* from = (uint*)(warp.Registers + warp.More(i, next++));
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                uint* to = b + ((k + (2 * (lane & 3))) * 8) + (lane >> 2);
                to[0] = from[lane] << 16;
                to[8] = from[lane] & 0xFFFF_0000;
            }
        }

        Multiply(warp, i, (float*)a, (float*)b, depth, next);
    }

    /// <summary>a is 16 x depth, b depth x 8; lane 4 g + t holds C(g, 2t), C(g, 2t + 1), then row g + 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Warp warp, Instruction* i, float* a, float* b, int depth, int next)
    {
        float* c = stackalloc float[16 * 8];
        for (int half = 0; half < 4; half++)
        {
            uint* from = (uint*)(warp.Registers + warp.More(i, next + half));
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ((uint*)c)[(((lane >> 2) + (8 * (half >> 1))) * 8) + (2 * (lane & 3)) + (half & 1)] = from[lane];
            }
        }

        for (int row = 0; row < 16; row++)
        {
            Vector256<float> sum = Vector256.Load(c + (8 * row));
            for (int k = 0; k < depth; k++)
            {
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(a[(row * depth) + k]), Vector256.Load(b + (8 * k)), sum);
            }

            sum.Store(c + (8 * row));
        }

        for (int half = 0; half < 4; half++)
        {
            uint* to = (uint*)(warp.Registers + warp.More(i, half));
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                to[lane] = ((uint*)c)[(((lane >> 2) + (8 * (half >> 1))) * 8) + (2 * (lane & 3)) + (half & 1)];
            }
        }
    }
}
