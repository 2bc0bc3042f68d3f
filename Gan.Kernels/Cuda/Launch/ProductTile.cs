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
/// <param name="Rate">
/// Multiplications a multiprocessor does per clock with this tile, as estimated for Hopper (TF32 for the tensor cores): only the ratios matter, they
/// decide between tiles.
/// </param>
internal sealed record ProductTile(int M, int N, int VectorA, int VectorB, int Depth, int Stages, int Threads, double Rate)
{
    /// <summary>The end of the entries' names, e.g. "128x64_44".</summary>
    public string Suffix => $"{M}x{N}_{VectorA}{VectorB}";

    /// <summary>Whether the product's operands may be copied as this tile does.</summary>
    public bool Suits(in ProductSizes sizes) => (VectorA == 1 || sizes.WideA) && (VectorB == 1 || sizes.WideB);

    /// <summary>A float32 tile of Source/tile_fp32.cuh: a thread has threadM x threadN elements.</summary>
    public static ProductTile Fp32(int m, int n, int vectorA, int vectorB, int threadM, int threadN, double rate) =>
        new(m, n, vectorA, vectorB, 8, 0, m / threadM * (n / threadN), rate);

    /// <summary>A tensor-core tile of Source/tile_mma.cuh.</summary>
    public static ProductTile Mma(int m, int n, int vectorA, int vectorB, int depth, int stages, double rate) =>
        new(m, n, vectorA, vectorB, depth, stages, 128, rate);

    /// <summary>Dynamic shared memory in bytes, where A and B lie [row][k] (along depth) or [k][row].</summary>
    public int SharedBytes(bool alongDepthA, bool alongDepthB)
    {
        int words;
        if (Stages == 0)
        {
            int groups = M * N / Threads >= 32 ? 2 : 1; // 8 rows a thread leave in two groups
            words = Math.Max(2 * Depth * (M + 4 + N + 4), M * (N + 4) / groups);
        }
        else
        {
            words = Math.Max(Stages * (OperandWords(M, alongDepthA) + OperandWords(N, alongDepthB)), M * (((N + 31) / 32 * 32) + 16));
        }
        int places = Math.Max(M, 2 * Depth) + 2 * Depth; // tables of the two operands, 8 bytes a place
        return words * sizeof(float) + places * 8;
    }

    /// <summary>Of one stage; see Source/shared_tile.cuh.</summary>
    private int OperandWords(int rows, bool alongDepth) => alongDepth
        ? Depth / 16 * ((rows * 16) + (Depth > 16 ? 16 : 0))
        : Depth * (rows % 32 == 0 ? rows + 8 : rows);
}
