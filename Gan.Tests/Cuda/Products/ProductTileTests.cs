using System.Text.RegularExpressions;
using Gan.Kernels;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// Every compiled tile by force, on shapes that leave ragged edges, whole and in parts; and that the tables and the PTX name the same entries.
/// </summary>
public sealed partial class ProductTileTests
{
    public static TheoryData<string, Precision> Families() => InEveryPrecision(ProductFamily.All);

    /// <summary>Those whose products may end in an activation.</summary>
    public static TheoryData<string, Precision> FamiliesWithEpilogue() => InEveryPrecision(ProductFamily.All.Where(static f => f != ProductFamily.ConvWeightGradient));

    private static TheoryData<string, Precision> InEveryPrecision(IEnumerable<ProductFamily> families)
    {
        var data = new TheoryData<string, Precision>();
        foreach (ProductFamily family in families)
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                data.Add(family.Name, precision);
            }
        }
        return data;
    }

    [Theory, MemberData(nameof(Families))]
    public void EveryTileMatchesDoublePrecision(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        using var host = new ProductHost(precision, 90, true);
        var random = new Random(31);
        foreach (ProductTile tile in family.Tiles(precision, true))
        {
            foreach (int parts in new[] { 1, 3 })
            {
                host.Force(tile, parts);
                if (family.File == "gemm")
                {
                    CheckGemm(host, random, tile, name);
                }
                else
                {
                    CheckConvolution(host, random, tile, name);
                }
            }
            Assert.Contains(family.Entry(tile, precision), host.Launched);
        }
    }

    /// <summary>Blocks share no element of the output, nor of the parts, and no phase another's.</summary>
    [Theory, MemberData(nameof(Families))]
    public void BlocksDoNotDisturbEachOther(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        using var host = new ProductHost(precision, 90, true, multiprocessors: 1, watched: true);
        var random = new Random(34);
        foreach (ProductTile tile in family.Tiles(precision, true))
        {
            host.Force(tile, 2);
            int unit = Math.Max(tile.VectorA, tile.VectorB), m = tile.M + unit, n = tile.N + unit;
            if (family.File == "gemm")
            {
                CudaGemmTests.Check(host, random, m, n, 2 * tile.Depth, name[5] == 't', name[6] == 't', WriteMode.Add, false);
                continue;
            }
            ConvDims d = name switch
            {
                "conv_forward" => ConvDims.Conv((m + 15) / 16, 4, 4, 4, n, 2, 1, 1),
                "conv_data_gradient" => ConvDims.Conv((m + 15) / 16, n, 8, 8, 2 * tile.Depth, 2, 2, 0),
                _ => ConvDims.Conv(2, (n + 3) / 4, 9, 9, m, 2, 2, 0),
            };
            CudaConvolutionTests.CheckOne(host, random, d, name, 0, WriteMode.Add);
        }
    }

    /// <summary>Sums in 1 to 65 parts, added by either kernel, and dot products: all entries of parts.sm_70.</summary>
    [Fact]
    public void SecondPassesMatchDoublePrecision()
    {
        using var host = new ProductHost(Precision.Fp32);
        var random = new Random(32);
        foreach (int parts in new[] { 1, 2, 3, 5, 8, 15, 16, 17, 31, 42, 56, 60, 65 })
        {
            host.Force(ProductFamily.GemmNn.Fp32Tiles[1], parts);
            CudaGemmTests.Check(host, random, 36, 8, 520, false, false, parts % 2 == 0 ? WriteMode.Write : WriteMode.Add, parts % 3 == 0);
        }
        foreach ((int m, int n, int k) in new[] { (1, 1, 256), (1, 9, 1023), (9, 1, 1024), (3, 1, 4100), (1, 2, 1026), (2, 1, 1025), (1, 1, 514) })
        {
            CudaGemmTests.Check(host, random, m, n, k, false, true, n == 9 ? WriteMode.Add : WriteMode.Write, m > 1);
        }
        string[] entries = [.. Entry().Matches(PtxResources.Read("parts.sm_70")!).Select(e => e.Groups[1].Value).Order()];
        Assert.Equal(entries, host.Launched.Where(k => k.File == "parts.sm_70").Select(k => k.Entry).Order());
    }

    /// <summary>Both ways: a tile without an entry could not be launched, an entry without a tile would never be.</summary>
    [Fact]
    public void TilesAndEntriesAreTheSame()
    {
        var tiles = from family in ProductFamily.All
                    from precision in Enum.GetValues<Precision>()
                    from tile in family.Tiles(precision, true)
                    select family.Entry(tile, precision);
        var entries = from file in PtxResources.Names
                      where file.StartsWith("gemm", StringComparison.Ordinal) || file.StartsWith("conv_", StringComparison.Ordinal)
                      from Match entry in Entry().Matches(PtxResources.Read(file)!)
                      select new KernelId(file, entry.Groups[1].Value);
        Assert.Equal(tiles.Select(t => t.ToString()).Order(), entries.Select(e => e.ToString()).Order());
    }

    /// <summary>
    /// Where the blocks of one phase fill the card, a narrow tile's block takes all phases, one after the other: phases of unequal sizes, without taps, with rows that no patch reaches.
    /// </summary>
    [Theory, InlineData(Precision.Tf32, 1), InlineData(Precision.Bf16, 1), InlineData(Precision.Tf32, 2)]
    public void ANarrowTileTakesPhasesInTurn(Precision precision, int parts)
    {
        using ProductHost host = new(precision, multiprocessors: 1);
        var random = new Random(33);
        ProductTile tile = ProductFamily.ConvDataGradient.MmaTiles.Single(static t => t.N == 8);
        host.Force(tile, parts);
        ConvDims[] cases =
        [
            ConvDims.Conv(5, 3, 12, 10, 40, 4, 2, 1), ConvDims.Conv(4, 3, 20, 19, 36, 2, 3, 0), ConvDims.Transposed(5, 40, 5, 6, 3, 3, 2, 1, 1), ConvDims.Conv(6, 9, 9, 7, 8, 5, 2, 2),
        ];
        foreach (ConvDims d in cases)
        {
            foreach (WriteMode mode in (WriteMode[])[WriteMode.Write, WriteMode.Add])
            {
                CudaConvolutionTests.CheckOne(host, random, d, "conv_data_gradient", 0, mode);
            }
        }
        Dim3[] grids = [.. host.Grids[ProductFamily.ConvDataGradient.Entry(tile, precision).Entry]];
        Assert.Equal(2 * cases.Length, grids.Length);
        Assert.All(grids, static g => Assert.True(g.X >= 2 && g.Z == 1, $"{g}"));
    }

    [Theory]
    [InlineData(8, 264, 132, 1)]
    [InlineData(8, 263, 132, 4)]
    [InlineData(64, 10_000, 132, 4)]
    public void OnlyNarrowTilesOnAFullCardTakePhasesInTurn(int columns, long blocks, int multiprocessors, int expected) =>
        Assert.Equal(expected, ProductFamily.ConvDataGradient.MmaTiles.First(t => t.N == columns).BlocksOfPhases(4, blocks, multiprocessors));

    private static void CheckGemm(ProductHost host, Random random, ProductTile tile, string name)
    {
        (bool transposeA, bool transposeB) = (name[5] == 't', name[6] == 't');
        int unit = Math.Max(tile.VectorA, tile.VectorB);
        // beyond one tile by a few rows, and k beyond the depth by a step
        (int m, int n, int k) = (tile.M / unit * unit + unit, tile.N / unit * unit + unit, tile.Depth * 3 + unit);
        CudaGemmTests.Check(host, random, m, n, k, transposeA, transposeB, WriteMode.Write, true);
        CudaGemmTests.Check(host, random, m, n, k, transposeA, transposeB, WriteMode.Add, false, 0, 1);
        CudaGemmTests.Check(host, random, 2 * unit, 3 * unit, unit, transposeA, transposeB, WriteMode.Add, false);
    }

    private static void CheckConvolution(ProductHost host, Random random, ProductTile tile, string name)
    {
        // channels that are the columns of C, a little more than a tile has; few of the others
        bool scalar = tile.VectorA == 1, half = tile.VectorB == 1 && !scalar;
        int columns = scalar || half ? Math.Min(tile.N, 16) + 3 : tile.N + 4, few = scalar ? 3 : 4;
        ConvDims[] cases = name switch
        {
            "conv_forward" => [ConvDims.Conv(3, few, 12, 10, columns, 4, 2, 1), ConvDims.Conv(1, few, 5, 6, few, 3, 1, 1)],
            "conv_data_gradient" => [ConvDims.Conv(3, columns, 12, 10, few, 4, 2, 1), ConvDims.Transposed(1, few, 3, 4, half ? 3 : few, 3, 2, 1, 1)],
            _ =>
            [
                ConvDims.Conv(2, half || scalar ? 5 : 12, 10, 8, scalar ? 67 : tile.M + 4, 4, 2, 1),
                ConvDims.Conv(1, half || scalar ? 3 : few, 5, 6, few, 3, 1, 1),
            ],
        };
        foreach (ConvDims d in cases)
        {
            // adding shows an element that is written twice; an output off the 16-byte grid takes the narrow stores
            CudaConvolutionTests.CheckOne(host, random, d, name, 0, WriteMode.Write);
            CudaConvolutionTests.CheckOne(host, random, d, name, 0, WriteMode.Add);
            CudaConvolutionTests.CheckOne(host, random, d, name, 0, WriteMode.Write, 1);
            CudaConvolutionTests.CheckOne(host, random, d, name, 0, WriteMode.Add, 1);
        }
    }

    [GeneratedRegex(@"\.entry (\w+)\(")]
    private static partial Regex Entry();
}
