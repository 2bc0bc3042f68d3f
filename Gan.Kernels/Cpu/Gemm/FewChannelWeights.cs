namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// The weight as row panels for <see cref="FewChannelConvolution{TOps, TVec}"/>: rows are (phase row, phase column, output channel) of a group of
/// phases that share a window, or the output channels of one phase.
/// </summary>
internal readonly unsafe struct FewChannelWeights(WindowGeometry g, int unit, float* weight, float* packed) : IWork
{
    /// <summary>Rows of a group.</summary>
    public static int Rows(in WindowGeometry g) => g.OutC * (g.Joint ? g.Phases * g.Phases : 1);

    /// <summary>Floats of all groups.</summary>
    public static long Length(in WindowGeometry g, int unit) => (g.Joint ? (long)g.PhaseY(0).Taps * g.PhaseY(0).Taps : (long)g.Kernel * g.Kernel)
        * g.InC * Panels.PaddedRows(Rows(g), unit);

    /// <summary>Parts to run: one for each group and tap.</summary>
    public static int Parts(in WindowGeometry g) => g.Joint ? g.PhaseY(0).Taps * g.PhaseY(0).Taps : g.Kernel * g.Kernel;

    /// <summary>Where a group begins in the packed weight; a joint geometry has one.</summary>
    public static long GroupOffset(in WindowGeometry g, int unit, int groupY, int groupX) => (long)Panels.PaddedRows(Rows(g), unit) * g.InC
        * ((long)g.TapsBefore(groupY) * g.Kernel + (long)g.PhaseY(groupY).Taps * g.TapsBefore(groupX));

    /// <summary>
    /// Offset of every row's output in a buffer [row of the group][x][channel][lanes], for grid column x; rows outside the image are marked.
    /// Returns how many are inside.
    /// </summary>
    public static int RowOffsets(in WindowGeometry g, int groupX, int x, int lanes, nint* offsets)
    {
        int valid = 0, row = 0, phases = g.Joint ? g.Phases : 1;
        for (int ry = 0; ry < phases; ry++)
        {
            for (int rx = 0; rx < phases; rx++)
            {
                int outX = g.PhaseX(g.Joint ? rx : groupX).Out + x * g.OutStep;
                bool inside = outX >= 0 && outX < g.OutW;
                valid += inside ? g.OutC : 0;
                for (int c = 0; c < g.OutC; c++)
                {
                    offsets[row++] = inside ? (((nint)ry * g.OutW + outX) * g.OutC + c) * lanes : Tile.NoRow;
                }
            }
        }
        return valid;
    }

    public void Run(int part, int parts)
    {
        int groups = g.Joint ? 1 : g.Phases, tapsBefore = 0;
        for (int ry = 0; ry < groups; ry++)
        {
            for (int rx = 0; rx < groups; rx++)
            {
                int taps = g.PhaseY(ry).Taps * g.PhaseX(rx).Taps;
                if (part >= tapsBefore && part < tapsBefore + taps)
                {
                    PackTap(ry, rx, part - tapsBefore);
                }
                tapsBefore += taps;
            }
        }
    }

    private void PackTap(int groupY, int groupX, int tap)
    {
        int tapsX = g.PhaseX(groupX).Taps, taps = g.PhaseY(groupY).Taps * tapsX, rows = Rows(g);
        float* group = packed + GroupOffset(g, unit, groupY, groupX);
        for (int panel = 0; panel < Panels.RowPanels(rows, unit); panel++)
        {
            (int first, int units) = Panels.RowPanel(rows, unit, panel);
            int height = units * unit;
            float* to = group + (long)first * taps * g.InC + (long)tap * g.InC * height;
            for (int i = 0; i < height; i++)
            {
                int row = first + i, phase = row / g.OutC, channel = row % g.OutC;
                int ry = g.Joint ? phase / g.Phases : groupY, rx = g.Joint ? phase % g.Phases : groupX;
                int kh = g.KernelIndex(ry, tap / tapsX), kw = g.KernelIndex(rx, tap % tapsX);
                for (int c = 0; c < g.InC; c++)
                {
                    float value = 0;
                    if (row < rows)
                    {
                        (int co, int ci) = g.DataGradient ? (c, channel) : (channel, c);
                        int cin = g.DataGradient ? g.OutC : g.InC;
                        value = weight[(((long)co * g.Kernel + kh) * g.Kernel + kw) * cin + ci];
                    }
                    to[(long)c * height + i] = value;
                }
            }
        }
    }
}
