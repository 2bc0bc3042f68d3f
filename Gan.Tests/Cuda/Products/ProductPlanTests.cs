using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>How products are cut: what holds for all of them, and what DCGAN's layers get on a card of 132 multiprocessors.</summary>
public sealed class ProductPlanTests
{
    [Fact]
    public void PartsCoverTheSumOnce()
    {
        var random = new Random(2);
        for (int i = 0; i < 3000; i++)
        {
            ProductFamily family = ProductFamily.All[random.Next(ProductFamily.All.Length)];
            int m = 1 + random.Next(1 << random.Next(1, 16)), n = 1 + random.Next(1 << random.Next(1, 12)), k = random.Next(1 << random.Next(1, 18));
            ProductSizes sizes = new(m, n, k, 1, m * n, random.Next(2) == 0, random.Next(2) == 0);
            ProductTile[] tiles = family.Tiles((Precision)random.Next(3));
            ProductPlan plan = ProductPlan.Choose(tiles, sizes, 132);
            Assert.Contains(plan.Tile, tiles);
            Assert.True(plan.Tile.Suits(sizes));
            Assert.InRange(plan.Parts, 1, 256);
            Assert.Equal(0, plan.PartDepth % plan.Tile.Depth);
            Assert.True((long)plan.Parts * plan.PartDepth >= k, $"{sizes}: {plan} leaves steps out.");
            Assert.True((long)(plan.Parts - 1) * plan.PartDepth < Math.Max(k, 1), $"{sizes}: {plan} has an empty part.");
            Assert.Equal(plan, ProductPlan.Choose(tiles, sizes, 132));
        }
    }

    /// <summary>
    /// Every tile must fit the shared memory of its architecture: float32 what a block has without asking, tensor cores the 99 KiB of sm_86, the least of those
    /// that have them.
    /// </summary>
    [Fact]
    public void TilesFitSharedMemory()
    {
        foreach (ProductFamily family in ProductFamily.All)
        {
            Assert.All(family.Fp32Tiles, t => Assert.InRange(t.SharedBytes(family.AlongDepthA, family.AlongDepthB), 1, 48 << 10));
            Assert.All(family.MmaTiles, t => Assert.InRange(t.SharedBytes(family.AlongDepthA, family.AlongDepthB), 1, 99 << 10));
        }
    }

    [Theory]
    [InlineData("conv_forward", 131072, 64, 48, 1, false, "64x64_11", 1, 1)]
    [InlineData("conv_forward", 32768, 128, 1024, 1, true, "128x128_44", 1, 2)]
    [InlineData("conv_data_gradient", 131072, 3, 256, 4, false, "128x8_41", 1, 1)]
    [InlineData("conv_data_gradient", 32768, 64, 512, 4, true, "128x64_44", 1, 1)]
    [InlineData("conv_weight_gradient", 64, 48, 131072, 1, false, "64x64_41", 30, 256)]
    [InlineData("conv_weight_gradient", 128, 1024, 32768, 1, true, "128x128_44", 8, 64)]
    public void DcganLayers(string name, int m, int n, int k, int phases, bool wideB, string tile, int leastParts, int mostParts)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        ProductSizes sizes = new(m, n, k, phases, m * n * phases, name != "conv_forward" || wideB, wideB);
        ProductPlan plan = ProductPlan.Choose(family.MmaTiles, sizes, 132);
        Assert.Equal(tile, plan.Tile.Suffix);
        Assert.InRange(plan.Parts, leastParts, mostParts);
    }
}
