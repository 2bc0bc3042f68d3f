using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Forward convolution or data gradient to few channels (an image's 3 or 1), with the lanes on the vector axis: C tile = [output channels x 32 lanes], so
/// that no vector is mostly padding. The phases of a data gradient that read the same window (stride divides kernel) are rows of the same tile:
/// 2 x 2 phases of 3 channels fill the 12 rows exactly. Tiles go to a buffer of whole output rows, lanes side by side, which is then dealt out
/// to the images.
/// </summary>
internal readonly unsafe struct FewChannelConvolution<TOps, TVec>(WindowGeometry g, WindowBlocks blocks, float* input, float* packed,
    float* bias, float* output, bool accumulate, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Whether this is better than channels on the vector axis: a quarter or more of the vectors would be padding.</summary>
    public static bool Suits(int channels) => channels * 4 <= TOps.Width * 3;

    /// <summary>Parts to run.</summary>
    public static int Parts(in WindowBlocks blocks) => Panels.ColumnPanels(blocks.Lanes, TOps.Width);

    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int first = part * 2 * TOps.Width, vectors = Panels.ColumnVectors(blocks.Lanes, TOps.Width, part), width = vectors * TOps.Width;
        int count = Math.Min(width, blocks.Lanes - first), groups = g.Joint ? 1 : g.Phases, rowsInGroup = g.Joint ? g.Phases : 1;
        int rows = FewChannelWeights.Rows(g);
        long rowLength = (long)g.OutW * g.OutC * width;
        float* window = scratch.Local(blocks.WindowFloats + rowsInGroup * rowLength + TileRunner<TOps, TVec>.SpillLength);
        float* buffer = window + blocks.WindowFloats, spill = buffer + rowsInGroup * rowLength;
        WindowRange range = WindowPacker.Pack(g, blocks, first, count, width, input, window);
        nint* offsets = stackalloc nint[Panels.PaddedRows(rows, TOps.Unit)];
        Tile tile = default;
        tile.BStep = (nint)range.Width * g.InC * width;
        tile.ValidColumns = width;
        for (int y = 0; y < blocks.BlockY; y++)
        {
            for (int groupY = 0; groupY < groups; groupY++)
            {
                AxisPhase py = g.PhaseY(groupY);
                int top = y * g.GridStep + py.Origin - g.OriginMin;
                int low = Math.Max(top, range.YLow), high = Math.Min(top + py.Taps, range.YHigh);
                tile.Runs = Math.Max(0, high - low);
                for (int groupX = 0; groupX < groups; groupX++)
                {
                    AxisPhase px = g.PhaseX(groupX);
                    float* weights = packed + FewChannelWeights.GroupOffset(g, TOps.Unit, groupY, groupX);
                    for (int x = 0; x < px.Count; x++)
                    {
                        int left = x * g.GridStep + px.Origin - g.OriginMin;
                        int from = Math.Max(left, range.XLow), to = Math.Min(left + px.Taps, range.XHigh);
                        tile.Steps = Math.Max(0, to - from) * g.InC;
                        tile.B = window + ((long)(low - range.YLow) * range.Width + (from - range.XLow)) * g.InC * width;
                        int valid = FewChannelWeights.RowOffsets(g, groupX, x, width, offsets);
                        tile.C = buffer;
                        RunRows(tile, weights, offsets, rows, valid == rows, ((low - top) * px.Taps + (from - left)) * g.InC, py.Taps * px.Taps,
                            px.Taps, vectors, spill);
                    }
                }
                for (int row = 0; row < rowsInGroup; row++)
                {
                    Deal(y, g.PhaseY(g.Joint ? row : groupY), first, count, width, buffer + row * rowLength);
                }
            }
        }
    }

    /// <summary>All row panels of one grid position.</summary>
    private void RunRows(Tile tile, float* weights, nint* offsets, int rows, bool all, int skippedSteps, int taps, int runTaps, int vectors,
        float* spill)
    {
        for (int panel = 0; panel < Panels.RowPanels(rows, TOps.Unit); panel++)
        {
            (int first, int units) = Panels.RowPanel(rows, TOps.Unit, panel);
            int height = units * TOps.Unit;
            tile.A = weights + (long)first * taps * g.InC + (long)skippedSteps * height;
            tile.AStep = (nint)runTaps * g.InC * height;
            tile.RowOffsets = offsets + first;
            tile.RowCount = Math.Min(height, rows - first);
            tile.ValidRows = all ? tile.RowCount : 0;
            TileRunner<TOps, TVec>.Run(&tile, units, vectors, spill);
        }
    }

    /// <summary>Copies a finished row of all lanes to the images, where the lane has that row.</summary>
    private void Deal(int y, AxisPhase py, int first, int count, int width, float* row)
    {
        float** lanes = stackalloc float*[count];
        for (int i = 0; i < count; i++)
        {
            (int image, int gridY, _) = blocks.Lane(first + i);
            int outY = py.Out + (gridY + y) * g.OutStep;
            bool inside = gridY + y < py.Count && outY >= 0 && outY < g.OutH;
            lanes[i] = inside ? output + ((long)image * g.OutH + outY) * g.OutW * g.OutC : null;
        }
        int length = g.OutW * g.OutC;
        for (int e = 0; bias != null && e < length; e++)
        {
            float* values = row + (long)e * width, b = bias + e % g.OutC;
            for (int i = 0; i < width; i += TOps.Width)
            {
                TOps.Store(values + i, TOps.Add(TOps.Load(values + i), TOps.Broadcast(b)));
            }
        }
        Interleave.Unpack(row, width, length, lanes, count, accumulate);
    }
}
