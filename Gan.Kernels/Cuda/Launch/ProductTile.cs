namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// A tile that a kernel was compiled for: one entry of a product's PTX. The numbers are those of its line in Source/*.cu.
/// </summary>
/// <param name="M">Rows of the output in a tile.</param>
/// <param name="N">Columns of the output in a tile.</param>
/// <param name="VectorA">Elements of A copied at once: 4 needs alignment to 16 bytes and multiples of 4 along the line.</param>
/// <param name="VectorB">The same of B.</param>
/// <param name="Depth">Steps of k that shared memory holds at a time.</param>
/// <param name="Stages">Buffers of the asynchronous pipeline; 0 for the float32 tile, which has two.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="Kind">How it multiplies.</param>
/// <param name="Rate">
/// Multiplications a multiprocessor does per clock with this tile, as estimated for Hopper (TF32 for the tensor cores): only the ratios matter, they
/// decide between tiles.
/// </param>
internal sealed record ProductTile(int M, int N, int VectorA, int VectorB, int Depth, int Stages, int Threads, ProductTileKind Kind, double Rate)
{
    /// <summary>
    /// Blocks that should share a multiprocessor, 0 for as many as fit. Narrow tiles copy 16 KiB of patches a tap and hardly multiply; with all their blocks there would be no
    /// first-level cache left in which the next tap finds most of them.
    /// </summary>
    public int BlocksAtOnce => IsNarrow ? 2 : 0;

    /// <summary>
    /// Blocks along the grid's z, which share the sub-pixel phases: one for each phase; only one where the tile is narrow and the blocks of one phase fill the card, since all phases read
    /// the same pixels.
    /// </summary>
    /// <param name="phases">Sub-pixel phases.</param>
    /// <param name="blocks">Blocks of a phase.</param>
    /// <param name="multiprocessors">Of the card.</param>
    public int BlocksOfPhases(int phases, long blocks, int multiprocessors) => IsNarrow && blocks >= 2L * multiprocessors ? 1 : phases;

    /// <summary>For few channels, on tensor cores; twin of PhasesInTurn in Source/tile_mma.cuh.</summary>
    private bool IsNarrow => Kind == ProductTileKind.Mma && N < 32;

    /// <summary>The end of the entries' names, e.g. "128x64_44", "128x64_44_wg" for warpgroups.</summary>
    public string Suffix => $"{M}x{N}_{VectorA}{VectorB}{(Kind == ProductTileKind.Warpgroup ? "_wg" : "")}";

    /// <summary>Whether the product's operands may be copied as this tile does.</summary>
    public bool Suits(in ProductSizes sizes) => (VectorA == 1 || sizes.WideA) && (VectorB == 1 || sizes.WideB);

    /// <summary>A float32 tile of Source/tile_fp32.cuh: a thread has threadM x threadN elements.</summary>
    public static ProductTile Fp32(int m, int n, int vectorA, int vectorB, int threadM, int threadN, double rate) =>
        new(m, n, vectorA, vectorB, 8, 0, m / threadM * (n / threadN), ProductTileKind.Fp32, rate);

    /// <summary>A tensor-core tile of Source/tile_mma.cuh.</summary>
    public static ProductTile Mma(int m, int n, int vectorA, int vectorB, int depth, int stages, double rate) =>
        new(m, n, vectorA, vectorB, depth, stages, 128, ProductTileKind.Mma, rate);

    /// <summary>A tile of Source/tile_wgmma.cuh.</summary>
    public static ProductTile Warpgroup(int m, int n, double rate) => new(m, n, 4, 4, 32, 3, m / 64 * Math.Max(n / 128, 1) * 128, ProductTileKind.Warpgroup, rate);

    /// <summary>Dynamic shared memory in bytes, where A and B lie [row][k] (along depth) or [k][row].</summary>
    public int SharedBytes(bool alongDepthA, bool alongDepthB)
    {
        int groups = M * N / Threads >= 32 ? 2 : 1; // of the float32 tile: 8 rows a thread leave in two groups
        int words = Kind switch
        {
            ProductTileKind.Fp32 => Math.Max(2 * Depth * (M + 4 + N + 4), M * (N + 4) / groups),
            ProductTileKind.Mma => Math.Max(Stages * (OperandWords(M, alongDepthA) + OperandWords(N, alongDepthB)), M * (((N + 31) / 32 * 32) + 16)),
            _ => Math.Max(Stages * Depth * (M + N), M * (N + 8)), // of TF32; bfloat16 takes half of the first
        };
        int places = M + (2 * Depth) + (2 * Depth); // tables of the two operands, 8 bytes a place
        return words * sizeof(float) + places * 8;
    }

    /// <summary>Of one stage; see Source/shared_tile.cuh.</summary>
    private int OperandWords(int rows, bool alongDepth) => alongDepth
        ? Depth / 16 * ((rows * 16) + (Depth > 16 ? 16 : 0))
        : Depth * (rows % 32 == 0 ? rows + 8 : rows);
}

/// <summary>How a tile multiplies.</summary>
internal enum ProductTileKind
{
    /// <summary>In float32 on ordinary cores (Source/tile_fp32.cuh), from compute capability 7.0.</summary>
    Fp32,

    /// <summary>Warps on tensor cores (Source/tile_mma.cuh), from 8.0.</summary>
    Mma,

    /// <summary>Warpgroups on tensor cores (Source/tile_wgmma.cuh), on 9.0 only.</summary>
    Warpgroup,
}
