using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Weight gradient of a layer with few input channels, nothing packed: a kernel row of a patch is one run of the image (4 taps of 3 channels are the 12 rows of
/// a tile), a pixel of dy is a row of B as it lies. dw[(kh, kw, ci), co] = sum over pixels of x[s oh - p + kh, s ow - p + kw, ci] dy[oh, ow, co]: runs are
/// output rows, steps their pixels, A advances by a stride of pixels. Only x is copied, to have zeros for the padding; it is a hundredth of the reads.
/// </summary>
internal readonly unsafe struct FewChannelWeightGradient<TOps, TVec>(ConvDims d, FewChannelWeightPlan plan, float* x, float* dy, float* partials,
    PackingMemory scratch) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Longest stretch of a sum: short, since a band's sum is itself added to those of many other bands.</summary>
    private const int Stretch = 128;

    private static int Tall => 3 * TOps.Unit;

    /// <summary>Whether kernel rows fill three quarters of the tiles' rows and output channels whole vectors.</summary>
    public static bool Suits(in ConvDims d)
    {
        int run = d.Kernel * d.Cin;
        return d.Cin < TOps.Width && d.Cout % TOps.Width == 0 && run * 4 >= (run + Tall - 1) / Tall * Tall * 3;
    }

    /// <summary>Adds up the bands of a part in partials [part][patch][Cout].</summary>
    [SkipLocalsInit]
    public void Run(int part, int parts)
    {
        int run = d.Kernel * d.Cin, patch = d.Kernel * run, panels = (run + Tall - 1) / Tall;
        int pixels = (d.OutW - 1) * d.Stride + d.Kernel, rowFloats = pixels * d.Cin, inputRows = (plan.Band - 1) * d.Stride + d.Kernel;
        float* image = scratch.Local((long)inputRows * rowFloats + Tall + d.Cout);
        float* beyond = image + (long)inputRows * rowFloats, nowhere = beyond + Tall;
        new Span<float>(beyond, Tall).Clear();
        float* sums = partials + (long)part * patch * d.Cout;
        nint* offsets = stackalloc nint[Tall];
        Tile tile = default;
        (tile.ARow, tile.AStride, tile.BStride) = (1, d.Stride * d.Cin, d.Cout);
        (tile.AStep, tile.BStep) = ((nint)d.Stride * rowFloats, (nint)d.OutW * d.Cout);
        (tile.Steps, tile.Stretch) = (d.OutW, Stretch);
        tile.RowOffsets = offsets;
        for (int band = plan.FirstBand(part); band < plan.FirstBand(part + 1); band++)
        {
            int n = band / plan.Bands, oh = band % plan.Bands * plan.Band;
            tile.Runs = Math.Min(plan.Band, d.OutH - oh);
            PaddedRows.Copy(x + (long)n * d.H * d.W * d.Cin, d.H, d.W, d.Cin, oh * d.Stride - d.Padding, (tile.Runs - 1) * d.Stride + d.Kernel,
                -d.Padding, pixels, image);
            for (int kh = 0; kh < d.Kernel; kh++)
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    int first = panel * Tall;
                    tile.A = image + (long)kh * rowFloats + first;
                    tile.C = sums + ((long)kh * run + first) * d.Cout;
                    for (int i = 0; i < Tall; i++)
                    {
                        offsets[i] = first + i < run ? (nint)i * d.Cout : (nint)(nowhere - tile.C);
                    }
                    for (int column = 0; column < d.Cout; column += 2 * TOps.Width)
                    {
                        Tile here = tile;
                        here.B = dy + ((long)n * d.OutH + oh) * d.OutW * d.Cout + column;
                        here.C += column;
                        TileRunner<TOps, TVec>.RunStrided<Tile3x2, Tile3x1>(&here, Panels.ColumnVectors(d.Cout, TOps.Width, column / (2 * TOps.Width)));
                    }
                }
            }
            tile.Accumulate = true;
        }
    }
}

/// <summary>Bands of output rows, and how many parts share them. A pure function of the shape.</summary>
internal readonly struct FewChannelWeightPlan
{
    /// <summary>Pixels of a band: its dy, 64 KiB at 64 channels, is read once from memory and then, for every kernel row, from L2.</summary>
    private const int BandPixels = 256;

    private const int MostParts = 16;

    public FewChannelWeightPlan(in ConvDims d)
    {
        Band = Math.Clamp(BandPixels / d.OutW, 1, d.OutH);
        Bands = (d.OutH + Band - 1) / Band;
        All = checked(d.N * Bands);
        Parts = Math.Min(All, MostParts);
    }

    /// <summary>Output rows of a band.</summary>
    public int Band { get; }

    /// <summary>Bands of an image.</summary>
    public int Bands { get; }

    public int Parts { get; }

    private int All { get; }

    public int FirstBand(int part) => (int)((long)All * part / Parts);
}
