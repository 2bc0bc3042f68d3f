namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// How C[M, N] = A[M, K] B[K, N] is cut into parts: blocks of C, and chunks of K where blocks are too few. A pure function of the shape, so
/// that every element is summed in the same order with any number of threads.
/// </summary>
internal readonly struct GemmPlan
{
    /// <summary>
    /// Steps packed at once. A column panel of 256 x 32 floats is 32 KiB and stays in a 48 KiB L1 cache while the row panels pass.
    /// </summary>
    public const int StepBlock = 256;

    /// <summary>Largest block of C: 512 x 256 packed floats of A and of B are 512 KiB each, half of a 2 MiB L2 cache together.</summary>
    private const int MaxBlock = 516;

    private const long PartialBytes = 8 << 20;

    private const int SmallOutput = 16 * 1024, LongSum = 512;

    private readonly int _tileHeight, _tileWidth, _rowTiles, _columnTiles;

    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="unit">A third of the tallest tile.</param>
    /// <param name="width">Floats of a vector.</param>
    /// <param name="partial">Whether C goes through partial sums in any case.</param>
    /// <param name="stepMajorB">
    /// Whether B lies [k][n]. Then a small C with a long sum is cut in two along K: each thread reads rows of B, as it writes them when B is a weight, and only partial sums go from
    /// core to core, not half of every row.
    /// </param>
    public GemmPlan(int m, int n, int k, int unit, int width, bool partial, bool stepMajorB = false)
    {
        (M, N, K) = (m, n, k);
        long wanted = Math.Clamp((long)m * n * k / 1_000_000, 1, (long)m * n * k > 200_000_000 ? 32 : 16);
        int multiple = StepBlock, blocksM = (m + MaxBlock - 1) / MaxBlock, blocksN = (n + MaxBlock - 1) / MaxBlock, chunks = 1;
        while ((long)blocksM * blocksN * chunks < wanted && k / (chunks * 2) >= 1024 && (long)m * n * chunks * 2 * sizeof(float) <= PartialBytes)
        {
            chunks *= 2;
        }
        if (stepMajorB && chunks == 1 && (long)m * n <= SmallOutput && k >= LongSum)
        {
            (chunks, multiple) = (2, 8);
        }
        Split(ref blocksM, ref blocksN, (wanted + chunks - 1) / chunks, 72, 64);
        (_tileHeight, _tileWidth) = (3 * unit, 2 * width);
        (_rowTiles, _columnTiles) = ((m + _tileHeight - 1) / _tileHeight, (n + _tileWidth - 1) / _tileWidth);
        (RowBlocks, ColumnBlocks) = (Math.Min(blocksM, _rowTiles), Math.Min(blocksN, _columnTiles));
        ChunkLength = chunks == 1 ? k : RoundUp(k, chunks, multiple);
        Chunks = chunks == 1 ? 1 : (k + ChunkLength - 1) / ChunkLength;
        Partial = partial || Chunks > 1;
    }

    public int M { get; }

    public int N { get; }

    public int K { get; }

    public int RowBlocks { get; }

    public int ColumnBlocks { get; }

    /// <summary>Steps of a chunk of K.</summary>
    public int ChunkLength { get; }

    public int Chunks { get; }

    /// <summary>Whether blocks are written as partial sums, to be reduced afterwards.</summary>
    public bool Partial { get; }

    /// <summary>Parts to run.</summary>
    public int Parts => RowBlocks * ColumnBlocks * Chunks;

    /// <summary>First row of a block of C, which has whole tiles; blocks differ by at most one. M for the block behind the last.</summary>
    public int Row(int block) => Math.Min(M, (int)((long)block * _rowTiles / RowBlocks) * _tileHeight);

    /// <summary>First column, likewise.</summary>
    public int Column(int block) => Math.Min(N, (int)((long)block * _columnTiles / ColumnBlocks) * _tileWidth);

    /// <summary>Halves the blocks along their longer side until there are enough or they are small.</summary>
    private void Split(ref int blocksM, ref int blocksN, long wanted, int minM, int minN)
    {
        while ((long)blocksM * blocksN < wanted)
        {
            int rows = M / blocksM, columns = N / blocksN;
            bool canM = rows >= 2 * minM, canN = columns >= 2 * minN;
            if (canM && (rows > columns || !canN))
            {
                blocksM *= 2;
            }
            else if (canN)
            {
                blocksN *= 2;
            }
            else
            {
                return;
            }
        }
    }

    private static int RoundUp(int length, int blocks, int multiple) =>
        Math.Max(multiple, ((length + blocks - 1) / blocks + multiple - 1) / multiple * multiple);
}
