namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// How a weight gradient is cut: blocks of output channels and input channels, chunks of the summed images and rows, and slabs that are packed at
/// once within a chunk. A pure function of the shape.
/// </summary>
internal readonly struct WeightGradientPlan
{
    /// <summary>Bytes of a packed slab of x and dy: three quarters of a 2 MiB L2 cache, since the weights come by once a slab.</summary>
    private const long SlabBytes = 3 << 19;

    private const long PartialBytes = 8 << 20;

    public WeightGradientPlan(in ConvDims d, int rowPanel, int columnPanel)
    {
        int patch = checked(d.Kernel * d.Kernel * d.Cin), wanted = (int)Math.Clamp(d.Operations / 8_000_000, 1, 16);
        int rowBlocks = Ceiling(d.Cout, 516), columnBlocks = Ceiling(d.Cin, 512), chunks = 1;
        while (rowBlocks * columnBlocks * chunks < wanted)
        {
            long sums = (long)d.N * d.OutH * d.OutW / (chunks * 2);
            if (sums >= 1024 && d.N / (chunks * 2) >= 1 && (long)d.Cout * patch * chunks * 2 * sizeof(float) <= PartialBytes)
            {
                chunks *= 2;
            }
            else if (d.Cin / columnBlocks >= 2 * columnPanel)
            {
                columnBlocks *= 2; // before rows: this packs dy again, which is smaller than x
            }
            else if (d.Cout / rowBlocks >= 8 * rowPanel)
            {
                rowBlocks *= 2;
            }
            else
            {
                break;
            }
        }
        RowBlock = Ceiling(Ceiling(d.Cout, rowBlocks), rowPanel) * rowPanel;
        ColumnBlock = Ceiling(Ceiling(d.Cin, columnBlocks), columnPanel) * columnPanel;
        (RowBlocks, ColumnBlocks) = (Ceiling(d.Cout, RowBlock), Ceiling(d.Cin, ColumnBlock));
        ChunkImages = Ceiling(d.N, chunks);
        Chunks = Math.Max(1, Ceiling(d.N, Math.Max(1, ChunkImages)));
        int rows = Math.Min(RowBlock, Ceiling(d.Cout, rowPanel) * rowPanel), columns = Math.Min(ColumnBlock, Ceiling(d.Cin, columnPanel) * columnPanel);
        Band = d.OutH;
        while (Band > 1 && Floats(d, Band, rows, columns) * sizeof(float) > SlabBytes)
        {
            Band = Ceiling(Band, 2);
        }
        int most = (int)Math.Clamp(SlabBytes / sizeof(float) / Floats(d, Band, rows, columns), 1, Math.Max(1, ChunkImages));
        SlabImages = Math.Max(1, Ceiling(ChunkImages, Ceiling(Math.Max(1, ChunkImages), most)));
        SlabFloats = Floats(d, Band, rows, columns) * SlabImages;
    }

    /// <summary>Output channels of a block.</summary>
    public int RowBlock { get; }

    /// <summary>Input channels of a block.</summary>
    public int ColumnBlock { get; }

    public int RowBlocks { get; }

    public int ColumnBlocks { get; }

    /// <summary>Images of a chunk: chunks are summed apart and then added in order.</summary>
    public int ChunkImages { get; }

    public int Chunks { get; }

    /// <summary>Images and output rows of a slab.</summary>
    public int SlabImages { get; }

    public int Band { get; }

    /// <summary>Packed floats of a slab of x and dy together.</summary>
    public long SlabFloats { get; }

    /// <summary>Parts to run.</summary>
    public int Parts => RowBlocks * ColumnBlocks * Chunks;

    /// <summary>Input rows that a band of output rows reads, cut off at the image.</summary>
    public static (int First, int End) InputRows(in ConvDims d, int firstRow, int rows)
    {
        int first = Math.Clamp(firstRow * d.Stride - d.Padding, 0, d.H);
        return (first, Math.Clamp((firstRow + rows - 1) * d.Stride - d.Padding + d.Kernel, first, d.H));
    }

    private static long Floats(in ConvDims d, int band, int rows, int columns)
    {
        long inputRows = Math.Min(d.H, (long)(band - 1) * d.Stride + d.Kernel);
        return inputRows * d.W * columns + (long)band * d.OutW * rows;
    }

    private static int Ceiling(int x, int y) => (x + y - 1) / y;
}
