using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// One full tile of C with sums of more than 192 steps: longer than three accumulators of the float32 tile hold, and many rounds of every pipeline. Shapes with short
/// sums see the first round or two of a kernel's main loop only.
/// </summary>
public sealed class LongSumTests
{
    [Theory, MemberData(nameof(ProductTileTests.Families), MemberType = typeof(ProductTileTests))]
    public void EveryTileSumsInTheDocumentedOrder(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        using var host = new ProductHost(precision, 90, true);
        foreach (ProductTile tile in family.Tiles(precision, true))
        {
            host.Force(tile, 1);
            if (family.File == "gemm")
            {
                CheckGemm(host, tile, name);
            }
            else
            {
                CheckConvolution(host, tile, name);
            }
            Assert.Contains(family.Entry(tile, precision), host.Launched);
        }
    }

    private static void CheckGemm(ProductHost host, ProductTile tile, string name)
    {
        (bool transposeA, bool transposeB) = (name[5] == 't', name[6] == 't');
        (int m, int n, int k) = (tile.M, tile.N, tile.VectorA == 1 ? 217 : 220);
        var random = new Random(41);
        float[] a = ProductHost.Numbers((long)m * k, random), b = ProductHost.Numbers((long)k * n, random);
        float[] c = host.Check($"{name} {m}x{n}x{k}", [a, b], null, new float[m * n], WriteMode.Write, k, x => ProductReference.MatMul(x[0], x[1], m, n, k, transposeA, transposeB),
            (kernels, x, bias, y) => kernels.MatMul(x[0], x[1], bias, y, m, n, k, transposeA, transposeB, WriteMode.Write), plain: true);
        if (host.Precision == Precision.Fp32)
        {
            KernelHost.AssertSameBits(OrderedSums.MatMul(a, b, m, n, k, transposeA, transposeB), c, $"{name}, tile {tile.Suffix}");
        }
    }

    private static void CheckConvolution(ProductHost host, ProductTile tile, string name)
    {
        // channels along which an operand is copied must be a multiple of its vector
        int few = tile.VectorA == 1 ? 23 : 24;
        ConvDims d = name switch
        {
            "conv_forward" => ConvDims.Conv(1, few, 12, 11, tile.N, 3, 1, 1),
            "conv_data_gradient" => ConvDims.Conv(tile.M / 128 + 1, tile.N, 12, 11, few, 3, 1, 1),
            _ => ConvDims.Conv(2, tile.N / 4, 10, 9, tile.M, 2, 1, 1),
        };
        var random = new Random(42);
        float[] input = ProductHost.Numbers(name == "conv_data_gradient" ? d.OutputLength : d.InputLength, random);
        float[] second = ProductHost.Numbers(name == "conv_weight_gradient" ? d.OutputLength : d.WeightLength, random);
        long length = name switch { "conv_forward" => d.OutputLength, "conv_data_gradient" => d.InputLength, _ => d.WeightLength };
        int terms = name == "conv_weight_gradient" ? d.N * d.OutH * d.OutW : 9 * few;
        Assert.True(terms > 3 * 64);
        float[] result = host.Check($"{name} {d}", [input, second], null, new float[length], WriteMode.Write, terms,
            x => name switch
            {
                "conv_forward" => NaiveConvolution.Forward(x[0], x[1], d),
                "conv_data_gradient" => NaiveConvolution.DataGradient(x[0], x[1], d),
                _ => NaiveConvolution.WeightGradient(x[0], x[1], d),
            },
            (kernels, x, bias, y) =>
            {
                switch (name)
                {
                    case "conv_forward":
                        kernels.ConvForward(x[0], x[1], bias, y, d, WriteMode.Write);
                        break;
                    case "conv_data_gradient":
                        kernels.ConvDataGradient(x[0], x[1], bias, y, d, WriteMode.Write);
                        break;
                    default:
                        kernels.ConvWeightGradient(x[0], x[1], y, d, WriteMode.Write);
                        break;
                }
            }, plain: true);
        if (host.Precision == Precision.Fp32)
        {
            float[] ordered = name switch
            {
                "conv_forward" => OrderedSums.Forward(input, second, d),
                "conv_data_gradient" => OrderedSums.DataGradient(input, second, d),
                _ => OrderedSums.WeightGradient(input, second, d),
            };
            KernelHost.AssertSameBits(ordered, result, $"{name}, tile {tile.Suffix}");
        }
    }
}
