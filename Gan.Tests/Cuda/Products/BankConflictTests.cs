using Gan.Kernels;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// The large tensor-core tiles wait for no bank of shared memory: 70 % of a tile's accesses did, before its copies were dealt out differently, and nothing but speed
/// showed it. Counted over one block of each tile.
/// </summary>
public sealed class BankConflictTests
{
    /// <summary>Extra cycles per access. Measured: none, but 0.5 % in the data gradient's tile of 64x64.</summary>
    private const double Most = 0.01;

    [Theory, MemberData(nameof(ProductTileTests.Families), MemberType = typeof(ProductTileTests))]
    public void LargeTilesHaveNone(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        ProductTile[] tiles = [.. family.Tiles(precision, true).Where(static t => t.Stages > 0 && t.N >= 64 && t.VectorA == 4 && t.VectorB == 4)];
        Assert.Equal(precision != Precision.Fp32 && name != "gemm_tt", tiles.Length >= 2);
        foreach (ProductTile tile in tiles)
        {
            LaunchCounters counters = TileCounts.OneBlock(name, precision, tile);
            Assert.Equal(family.Entry(tile, precision).Entry, counters.Kernel);
            Assert.True(counters.SharedAccesses > 500, $"{counters.Kernel}: {counters.SharedAccesses} shared accesses");
            double share = counters.BankConflicts / counters.SharedAccesses;
            Assert.True(share <= Most, $"{counters.Kernel}: {100 * share:0.0} % of {counters.SharedAccesses} shared accesses take a cycle more than their bytes need; at most {100 * Most} % are allowed.");
        }
    }
}
