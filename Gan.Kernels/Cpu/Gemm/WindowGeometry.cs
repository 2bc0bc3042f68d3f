namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// One spatial axis of one sub-pixel phase: grid position g reads inputs g * GridStep + Origin ... + Taps - 1 and writes output
/// Out + g * OutStep. Taps are counted in the input's ascending order.
/// </summary>
internal readonly record struct AxisPhase(int Taps, int Origin, int Out, int Count);

/// <summary>
/// Forward convolution and data gradient as one thing: over a grid of positions, a window of the input is multiplied with weights and gives one output
/// pixel. The forward pass has one phase, grid = output pixels, windows a stride apart. The data gradient has stride * stride phases, each a
/// convolution of step 1 with every stride-th tap in reverse order, and writes every stride-th pixel:
/// h = s q + r - p receives tap r + s t from oh = q - t.
/// </summary>
internal readonly struct WindowGeometry
{
    private readonly ConvDims _dims;

    /// <param name="dims">The convolution.</param>
    /// <param name="dataGradient">Its data gradient instead of its forward pass.</param>
    /// <param name="joint">
    /// All phases read the same window, which they do when the stride divides the kernel and the grid is q itself. Phases then have grid positions
    /// whose output lies outside the image.
    /// </param>
    public WindowGeometry(ConvDims dims, bool dataGradient, bool joint = false)
    {
        (_dims, DataGradient, Joint) = (dims, dataGradient, joint);
        if (dataGradient)
        {
            (InH, InW, InC, OutH, OutW, OutC) = (dims.OutH, dims.OutW, dims.Cout, dims.H, dims.W, dims.Cin);
            (Phases, GridStep, OutStep) = (dims.Stride, 1, dims.Stride);
        }
        else
        {
            (InH, InW, InC, OutH, OutW, OutC) = (dims.H, dims.W, dims.Cin, dims.OutH, dims.OutW, dims.Cout);
            (Phases, GridStep, OutStep) = (1, dims.Stride, 1);
        }
        (OriginMin, WindowExtra, GridH, GridW) = (int.MaxValue, int.MinValue, 0, 0);
        for (int r = 0; r < Phases; r++)
        {
            AxisPhase y = PhaseY(r), x = PhaseX(r);
            (GridH, GridW) = (Math.Max(GridH, y.Count), Math.Max(GridW, x.Count));
            OriginMin = Math.Min(OriginMin, y.Origin);
            WindowExtra = Math.Max(WindowExtra, y.Origin + y.Taps);
        }
        WindowExtra -= OriginMin;
    }

    public bool DataGradient { get; }

    public bool Joint { get; }

    public int N => _dims.N;

    public int Kernel => _dims.Kernel;

    public int Stride => _dims.Stride;

    /// <summary>Size and channels of what is read and of what is written.</summary>
    public int InH { get; }

    public int InW { get; }

    public int InC { get; }

    public int OutH { get; }

    public int OutW { get; }

    public int OutC { get; }

    /// <summary>Phases along an axis; there are Phases * Phases.</summary>
    public int Phases { get; }

    public int GridStep { get; }

    public int OutStep { get; }

    /// <summary>Grid positions of the largest phase.</summary>
    public int GridH { get; }

    public int GridW { get; }

    /// <summary>Smallest Origin of all phases, the same along both axes.</summary>
    public int OriginMin { get; }

    /// <summary>Inputs that one grid position reads along an axis, all phases together.</summary>
    public int WindowExtra { get; }

    public AxisPhase PhaseY(int r) => Phase(r, OutH);

    public AxisPhase PhaseX(int r) => Phase(r, OutW);

    /// <summary>Index in the kernel of tap <paramref name="tap"/> of phase <paramref name="r"/>.</summary>
    public int KernelIndex(int r, int tap) => DataGradient ? r + Stride * (Taps(r) - 1 - tap) : tap;

    /// <summary>Taps of all phases before <paramref name="r"/>.</summary>
    public int TapsBefore(int r)
    {
        int sum = 0;
        for (int i = 0; i < r; i++)
        {
            sum += Taps(i);
        }
        return sum;
    }

    /// <summary>Window length along an axis for a block of <paramref name="block"/> grid positions.</summary>
    public int WindowLength(int block) => (block - 1) * GridStep + WindowExtra;

    private int Taps(int r) => DataGradient ? Math.Max(0, (Kernel - r + Stride - 1) / Stride) : Kernel;

    private AxisPhase Phase(int r, int length)
    {
        if (!DataGradient)
        {
            return new(Kernel, -_dims.Padding, 0, length);
        }
        int shift = _dims.Padding - r, taps = Taps(r);
        if (Joint)
        {
            // Some r in [0, s) gives h = s q + r - p in [0, length) for exactly these q.
            int low = _dims.Padding / Stride, high = (length - 1 + _dims.Padding) / Stride;
            return new(taps, low - (taps - 1), Stride * low - shift, high - low + 1);
        }
        int q = shift >= 0 ? (shift + Stride - 1) / Stride : -(-shift / Stride), first = Stride * q - shift;
        return new(taps, q - (taps - 1), first, first < length ? (length - first + Stride - 1) / Stride : 0);
    }
}
