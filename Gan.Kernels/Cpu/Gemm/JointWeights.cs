namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// The weight as <see cref="JointDataGradient{TOps, TVec}"/> reads it: [output column mod stride][tap row][tap column][input channel][(phase row, channel)].
/// </summary>
internal readonly unsafe struct JointWeights(WindowGeometry g, float* weight, float* packed) : IWork
{
    /// <summary>Rows of a tile: the phase rows' channels of one phase column.</summary>
    public static int Rows(in WindowGeometry g) => g.Phases * g.OutC;

    /// <summary>Floats of the packed weight.</summary>
    public static long Length(in WindowGeometry g) => (long)g.Kernel * g.Kernel * g.InC * g.OutC;

    /// <summary>Parts to run: one for each tap of the kernel.</summary>
    public static int Parts(in WindowGeometry g) => g.Kernel * g.Kernel;

    /// <summary>Phase that writes output columns x = <paramref name="column"/> (mod stride).</summary>
    public static int Phase(in WindowGeometry g, int column)
    {
        int r = 0;
        while ((column - g.PhaseX(r).Out) % g.OutStep != 0)
        {
            r++;
        }
        return r;
    }

    /// <summary>Grid position that writes output column <paramref name="column"/>, which is below the stride.</summary>
    public static int FirstPosition(in WindowGeometry g, int column) => (column - g.PhaseX(Phase(g, column)).Out) / g.OutStep;

    public void Run(int part, int parts)
    {
        int taps = g.PhaseY(0).Taps, tap = part / (g.Stride * g.Stride), ry = part / g.Stride % g.Stride, column = part % g.Stride;
        int kh = g.KernelIndex(ry, tap / taps), kw = g.KernelIndex(Phase(g, column), tap % taps);
        float* to = packed + ((long)column * taps * taps + tap) * g.InC * Rows(g) + (long)ry * g.OutC;
        for (int co = 0; co < g.InC; co++, to += Rows(g))
        {
            float* from = weight + (((long)co * g.Kernel + kh) * g.Kernel + kw) * g.OutC;
            for (int ci = 0; ci < g.OutC; ci++)
            {
                to[ci] = from[ci];
            }
        }
    }
}
