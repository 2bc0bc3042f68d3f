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

/// <summary>
/// Which tile computes a product and into how many parts its sums are split. A function of sizes, precision and the number of multiprocessors, so that a
/// device always does the same.
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
    private const long MostScratchBytes = 256L << 20;

    /// <summary>Tiles along n.</summary>
    public int TilesN(int n) => Cuts(n, Tile.N);

    /// <summary>The plan with the least estimated time, the first of equals.</summary>
    public static ProductPlan Choose(ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors)
    {
        ProductPlan best = default;
        double least = double.PositiveInfinity;
        foreach (ProductTile tile in tiles)
        {
            if (tile.VectorA == 4 && !sizes.WideA || tile.VectorB == 4 && !sizes.WideB)
            {
                continue;
            }
            for (int parts = 1; parts <= MostParts; parts = parts < 4 ? parts + 1 : parts * 3 / 2)
            {
                int depth = Math.Max(Cuts(Cuts(sizes.K, parts), tile.Depth), 1) * tile.Depth;
                int used = Math.Max(Cuts(sizes.K, depth), 1);
                if (parts > 1 && (depth < LeastPartDepth || (long)used * sizes.OutputLength * sizeof(float) > MostScratchBytes))
                {
                    break;
                }
                double clocks = Clocks(tile, sizes, depth, used, multiprocessors);
                if (clocks < least)
                {
                    (best, least) = (new(tile, used, depth), clocks);
                }
            }
        }
        return best;
    }

    /// <summary>
    /// Estimated time: rounds of blocks over the multiprocessors, each at the tile's rate, the addition of the parts. A multiprocessor with two blocks takes twice
    /// as long as with one, so what counts is the largest number of blocks on one of them.
    /// </summary>
    private static double Clocks(ProductTile tile, in ProductSizes sizes, int depth, int parts, int multiprocessors)
    {
        double blocks = (double)Cuts(sizes.M, tile.M) * Cuts(sizes.N, tile.N) * sizes.Phases * parts;
        double rounds = Math.Ceiling(blocks / multiprocessors);
        double clocks = rounds * ((double)tile.M * tile.N * depth / tile.Rate + BlockClocks / 2) + BlockClocks / 2;
        return parts == 1 ? clocks : clocks + SecondPassClocks + 2.0 * parts * sizes.OutputLength * sizeof(float) / BytesPerClock;
    }

    private static int Cuts(int length, int size) => (int)(((long)length + size - 1) / size);
}
