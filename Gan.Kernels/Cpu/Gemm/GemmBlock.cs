using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// The blocked matrix product (Goto and van de Geijn 2008): a part packs its rows of A and columns of B for 256 steps at a time, keeps a column panel of
/// B in L1 and lets the row panels of A pass from L2. Blocks of C are written in place or, where K is cut into chunks, to partial sums.
/// </summary>
internal readonly unsafe struct GemmBlock<TOps, TVec, TA, TB>(GemmPlan plan, TA a, TB b, float* bias, float* c, bool accumulate,
    float* partials, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
    where TA : struct, IPanelSource
    where TB : struct, IPanelSource
{
    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int blocks = plan.RowBlocks * plan.ColumnBlocks, chunk = part / blocks, block = part % blocks;
        int row = plan.Row(block % plan.RowBlocks), column = plan.Column(block / plan.RowBlocks);
        int rows = plan.Row(block % plan.RowBlocks + 1) - row, columns = plan.Column(block / plan.RowBlocks + 1) - column;
        int step = chunk * plan.ChunkLength, end = Math.Min(plan.K, step + plan.ChunkLength);
        int longest = Math.Min(GemmPlan.StepBlock, plan.K);
        long rowFloats = (long)Panels.PaddedRows(rows, TOps.Unit) * longest, columnFloats = (long)Panels.PaddedColumns(columns, TOps.Width) * longest;
        rowFloats = (rowFloats + 15) / 16 * 16;
        float* packedB = scratch.Local(rowFloats + columnFloats + TileRunner<TOps, TVec>.SpillLength);
        float* packedA = packedB + columnFloats, spill = packedA + rowFloats;
        float* target = (plan.Partial ? partials + (long)chunk * plan.M * plan.N : c) + (long)row * plan.N + column;
        bool add = accumulate && !plan.Partial;
        float* firstBias = plan.Partial || bias == null ? null : bias + column;
        do
        {
            int steps = Math.Min(GemmPlan.StepBlock, end - step);
            PackRows(row, rows, step, steps, packedA);
            PackColumns(column, columns, step, steps, packedB);
            Multiply(rows, columns, steps, packedA, packedB, target, firstBias, add, spill);
            (step, add) = (step + steps, true);
            firstBias = null;
        }
        while (step < end);
    }

    private void PackRows(int row, int rows, int step, int steps, float* packed)
    {
        for (int panel = 0; panel < Panels.RowPanels(rows, TOps.Unit); panel++)
        {
            (int first, int units) = Panels.RowPanel(rows, TOps.Unit, panel);
            int height = units * TOps.Unit;
            a.Pack(row + first, Math.Min(height, rows - first), height, step, steps, packed + (long)first * steps);
        }
    }

    private void PackColumns(int column, int columns, int step, int steps, float* packed)
    {
        for (int panel = 0, first = 0; first < columns; panel++, first += 2 * TOps.Width)
        {
            int width = TOps.Width * Panels.ColumnVectors(columns, TOps.Width, panel);
            b.Pack(column + first, Math.Min(width, columns - first), width, step, steps, packed + (long)first * steps);
        }
    }

    [SkipLocalsInit]
    private void Multiply(int rows, int columns, int steps, float* packedA, float* packedB, float* target, float* firstBias, bool add, float* spill)
    {
        nint* offsets = stackalloc nint[3 * TOps.Unit];
        for (int i = 0; i < 3 * TOps.Unit; i++)
        {
            offsets[i] = (nint)i * plan.N;
        }
        Tile tile = default;
        (tile.Runs, tile.Steps, tile.Accumulate) = (1, steps, add);
        tile.RowOffsets = offsets;
        int panels = Panels.RowPanels(rows, TOps.Unit);
        for (int j = 0, column = 0; column < columns; j++, column += 2 * TOps.Width)
        {
            int vectors = Panels.ColumnVectors(columns, TOps.Width, j);
            tile.ValidColumns = Math.Min(vectors * TOps.Width, columns - column);
            tile.B = packedB + (long)column * steps;
            tile.Bias = firstBias == null ? null : firstBias + column;
            for (int i = 0; i < panels; i++)
            {
                (int first, int units) = Panels.RowPanel(rows, TOps.Unit, i);
                tile.A = packedA + (long)first * steps;
                tile.C = target + (long)first * plan.N + column;
                tile.RowCount = tile.ValidRows = Math.Min(units * TOps.Unit, rows - first);
                TileRunner<TOps, TVec>.Run(&tile, units, vectors, spill);
            }
        }
    }
}
