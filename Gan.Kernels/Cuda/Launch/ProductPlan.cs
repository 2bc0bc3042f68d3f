namespace Gan.Kernels.Cuda.Launch;

/// <summary>A product as the launch code sees it: sizes and what may be copied and written four elements at a time.</summary>
/// <param name="M">Rows of the output (of the largest phase).</param>
/// <param name="N">Columns of the output.</param>
/// <param name="K">Length of the sums (of the longest phase).</param>
/// <param name="Phases">Sub-pixel phases; 1 but in a data gradient.</param>
/// <param name="OutputLength">Elements of the whole output.</param>
/// <param name="WideA">Whether A may be copied 16 bytes at a time.</param>
/// <param name="WideB">The same of B.</param>
internal readonly record struct ProductSizes(int M, int N, int K, int Phases, int OutputLength, bool WideA, bool WideB);

/// <summary>Chooses one of the tiles that a product was compiled for, and the parts.</summary>
internal delegate ProductPlan ProductPlanner(ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors);

/// <summary>
/// Which tile computes a product and into how many parts its sums are split. A function of sizes, precision and the number of multiprocessors, so
/// that a device always does the same.
/// </summary>
/// <param name="Tile">The tile.</param>
/// <param name="Parts">Parts of the sum; 1 is not split.</param>
/// <param name="PartDepth">Steps of k in a part, a multiple of the tile's depth.</param>
internal readonly record struct ProductPlan(ProductTile Tile, int Parts, int PartDepth)
{
    private const int MostParts = 256;
    private const int LeastPartDepth = 128;             // below, the pipeline is mostly filling and draining
    private const double BytesPerClock = 2400;          // device memory, all multiprocessors together
    private const double SecondPassClocks = 4000;       // a launch
    private const double BlockClocks = 1500;            // start, first copies, output
    private const double LonePipelineRate = 0.8;        // one block of four warps cannot read operands while it multiplies as well as two can
    private const double LoneWarpgroupsRate = 0.75;     // nor can two warpgroups store them as well as four
    private const long MostScratchBytes = 64L << 20;

    /// <summary>Tiles along n.</summary>
    public int TilesN(int n) => Cuts(n, Tile.N);

    /// <summary>The plan with the least estimated time, the first of equals.</summary>
    public static ProductPlan Choose(ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors)
    {
        ProductPlan best = default;
        double least = double.PositiveInfinity;
        foreach (ProductTile tile in tiles)
        {
            if (!tile.Suits(sizes))
            {
                continue;
            }
            for (int parts = 1; parts <= MostParts; parts += 1 + parts / 16)
            {
                ProductPlan plan = Split(tile, sizes, parts);
                if (!plan.Sensible(sizes))
                {
                    break;
                }
                double clocks = plan.Clocks(sizes, multiprocessors);
                if (clocks < least)
                {
                    (best, least) = (plan, clocks);
                }
            }
        }
        return best;
    }

    /// <summary>A tile with the sum in about <paramref name="parts"/> parts: as many as multiples of its depth allow.</summary>
    public static ProductPlan Split(ProductTile tile, in ProductSizes sizes, int parts)
    {
        int depth = Math.Max(Cuts(Cuts(sizes.K, parts), tile.Depth), 1) * tile.Depth;
        return new(tile, Math.Max(Cuts(sizes.K, depth), 1), depth);
    }

    /// <summary>Whether parts are long enough to be worth a block each, and take no more scratch memory than is fair.</summary>
    public bool Sensible(in ProductSizes sizes) => Parts == 1 || (PartDepth >= LeastPartDepth && (long)Parts * sizes.OutputLength * sizeof(float) <= MostScratchBytes);

    /// <summary>
    /// Estimated time: blocks one after the other on the multiprocessor that has most of them, at the tile's rate (two at a time take twice as long
    /// as one), and the addition of the parts. The constants are estimates for Hopper, to be replaced by what <c>Gan.Bench tune</c> measures.
    /// </summary>
    private double Clocks(in ProductSizes sizes, int multiprocessors)
    {
        double blocks = (double)Cuts(sizes.M, Tile.M) * Cuts(sizes.N, Tile.N) * sizes.Phases * Parts;
        double rounds = Math.Ceiling(blocks / multiprocessors);
        double rate = Tile.Rate * (rounds > 1 ? 1 : Tile.Kind switch { ProductTileKind.Mma => LonePipelineRate, ProductTileKind.Warpgroup when Tile.Threads <= 256 => LoneWarpgroupsRate, _ => 1 });
        double clocks = rounds * ((double)Tile.M * Tile.N * PartDepth / rate + BlockClocks / 2) + BlockClocks / 2;
        return Parts == 1 ? clocks : clocks + SecondPassClocks + 2.0 * Parts * sizes.OutputLength * sizeof(float) / BytesPerClock;
    }

    private static int Cuts(int length, int size) => (int)(((long)length + size - 1) / size);
}
