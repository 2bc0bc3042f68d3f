using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>
/// Activations and their gradients at the end of every compiled tile, each by force, have the bits of the same arithmetic applied to the plain product: at every place of the
/// tile, written four elements at a time and one at a time.
/// </summary>
public sealed class TileEpilogueTests
{
    private const float Slope = 0.2f;
    private const int Cin = 4, Side = 8; // of convolutions: sums of 2 x 2 x 4, 64 rows an image

    private static readonly Activation[] s_fused = [Activation.Relu, Activation.LeakyRelu], s_differentiated = [Activation.Relu, Activation.LeakyRelu, Activation.Tanh, Activation.Sigmoid];

    [Theory, MemberData(nameof(ProductTileTests.FamiliesWithEpilogue), MemberType = typeof(ProductTileTests))]
    public void EveryTileEndsInThem(string name, Precision precision)
    {
        ProductFamily family = ProductFamily.All.Single(f => f.Name == name);
        using var host = new ProductHost(precision, 90, true);
        var random = new Random(51);
        foreach (ProductTile tile in family.Tiles(precision, true))
        {
            host.Force(tile, 1);
            (long first, long second, int output, Action<IKernels, DeviceSpan<float>[], Epilogue, DeviceSpan<float>> run) = Product(name, tile);
            float[][] operands = [ProductHost.Numbers(first, random), ProductHost.Numbers(second, random)];
            float[] result = ProductHost.Numbers(output, random), shifted = [0, .. result];
            float[] plain = host.Read(operands, output, (kernels, x, y) => run(kernels, x, default, y));
            foreach (Activation f in s_fused)
            {
                float[] activated = host.Read(operands, output, (kernels, x, y) => run(kernels, x, new(default, f, Slope), y));
                KernelHost.AssertSameBits([.. plain.Select(v => v > 0 ? v : f == Activation.Relu ? 0 : Slope * v)], activated, $"{name}, {tile.Suffix}: {f}");
            }
            foreach (Activation f in s_differentiated)
            {
                float[] expected = [.. plain.Zip(result, (dy, y) => Gradient(f, y, dy))];
                float[] wide = host.Read([.. operands, result], output, (kernels, x, y) => run(kernels, x, Epilogue.GradientOf(f, Slope, x[2]), y));
                KernelHost.AssertSameBits(expected, wide, $"{name}, {tile.Suffix}: gradient of {f}");
                float[] single = host.Read([.. operands, shifted], output, (kernels, x, y) => run(kernels, x, Epilogue.GradientOf(f, Slope, x[2].Slice(1, output)), y));
                KernelHost.AssertSameBits(expected, single, $"{name}, {tile.Suffix}: gradient of {f}, off a multiple of 16 bytes");
            }
            Assert.Contains(family.Entry(tile, precision), host.Launched);
        }
    }

    /// <summary>As the kernels document it, in float32.</summary>
    private static float Gradient(Activation f, float y, float dy) => f switch
    {
        Activation.Tanh => dy * (1 - (y * y)),
        Activation.Sigmoid => dy * y * (1 - y),
        _ when y > 0 => dy,
        _ => f == Activation.Relu ? 0 : Slope * dy,
    };

    /// <summary>A product of exactly one tile: lengths of its operands and of its output.</summary>
    private static (long First, long Second, int Output, Action<IKernels, DeviceSpan<float>[], Epilogue, DeviceSpan<float>> Run) Product(string name, ProductTile tile)
    {
        (int m, int n) = (tile.M, tile.N);
        if (name.StartsWith("gemm", StringComparison.Ordinal))
        {
            const int K = 16;
            (bool transposeA, bool transposeB) = (name[5] == 't', name[6] == 't');
            return (m * K, n * K, m * n, (kernels, x, epilogue, c) => kernels.MatMul(x[0], x[1], epilogue, c, m, n, K, transposeA, transposeB, WriteMode.Write));
        }
        int images = m / (Side * Side);
        ConvDims d = name == "conv_forward"
            ? ConvDims.Conv(images, Cin, Side + 1, Side + 1, n, 2, 1, 0)
            : ConvDims.Conv(images, n, Side, Side, Cin, 2, 1, 1);
        return name == "conv_forward"
            ? (d.InputLength, d.WeightLength, (int)d.OutputLength, (kernels, x, epilogue, y) => kernels.ConvForward(x[0], x[1], epilogue, y, d, WriteMode.Write))
            : (d.OutputLength, d.WeightLength, (int)d.InputLength, (kernels, x, epilogue, dx) => kernels.ConvDataGradient(x[0], x[1], epilogue, dx, d, WriteMode.Write));
    }
}
