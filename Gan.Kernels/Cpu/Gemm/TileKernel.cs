using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// The micro-kernel: a tile of C kept in registers while the panels of A and B stream by. Each step loads two vectors of B once and broadcasts
/// every row's element of A once: 14 loads for 24 fused multiply-adds at 12x32, well below the two loads a cycle that a core has, so
/// the multiply-add units are the limit. Twelve rows are written out because accumulators must be locals to live in registers; rows and
/// vectors beyond the shape are constant-false branches that the JIT drops.
/// </summary>
internal static unsafe class TileKernel<TOps, TVec, TShape>
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
    where TShape : struct, ITileShape
{
    private const int PrefetchDistance = 512;

    /// <summary>
    /// Computes a full tile. No call may stand here: with all vector registers caller-saved, one call after the loop makes the JIT keep every
    /// accumulator in memory inside the loop as well (measured: 23 % of peak instead of 95 %).
    /// </summary>
    public static void Run(Tile* tile)
    {
        int rows = TShape.Rows(TOps.Unit), width = TOps.Width, columns = width * TShape.Vectors;
        bool two = TShape.Vectors > 1, strided = TShape.Strided;
        if (Sse.IsSupported)
        {
            for (int i = 0; i < rows; i++)
            {
                float* row = tile->C + tile->RowOffsets[i];
                Sse.Prefetch0(row);
                if (columns > 16)
                {
                    Sse.Prefetch0(row + 16);
                }
            }
        }
        float* c = tile->C;
        nint* offsets = tile->RowOffsets;
        bool accumulate = tile->Accumulate;
        float* bias = tile->Bias;
        for (int firstRun = 0; firstRun < tile->Runs || firstRun == 0; firstRun += tile->RunsAtOnce)
        {
            int runs = Math.Min(tile->RunsAtOnce, tile->Runs - firstRun);
            for (int firstStep = 0; firstStep < tile->Steps || firstStep == 0; firstStep += tile->StepsAtOnce)
            {
                int length = Math.Min(tile->StepsAtOnce, tile->Steps - firstStep);
                TVec c0 = default, d0 = default;
                TVec c1 = default, d1 = default;
                TVec c2 = default, d2 = default;
                TVec c3 = default, d3 = default;
                TVec c4 = default, d4 = default;
                TVec c5 = default, d5 = default;
                TVec c6 = default, d6 = default;
                TVec c7 = default, d7 = default;
                TVec c8 = default, d8 = default;
                TVec c9 = default, d9 = default;
                TVec c10 = default, d10 = default;
                TVec c11 = default, d11 = default;
                float* aRun = tile->A + firstRun * tile->AStep + firstStep * (strided ? tile->AStride : rows);
                float* bRun = tile->B + firstRun * tile->BStep + firstStep * (strided ? tile->BStride : columns);
                for (int run = runs; run > 0; run--)
                {
                    float* a = aRun, b = bRun;
                    // Strided rows: every third has a pointer, the two after it are one and two row strides away. Twelve pointers would be too many.
                    nint row = strided ? tile->ARow : 1, stepA = strided ? tile->AStride : rows, stepB = strided ? tile->BStride : columns;
                    float* a3 = strided ? a + 3 * row : null, a6 = strided ? a + 6 * row : null, a9 = strided ? a + 9 * row : null;
                    for (int step = length; step > 0; step--)
                    {
                        if (Sse.IsSupported)
                        {
                            Sse.Prefetch0(b + PrefetchDistance);
                            if (columns > 16)
                            {
                                Sse.Prefetch0(b + PrefetchDistance + 16);
                            }
                        }
                        TVec b0 = TOps.Load(b), b1 = two ? TOps.Load(b + width) : default, x;
                        x = TOps.Broadcast(Row(a, a3, a6, a9, row, 0));
                        c0 = TOps.MultiplyAdd(x, b0, c0);
                        if (two)
                        {
                            d0 = TOps.MultiplyAdd(x, b1, d0);
                        }
                        if (rows > 1)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 1));
                            c1 = TOps.MultiplyAdd(x, b0, c1);
                            if (two)
                            {
                                d1 = TOps.MultiplyAdd(x, b1, d1);
                            }
                        }
                        if (rows > 2)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 2));
                            c2 = TOps.MultiplyAdd(x, b0, c2);
                            if (two)
                            {
                                d2 = TOps.MultiplyAdd(x, b1, d2);
                            }
                        }
                        if (rows > 3)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 3));
                            c3 = TOps.MultiplyAdd(x, b0, c3);
                            if (two)
                            {
                                d3 = TOps.MultiplyAdd(x, b1, d3);
                            }
                        }
                        if (rows > 4)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 4));
                            c4 = TOps.MultiplyAdd(x, b0, c4);
                            if (two)
                            {
                                d4 = TOps.MultiplyAdd(x, b1, d4);
                            }
                        }
                        if (rows > 5)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 5));
                            c5 = TOps.MultiplyAdd(x, b0, c5);
                            if (two)
                            {
                                d5 = TOps.MultiplyAdd(x, b1, d5);
                            }
                        }
                        if (rows > 6)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 6));
                            c6 = TOps.MultiplyAdd(x, b0, c6);
                            if (two)
                            {
                                d6 = TOps.MultiplyAdd(x, b1, d6);
                            }
                        }
                        if (rows > 7)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 7));
                            c7 = TOps.MultiplyAdd(x, b0, c7);
                            if (two)
                            {
                                d7 = TOps.MultiplyAdd(x, b1, d7);
                            }
                        }
                        if (rows > 8)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 8));
                            c8 = TOps.MultiplyAdd(x, b0, c8);
                            if (two)
                            {
                                d8 = TOps.MultiplyAdd(x, b1, d8);
                            }
                        }
                        if (rows > 9)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 9));
                            c9 = TOps.MultiplyAdd(x, b0, c9);
                            if (two)
                            {
                                d9 = TOps.MultiplyAdd(x, b1, d9);
                            }
                        }
                        if (rows > 10)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 10));
                            c10 = TOps.MultiplyAdd(x, b0, c10);
                            if (two)
                            {
                                d10 = TOps.MultiplyAdd(x, b1, d10);
                            }
                        }
                        if (rows > 11)
                        {
                            x = TOps.Broadcast(Row(a, a3, a6, a9, row, 11));
                            c11 = TOps.MultiplyAdd(x, b0, c11);
                            if (two)
                            {
                                d11 = TOps.MultiplyAdd(x, b1, d11);
                            }
                        }
                        if (strided)
                        {
                            a += stepA;
                            a3 += rows > 3 ? stepA : 0;
                            a6 += rows > 6 ? stepA : 0;
                            a9 += rows > 9 ? stepA : 0;
                            b += stepB;
                        }
                        else
                        {
                            a += rows;
                            b += columns;
                        }
                    }
                    aRun += tile->AStep;
                    bRun += tile->BStep;
                }
                // Loaded only here: kept across the loop, two more registers would push accumulators out of the 16 that AVX2 has.
                TVec bias0 = default, bias1 = default;
                if (bias != null)
                {
                    bias0 = TOps.Load(bias);
                    bias1 = two ? TOps.Load(bias + width) : default;
                }
                Write(c + offsets[0], c0, d0, bias0, bias1, accumulate);
                if (rows > 1)
                {
                    Write(c + offsets[1], c1, d1, bias0, bias1, accumulate);
                }
                if (rows > 2)
                {
                    Write(c + offsets[2], c2, d2, bias0, bias1, accumulate);
                }
                if (rows > 3)
                {
                    Write(c + offsets[3], c3, d3, bias0, bias1, accumulate);
                }
                if (rows > 4)
                {
                    Write(c + offsets[4], c4, d4, bias0, bias1, accumulate);
                }
                if (rows > 5)
                {
                    Write(c + offsets[5], c5, d5, bias0, bias1, accumulate);
                }
                if (rows > 6)
                {
                    Write(c + offsets[6], c6, d6, bias0, bias1, accumulate);
                }
                if (rows > 7)
                {
                    Write(c + offsets[7], c7, d7, bias0, bias1, accumulate);
                }
                if (rows > 8)
                {
                    Write(c + offsets[8], c8, d8, bias0, bias1, accumulate);
                }
                if (rows > 9)
                {
                    Write(c + offsets[9], c9, d9, bias0, bias1, accumulate);
                }
                if (rows > 10)
                {
                    Write(c + offsets[10], c10, d10, bias0, bias1, accumulate);
                }
                if (rows > 11)
                {
                    Write(c + offsets[11], c11, d11, bias0, bias1, accumulate);
                }
                accumulate = true;
                bias = null;
            }
        }
    }

    /// <summary>Address of row <paramref name="i"/>, a constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Row(float* a, float* a3, float* a6, float* a9, nint row, int i)
    {
        if (!TShape.Strided)
        {
            return a + i;
        }
        float* first = i < 3 ? a : i < 6 ? a3 : i < 9 ? a6 : a9;
        return i % 3 == 0 ? first : i % 3 == 1 ? first + row : first + 2 * row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* row, TVec x, TVec y, TVec biasX, TVec biasY, bool accumulate)
    {
        x = TOps.Add(x, biasX);
        if (TShape.Vectors > 1)
        {
            y = TOps.Add(y, biasY);
        }
        if (accumulate)
        {
            x = TOps.Add(x, TOps.Load(row));
            if (TShape.Vectors > 1)
            {
                y = TOps.Add(y, TOps.Load(row + TOps.Width));
            }
        }
        TOps.Store(row, x);
        if (TShape.Vectors > 1)
        {
            TOps.Store(row + TOps.Width, y);
        }
    }
}
