namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Packs the weight [Cout][K][K][Cin] of a windowed convolution into column panels. The output channels lie side by side, step after step, for the
/// steps (tap row, tap column, input channel) of each phase in turn. The forward pass transposes (its steps are contiguous in the weight); the
/// data gradient copies rows (its output channels are), taking the taps of a phase in reverse.
/// </summary>
internal readonly unsafe struct WeightPacker(WindowGeometry g, int width, float* weight, float* packed) : IWork
{
    /// <summary>Floats of the packed weight for vectors of <paramref name="width"/>.</summary>
    public static long Length(in WindowGeometry g, int width) =>
        (long)g.Kernel * g.Kernel * g.InC * Panels.PaddedColumns(g.OutC, width);

    /// <summary>Parts to run: one for each tap of the data gradient, one for each panel and kernel row of the forward pass.</summary>
    public static int Parts(in WindowGeometry g, int width) =>
        g.DataGradient ? g.Kernel * g.Kernel : g.Kernel * Panels.ColumnPanels(g.OutC, width);

    /// <summary>Where phase (ry, rx) begins in the packed weight.</summary>
    public static long PhaseOffset(in WindowGeometry g, int width, int ry, int rx) => (long)Panels.PaddedColumns(g.OutC, width) * g.InC
        * ((long)g.TapsBefore(ry) * g.Kernel + (long)g.PhaseY(ry).Taps * g.TapsBefore(rx));

    public void Run(int part, int parts)
    {
        if (g.DataGradient)
        {
            CopyTap(part / g.Kernel, part % g.Kernel);
        }
        else
        {
            TransposeRow(part / g.Kernel, part % g.Kernel);
        }
    }

    private void TransposeRow(int panel, int kernelRow)
    {
        int steps = g.Kernel * g.InC, first = panel * 2 * width, columns = width * Panels.ColumnVectors(g.OutC, width, panel);
        int count = Math.Min(columns, g.OutC - first);
        float** lanes = stackalloc float*[count];
        for (int i = 0; i < count; i++)
        {
            lanes[i] = weight + ((long)(first + i) * g.Kernel + kernelRow) * steps;
        }
        Interleave.Pack(lanes, count, steps, packed + (long)first * g.Kernel * steps + (long)kernelRow * steps * columns, columns);
    }

    private void CopyTap(int kh, int kw)
    {
        int ry = kh % g.Stride, rx = kw % g.Stride, tapsY = g.PhaseY(ry).Taps, tapsX = g.PhaseX(rx).Taps;
        int tap = (tapsY - 1 - kh / g.Stride) * tapsX + (tapsX - 1 - kw / g.Stride);
        float* phase = packed + PhaseOffset(g, width, ry, rx);
        for (int c = 0; c < g.InC; c++)
        {
            float* from = weight + (((long)c * g.Kernel + kh) * g.Kernel + kw) * g.OutC;
            for (int panel = 0, first = 0; first < g.OutC; panel++, first += 2 * width)
            {
                int columns = width * Panels.ColumnVectors(g.OutC, width, panel), count = Math.Min(columns, g.OutC - first);
                float* to = phase + (long)first * tapsY * tapsX * g.InC + ((long)tap * g.InC + c) * columns;
                new ReadOnlySpan<float>(from + first, count).CopyTo(new Span<float>(to, count));
                new Span<float>(to + count, columns - count).Clear();
            }
        }
    }
}
