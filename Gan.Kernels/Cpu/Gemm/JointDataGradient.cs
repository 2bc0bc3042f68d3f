using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Data gradient (or transposed convolution) to few channels where all phases read the same window (<see cref="WindowGeometry.Joint"/>): C tile = [(phase row,
/// channel) x 32 positions of one phase column], 6 rows for 2 phases of 3 channels. Of each input row the pixels are transposed once, [channel][column] with
/// zeros for the padding, into a ring of as many rows as a window has, small enough for L1; from then on a tap is an offset of one column. The next row is on its way
/// from memory meanwhile. Phase columns are taken in the order of the output's columns, so that dealing out is one interleave.
/// </summary>
internal readonly unsafe struct JointDataGradient<TOps, TVec>(WindowGeometry g, int band, float* input, float* packed, float* bias, float* output,
    bool accumulate, PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    private const int WantedParts = 32;

    /// <summary>
    /// Whether the outputs of a phase column fill whole tiles and its positions whole vectors of 512 bits. (With narrower ones the multiply-adds take so much longer
    /// than the packing that tiles of 12 rows are better: 0.89 times the speed with 256 bits.)
    /// </summary>
    public static bool Suits(in WindowGeometry g) =>
        TOps.Width >= 16 && g.Joint && JointWeights.Rows(g) == Tile6x2.Height && g.OutW % g.OutStep == 0 && g.OutW >= TOps.Width * g.OutStep;

    /// <summary>Grid rows of a part: a pure function of the shape.</summary>
    public static int Band(in WindowGeometry g)
    {
        int bands = Math.Max(1, WantedParts / Math.Max(1, g.N));
        return (g.GridH + bands - 1) / bands;
    }

    public static int Parts(in WindowGeometry g, int band) => checked(g.N * Bands(g, band));

    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        AxisPhase axis = g.PhaseY(0);
        int image = part / Bands(g, band), top = part % Bands(g, band) * band, end = Math.Min(top + band, g.GridH);
        int positions = g.OutW / g.OutStep, lane = LaneLength(), sumRow = Padded(positions), slot = lane * g.InC;
        float* ring = scratch.Local((long)axis.Taps * slot + (long)JointWeights.Rows(g) * g.Phases * sumRow + g.OutW * g.OutC);
        float* sums = ring + (long)axis.Taps * slot, line = sums + (long)JointWeights.Rows(g) * g.Phases * sumRow;
        new Span<float>(ring, axis.Taps * slot).Clear();
        float* pixels = input + (long)image * g.InH * g.InW * g.InC;
        nint* offsets = stackalloc nint[Tile6x2.Height];
        Tile tile = default;
        (tile.ARow, tile.AStride, tile.BStride) = (1, JointWeights.Rows(g), lane);
        (tile.AStep, tile.BStep) = ((nint)g.InC * JointWeights.Rows(g), 1);
        (tile.Runs, tile.Steps) = (axis.Taps, g.InC);
        tile.RowOffsets = offsets;
        int next = Math.Max(0, top + axis.Origin), rowFloats = g.InW * g.InC;
        int slice = rowFloats / (g.OutStep * axis.Taps * ((positions + 2 * TOps.Width - 1) / (2 * TOps.Width)));
        for (int y = top; y < end; y++)
        {
            int first = y + axis.Origin;
            for (; next < Math.Min(first + axis.Taps, g.InH); next++)
            {
                Fill(pixels + (long)next * rowFloats, ring + next % axis.Taps * slot, lane);
            }
            if (first >= g.InH || first + axis.Taps <= 0)
            {
                // no input row at all: outputs that no window of the forward pass touches
                new Span<float>(sums, JointWeights.Rows(g) * g.Phases * sumRow).Clear();
                Deal(image, y, sums, sumRow, line);
                continue;
            }
            float* ahead = pixels + (long)next * rowFloats; // a slice for each tile, or too many fetches would wait for each other
            for (int column = 0; column < g.OutStep; column++)
            {
                SetOffsets(column, sumRow, offsets);
                for (int position = 0; position < positions; position += 2 * TOps.Width)
                {
                    tile.C = sums + position;
                    tile.Accumulate = false;
                    for (int tap = 0; tap < axis.Taps; tap++)
                    {
                        int row = first + tap;
                        for (float* until = ahead + slice; ahead < until; ahead += 16)
                        {
                            Cache.Prefetch(ahead);
                        }
                        if (row < 0 || row >= g.InH)
                        {
                            continue;
                        }
                        tile.A = packed + ((long)column * axis.Taps + tap) * axis.Taps * g.InC * JointWeights.Rows(g);
                        tile.B = ring + row % axis.Taps * slot + JointWeights.FirstPosition(g, column) + position;
                        TileRunner<TOps, TVec>.RunStrided<Tile6x2, Tile6x1>(&tile, positions - position > TOps.Width ? 2 : 1);
                        tile.Accumulate = true;
                    }
                }
            }
            Deal(image, y, sums, sumRow, line);
        }
    }

    /// <summary>Transposes one input row into its place of the ring.</summary>
    private void Fill(float* row, float* to, int lane)
    {
        AxisPhase axis = g.PhaseX(0);
        int low = Math.Max(0, -axis.Origin), from = Math.Max(0, axis.Origin), count = Math.Min(g.InW - from, lane - low);
        Interleave.PackNeighbours(row + (long)from * g.InC, count, g.InC, to + low, lane);
    }

    /// <summary>Row (phase row, channel) of the tile belongs to (phase row, output column, channel) of the sums.</summary>
    private void SetOffsets(int column, int sumRow, nint* offsets)
    {
        for (int i = 0; i < JointWeights.Rows(g); i++)
        {
            offsets[i] = (((nint)(i / g.OutC) * g.OutStep + column) * g.OutC + i % g.OutC) * sumRow;
        }
    }

    /// <summary>Writes the output rows of one grid row: an output row takes of each position the columns and channels of one phase row.</summary>
    private void Deal(int image, int gridRow, float* sums, int sumRow, float* line)
    {
        int run = g.OutStep * g.OutC, length = g.OutW * g.OutC;
        bool direct = bias == null && !accumulate;
        float** lanes = stackalloc float*[run];
        for (int ry = 0; ry < g.Phases; ry++)
        {
            int y = g.PhaseY(ry).Out + gridRow * g.OutStep;
            if (y < 0 || y >= g.OutH)
            {
                continue;
            }
            for (int i = 0; i < run; i++)
            {
                lanes[i] = sums + ((long)ry * run + i) * sumRow;
            }
            float* to = output + ((long)image * g.OutH + y) * length;
            Interleave.Pack(lanes, run, g.OutW / g.OutStep, direct ? to : line, run);
            for (int i = 0; !direct && i < length; i++)
            {
                float value = line[i] + (bias == null ? 0 : bias[i % g.OutC]);
                to[i] = accumulate ? value + to[i] : value;
            }
        }
    }

    private static int Bands(in WindowGeometry g, int band) => (g.GridH + band - 1) / band;

    private static int Padded(int positions) => (positions + 2 * TOps.Width - 1) / (2 * TOps.Width) * 2 * TOps.Width;

    /// <summary>Floats of one channel's columns, padding included, an odd number of vectors so that channels do not share a set of the cache.</summary>
    private int LaneLength() => ((Padded(g.OutW / g.OutStep) + g.PhaseX(0).Taps + 15) / 16 | 1) * 16;
}
