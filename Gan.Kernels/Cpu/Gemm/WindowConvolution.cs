using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Forward convolution or data gradient, output channels on the vector axis. A part packs the windows of one panel of lanes and
/// multiplies them with some of the column panels of the packed weight: C tile = [12 lanes x 32 channels] of one grid position, all taps
/// summed in registers and written once. A column panel streams from L2 (two lines in twelve cycles, prefetched) while the positions of the block go
/// through it.
/// </summary>
internal readonly unsafe struct WindowConvolution<TOps, TVec>(WindowGeometry g, WindowBlocks blocks, int chunk, float* input, float* packed,
    float* bias, float* output, bool accumulate, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Neighbours read the same weights.</summary>
    public static bool InOrder => true;

    /// <summary>Parts to run.</summary>
    public static int Parts(in WindowGeometry g, in WindowBlocks blocks, int chunk) =>
        Panels.RowPanels(blocks.Lanes, TOps.Unit) * Chunks(g, chunk);

    /// <summary>
    /// Column panels a part goes through. Each part packs its window anew, so only as few parts as keep <paramref name="threads"/> busy to the end; which
    /// part computes an output does not change its sum.
    /// </summary>
    public static int ChunkPanels(in WindowGeometry g, in WindowBlocks blocks, int threads)
    {
        int panels = Panels.ColumnPanels(g.OutC, TOps.Width), rows = Panels.RowPanels(blocks.Lanes, TOps.Unit), chunk = panels;
        while (chunk > 1 && !Balanced(rows * ((panels + chunk - 1) / chunk), threads))
        {
            chunk = (chunk + 1) / 2;
        }
        return chunk;
    }

    /// <summary>Whether threads that take turns are idle for at most an eighth of the time.</summary>
    private static bool Balanced(int parts, int threads) => ((parts + threads - 1) / threads * threads - parts) * 8 <= parts && parts >= 4 * threads;

    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int chunks = Chunks(g, chunk), panel = part / chunks, firstColumn = part % chunks * chunk;
        (int first, int units) = Panels.RowPanel(blocks.Lanes, TOps.Unit, panel);
        int height = units * TOps.Unit, count = Math.Min(height, blocks.Lanes - first);
        float* window = scratch.Local(blocks.WindowFloats + TileRunner<TOps, TVec>.SpillLength);
        LanePanel lanes;
        lanes.Window = window;
        lanes.Spill = window + blocks.WindowFloats;
        (lanes.First, lanes.Count, lanes.Units, lanes.LastY, lanes.LastX) = (first, count, units, 0, 0);
        lanes.Range = WindowPacker.Pack(g, blocks, first, count, height, input, window);
        nint* offsets = stackalloc nint[height];
        nint* masked = stackalloc nint[height];
        lanes.Offsets = offsets;
        lanes.Masked = masked;
        for (int i = 0; i < count; i++)
        {
            (int image, int gridY, int gridX) = blocks.Lane(first + i);
            (lanes.LastY, lanes.LastX) = (Math.Max(lanes.LastY, gridY), Math.Max(lanes.LastX, gridX));
            offsets[i] = ((nint)image * g.OutH * g.OutW + ((nint)gridY * g.OutW + gridX) * g.OutStep) * g.OutC;
        }
        int lastColumn = Math.Min(firstColumn + chunk, Panels.ColumnPanels(g.OutC, TOps.Width));
        for (int ry = 0; ry < g.Phases; ry++)
        {
            for (int rx = 0; rx < g.Phases; rx++)
            {
                for (int column = firstColumn; column < lastColumn; column++)
                {
                    RunPhase(&lanes, ry, rx, column);
                }
            }
        }
    }

    private static int Chunks(in WindowGeometry g, int chunk) => (Panels.ColumnPanels(g.OutC, TOps.Width) + chunk - 1) / chunk;

    private void RunPhase(LanePanel* lanes, int ry, int rx, int column)
    {
        AxisPhase py = g.PhaseY(ry), px = g.PhaseX(rx);
        int firstChannel = column * 2 * TOps.Width, vectors = Panels.ColumnVectors(g.OutC, TOps.Width, column);
        int columns = vectors * TOps.Width, height = lanes->Units * TOps.Unit;
        WindowRange range = lanes->Range;
        float* weights = packed + WeightPacker.PhaseOffset(g, TOps.Width, ry, rx) + (long)firstChannel * py.Taps * px.Taps * g.InC;
        Tile tile = default;
        tile.AStep = (nint)range.Width * g.InC * height;
        tile.BStep = (nint)px.Taps * g.InC * columns;
        tile.RowCount = lanes->Count;
        tile.ValidColumns = Math.Min(columns, g.OutC - firstChannel);
        tile.Bias = bias == null ? null : bias + firstChannel;
        tile.Accumulate = accumulate;
        for (int y = 0; y < blocks.BlockY; y++)
        {
            int top = y * g.GridStep + py.Origin - g.OriginMin;
            int low = Math.Max(top, range.YLow), high = Math.Min(top + py.Taps, range.YHigh);
            tile.Runs = Math.Max(0, high - low);
            for (int x = 0; x < blocks.BlockX; x++)
            {
                tile.ValidRows = Mask(lanes, py.Count - y, px.Count - x);
                if (tile.ValidRows == 0)
                {
                    continue;
                }
                tile.RowOffsets = tile.ValidRows == lanes->Count ? lanes->Offsets : lanes->Masked;
                int left = x * g.GridStep + px.Origin - g.OriginMin;
                int from = Math.Max(left, range.XLow), to = Math.Min(left + px.Taps, range.XHigh);
                tile.Steps = Math.Max(0, to - from) * g.InC;
                tile.A = lanes->Window + ((long)(low - range.YLow) * range.Width + (from - range.XLow)) * g.InC * height;
                tile.B = weights + ((long)(low - top) * px.Taps + (from - left)) * g.InC * columns;
                tile.C = output + (((long)py.Out + y * g.OutStep) * g.OutW + px.Out + x * g.OutStep) * g.OutC + firstChannel;
                TileRunner<TOps, TVec>.Run(&tile, lanes->Units, vectors, lanes->Spill);
            }
        }
    }

    /// <summary>Counts the lanes whose grid position is below the phase's count, and marks the others if there are any.</summary>
    private int Mask(LanePanel* lanes, int limitY, int limitX)
    {
        if (lanes->LastY < limitY && lanes->LastX < limitX)
        {
            return lanes->Count;
        }
        int valid = 0;
        for (int i = 0; i < lanes->Count; i++)
        {
            (_, int gridY, int gridX) = blocks.Lane(lanes->First + i);
            bool inside = gridY < limitY && gridX < limitX;
            valid += inside ? 1 : 0;
            lanes->Masked[i] = inside ? lanes->Offsets[i] : Tile.NoRow;
        }
        return valid;
    }

    private struct LanePanel
    {
        public float* Window;
        public float* Spill;
        public nint* Offsets;
        public nint* Masked;
        public WindowRange Range;
        public int First, Count, Units, LastY, LastX;
    }
}
