using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// wgmma (PTX ISA 8.5, section 9.7.15). A product needs its warp's 16 rows of A and all of B, so each warp of the group executes its share alone, and only
/// when a wait covers its group: memory that changes before, or registers used before, are errors or give wrong values.
/// </summary>
internal static unsafe class WarpgroupProducts
{
    /// <summary>Bits of a product's immediate: an operand lies MN-major.</summary>
    public const long TransposedA = 1, TransposedB = 2;

    /// <summary>Rows of A of the whole group.</summary>
    private const int GroupRows = 64;

    /// <summary>Most chunks of a product: 2 for each row of A and column of B.</summary>
    private const int MaxChunks = 2 * (WarpgroupArithmetic.Rows + 256);

    /// <summary>fence.proxy.async: orders a lane's accesses to shared memory with those of products.</summary>
    public static void FenceProxy(Warp warp, Instruction* i, uint mask) => warp.FenceProxy(mask);

    /// <summary>wgmma.fence.</summary>
    public static void Fence(Warp warp, Instruction* i, uint mask)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        warp.Products.Fence();
    }

    /// <summary>wgmma.commit_group.</summary>
    public static void Commit(Warp warp, Instruction* i, uint mask)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        warp.Products.Commit();
    }

    /// <summary>wgmma.wait_group n (immediate n): executes the products of all but the last n groups.</summary>
    public static void Wait(Warp warp, Instruction* i, uint mask)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        foreach (PendingProduct product in warp.Products.Complete(warp, i->Immediate))
        {
            Execute(warp, product);
        }
    }

    /// <summary>
    /// wgmma.mma_async: A and B are bank offsets of descriptors (A -1: in registers), C the predicate scale-d; further operands are N, the numbers of the
    /// lists of D and of A in <see cref="RegisterSets"/> (-1: a descriptor), then the registers of both.
    /// </summary>
    [SkipLocalsInit]
    public static void Multiply(Warp warp, Instruction* i, uint mask)
    {
        warp.DemandAllLanes(i, mask, Warp.Full);
        uint scale = *(uint*)(warp.Registers + i->C);
        if (scale is not (0 or Warp.Full))
        {
            int lane = BitOperations.TrailingZeroCount((scale & 1) == 0 ? scale : ~scale);
            warp.Fail(EmulatorErrorKind.Warpgroup, i, lane, $"lanes 0 and {lane} differ in scale-d");
        }

        bool isSum = (scale != 0) != ((i->Flags & InstructionFlags.NegatedPredicate) != 0);
        var product = new PendingProduct((nint)i, i->A < 0 ? 0 : Uniform(warp, i, i->A), Uniform(warp, i, i->B), isSum, warp.Block.Shared.Epoch);
        CheckDescriptors(warp, i, product);
        warp.Products.Begin(warp, i, product);
        int* chunks = stackalloc int[MaxChunks];
        AsyncReads.Begin(warp, i, chunks, Chunks(warp, i, product, chunks, out _));
    }

    /// <summary>The addresses of the chunks that a warp's share reads: those of A, then those of B.</summary>
    /// <returns>How many; <paramref name="ofA"/> of them are A's.</returns>
    private static int Chunks(Warp warp, Instruction* i, in PendingProduct product, int* to, out int ofA)
    {
        int columns = warp.More(i, 0), rows = WarpgroupArithmetic.Rows;
        ofA = i->A < 0 ? 0 : 2 * rows;
        if (ofA != 0)
        {
            new MatrixDescriptor(product.A).Chunks(rows * (warp.Index & 3), rows, (i->Immediate & TransposedA) == 0, to);
        }

        new MatrixDescriptor(product.B).Chunks(0, columns, (i->Immediate & TransposedB) == 0, to + ofA);
        return ofA + (2 * columns);
    }

    /// <summary>Fails when a descriptor's layout is not what its swizzle mode needs.</summary>
    private static void CheckDescriptors(Warp warp, Instruction* i, in PendingProduct product)
    {
        if (i->A >= 0)
        {
            Check(warp, i, "A", new MatrixDescriptor(product.A), GroupRows, (i->Immediate & TransposedA) == 0);
        }

        Check(warp, i, "B", new MatrixDescriptor(product.B), warp.More(i, 0), (i->Immediate & TransposedB) == 0);
    }

    private static void Check(Warp warp, Instruction* i, string name, MatrixDescriptor matrix, int rows, bool isKMajor)
    {
        if (matrix.BaseOffset != 0)
        {
            warp.Fail(EmulatorErrorKind.Unsupported, i, 0, $"the descriptor of {name} has base offset {matrix.BaseOffset}; only 0 is supported");
        }

        if (matrix.Problem(rows, isKMajor) is { } problem)
        {
            warp.Fail(EmulatorErrorKind.Misaligned, i, 0, $"the descriptor of {name} does not fit: {problem}");
        }
    }

    /// <summary>The value of a 64-bit register that all lanes must share.</summary>
    private static ulong Uniform(Warp warp, Instruction* i, int place)
    {
        ulong* lanes = (ulong*)(warp.Registers + place);
        int other = new ReadOnlySpan<ulong>(lanes, Lanes.Count).IndexOfAnyExcept(lanes[0]);
        if (other >= 0)
        {
            warp.Fail(EmulatorErrorKind.Warpgroup, i, other, $"lanes 0 and {other} differ in a matrix descriptor: 0x{lanes[0]:x} and 0x{lanes[other]:x}");
        }

        return lanes[0];
    }

    [SkipLocalsInit]
    private static void Execute(Warp warp, in PendingProduct product)
    {
        Instruction* i = (Instruction*)product.Instruction;
        int* chunks = stackalloc int[MaxChunks];
        float* a = stackalloc float[WarpgroupArithmetic.Rows * 16];
        float* b = stackalloc float[2 * 8 * 256];
        bool isBFloat16 = (i->Flags & InstructionFlags.Second) != 0;
        int columns = warp.More(i, 0), depth = isBFloat16 ? 16 : 8;
        int count = Chunks(warp, i, product, chunks, out int ofA);
        AsyncReads.End(warp, product, chunks, count);
        byte* shared = warp.Block.Shared.Data;
        var d = new ReadOnlySpan<int>(warp.Block.Operands + i->More + 3, columns / 2);
        var fragment = new ReadOnlySpan<int>(warp.Block.Operands + i->More + 3 + (columns / 2), ofA == 0 ? 4 : 0);
        switch (isBFloat16, ofA != 0)
        {
            case (true, true):
                WarpgroupArithmetic.BFloat16Rows(shared, chunks, (i->Immediate & TransposedA) == 0, a);
                break;
            case (true, false):
                WarpgroupArithmetic.BFloat16Fragment(warp, fragment, a);
                break;
            case (false, true):
                WarpgroupArithmetic.Tf32Rows(shared, chunks, a);
                break;
            default:
                WarpgroupArithmetic.Tf32Fragment(warp, fragment, a);
                break;
        }

        for (int k = 0; k < depth; k += 8)
        {
            if (isBFloat16)
            {
                WarpgroupArithmetic.BFloat16Columns(shared, chunks + ofA, columns, (i->Immediate & TransposedB) == 0, k / 8, b);
            }
            else
            {
                WarpgroupArithmetic.Tf32Columns(shared, chunks + ofA, columns, b);
            }

            WarpgroupArithmetic.Multiply(warp, d, a + k, depth, b, isFresh: k == 0 && !product.IsSum);
        }
    }
}
