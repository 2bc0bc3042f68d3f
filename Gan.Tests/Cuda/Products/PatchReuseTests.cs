using Gan.Kernels;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// Convolutions on tensor cores take their sums in an order (StepOrder) in which a tap's patches lie where the tap before it had them. Only speed shows whether it works: of what a block
/// reads, the part that its share of the first-level cache does not have.
/// </summary>
public sealed class PatchReuseTests
{
    /// <param name="name">The family.</param>
    /// <param name="m">Rows of the tile.</param>
    /// <param name="n">Columns of the tile.</param>
    /// <param name="kind">How it multiplies.</param>
    /// <param name="most">The largest part of reads that may go on to the second level; the plain order has 0.97 and more.</param>
    [Theory]
    [InlineData("conv_forward", 128, 128, nameof(ProductTileKind.Mma), 0.75)]
    [InlineData("conv_forward", 256, 128, nameof(ProductTileKind.Warpgroup), 0.65)]
    [InlineData("conv_data_gradient", 128, 128, nameof(ProductTileKind.Mma), 0.75)]
    [InlineData("conv_data_gradient", 128, 64, nameof(ProductTileKind.Mma), 0.65)]
    [InlineData("conv_data_gradient", 128, 64, nameof(ProductTileKind.Warpgroup), 0.65)]
    [InlineData("conv_data_gradient", 256, 64, nameof(ProductTileKind.Warpgroup), 0.6)]
    [InlineData("conv_data_gradient", 128, 8, nameof(ProductTileKind.Mma), 0.2)]
    [InlineData("conv_weight_gradient", 128, 128, nameof(ProductTileKind.Mma), 0.75)]
    [InlineData("conv_weight_gradient", 128, 128, nameof(ProductTileKind.Warpgroup), 0.75)]
    [InlineData("conv_weight_gradient", 128, 256, nameof(ProductTileKind.Warpgroup), 0.65)]
    public void PatchesAreFoundInTheFirstLevelCache(string name, int m, int n, string kind, double most)
    {
        ProductTile tile = ProductFamily.All.Single(f => f.Name == name).Tiles(Precision.Tf32, true).Single(t => t.M == m && t.N == n && t.Kind.ToString() == kind);
        LaunchCounters counters = TileCounts.OneBlock(name, Precision.Tf32, tile);
        Assert.True(counters.SectorsRead > 1000, $"{counters.SectorsRead} sectors read");
        double share = counters.SectorsFetched / counters.SectorsRead;
        Assert.True(share <= most, $"{counters.Kernel}: {share:0.00} of {counters.SectorsRead} sectors are not in the first-level cache; at most {most} are allowed.");
    }
}
