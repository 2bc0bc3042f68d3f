using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Large products: all threads pack a slab of A and of B once, then share it. Up to 1,024 steps are summed in registers before C is touched, with the
/// column panel streaming from L2 and a block of rows staying there.
/// </summary>
internal readonly struct SharedPlan
{
    private const int LongestSlab = 1024;

    /// <summary>Packed rows of A that a part keeps in L2, in floats: 512 KiB, half of a small L2.</summary>
    private const int RowFloats = 1 << 17;

    public SharedPlan(int m, int n, int k, int unit, int width)
    {
        (M, N, K) = (m, n, k);
        int slabs = (k + LongestSlab - 1) / LongestSlab;
        Slab = (k + slabs - 1) / slabs;
        int tall = 3 * unit, wide = 2 * width;
        int mostRows = Math.Max(tall, RowFloats / Slab / tall * tall), blocks = (m + mostRows - 1) / mostRows;
        RowBlock = ((m + blocks - 1) / blocks + tall - 1) / tall * tall; // equal blocks: a short one would use its column panels badly
        ColumnBlock = (n + wide - 1) / wide * wide;
        while (Parts < 32 && (RowBlock > 8 * tall || ColumnBlock > 2 * wide))
        {
            if (ColumnBlock > 2 * wide && (ColumnBlock >= RowBlock || RowBlock <= 8 * tall))
            {
                ColumnBlock = (ColumnBlock / 2 + wide - 1) / wide * wide;
            }
            else
            {
                RowBlock = (RowBlock / 2 + tall - 1) / tall * tall;
            }
        }
    }

    public int M { get; }

    public int N { get; }

    public int K { get; }

    /// <summary>Steps packed at once.</summary>
    public int Slab { get; }

    public int RowBlock { get; }

    public int ColumnBlock { get; }

    public int RowBlocks => (M + RowBlock - 1) / RowBlock;

    public int ColumnBlocks => (N + ColumnBlock - 1) / ColumnBlock;

    public int Parts => RowBlocks * ColumnBlocks;

    /// <summary>Whether a product is large enough: packing is then a few percent, and there are enough tiles for all threads.</summary>
    public static bool Suits(int m, int n, int k) => m >= 192 && n >= 192 && k >= 64 && (long)m * n * k >= 20_000_000;
}

/// <summary>Packs a slab: first the row panels of A, then the column panels of B, one a part.</summary>
internal readonly unsafe struct SharedPack<TOps, TVec, TA, TB>(SharedPlan plan, TA a, TB b, int step, int steps, float* packedA, float* packedB) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
    where TA : struct, IPanelSource
    where TB : struct, IPanelSource
{
    /// <summary>Panels are packed in the order in which they are used (halves of their own cost products of 2048 cubed 3 %).</summary>
    public static bool InOrder => true;

    public void Run(int part, int parts)
    {
        int rowPanels = Panels.RowPanels(plan.M, TOps.Unit);
        if (part < rowPanels)
        {
            (int first, int units) = Panels.RowPanel(plan.M, TOps.Unit, part);
            int height = units * TOps.Unit;
            a.Pack(first, Math.Min(height, plan.M - first), height, step, steps, packedA + (long)first * steps);
        }
        else
        {
            int first = (part - rowPanels) * 2 * TOps.Width, width = TOps.Width * Panels.ColumnVectors(plan.N, TOps.Width, part - rowPanels);
            b.Pack(first, Math.Min(width, plan.N - first), width, step, steps, packedB + (long)first * steps);
        }
    }
}

/// <summary>Multiplies a packed slab: a block of C a part.</summary>
internal readonly unsafe struct SharedMultiply<TOps, TVec>(SharedPlan plan, int steps, float* packedA, float* packedB, float* bias, float* c,
    bool accumulate, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Neighbours read the same rows of A.</summary>
    public static bool InOrder => true;

    /// <summary>Steps a sum stays in one accumulator, see <see cref="Tile.Stretch"/>. Large products have no kinks behind them: twice what a convolution takes at K of 1,024.</summary>
    private const int Stretch = 256;

    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        // Neighbouring parts share their rows of A, which then stay in L2.
        int row = part / plan.ColumnBlocks * plan.RowBlock, column = part % plan.ColumnBlocks * plan.ColumnBlock;
        int lastRow = Math.Min(plan.M, row + plan.RowBlock), lastColumn = Math.Min(plan.N, column + plan.ColumnBlock);
        float* spill = scratch.Local(TileRunner<TOps, TVec>.SpillLength);
        nint* offsets = stackalloc nint[3 * TOps.Unit];
        for (int i = 0; i < 3 * TOps.Unit; i++)
        {
            offsets[i] = (nint)i * plan.N;
        }
        int rowPanels = Panels.RowPanels(plan.M, TOps.Unit);
        Tile tile = default;
        (tile.Runs, tile.Steps, tile.Accumulate) = (1, steps, accumulate);
        tile.RowOffsets = offsets;
        tile.Stretch = Stretch;
        for (; column < lastColumn; column += 2 * TOps.Width)
        {
            int vectors = Panels.ColumnVectors(plan.N, TOps.Width, column / (2 * TOps.Width));
            tile.ValidColumns = Math.Min(vectors * TOps.Width, plan.N - column);
            tile.B = packedB + (long)column * steps;
            tile.Bias = bias == null ? null : bias + column;
            for (int i = row / (3 * TOps.Unit); i < rowPanels; i++)
            {
                // The last two panels of M may be 8 + 8 rows instead of 12 + 4: a panel belongs to the block it begins in.
                (int first, int units) = Panels.RowPanel(plan.M, TOps.Unit, i);
                if (first >= lastRow)
                {
                    break;
                }
                if (first < row)
                {
                    continue;
                }
                tile.A = packedA + (long)first * steps;
                tile.C = c + (long)first * plan.N + column;
                tile.RowCount = tile.ValidRows = Math.Min(units * TOps.Unit, plan.M - first);
                TileRunner<TOps, TVec>.RunShared(&tile, units, vectors, spill);
            }
        }
    }
}
