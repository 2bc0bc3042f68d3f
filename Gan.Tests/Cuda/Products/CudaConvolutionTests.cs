using Gan.Kernels;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>The convolution kernels on the emulator against double precision, in every precision.</summary>
public sealed class CudaConvolutionTests
{
    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void EveryKernelStrideAndPadding(Precision precision) => Sweep(precision, 21);

    [Theory, Trait("Category", "Long"), InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void EveryKernelStrideAndPaddingManyTimes(Precision precision)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            Sweep(precision, seed);
        }
    }

    /// <summary>Skewed pictures, 1 and 3 channels, 1x1 to 4x4 and back, output_padding, kernels smaller than the stride, a single pixel.</summary>
    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void SpecialShapes(Precision precision)
    {
        ConvDims[] cases =
        [
            ConvDims.Conv(1, 3, 16, 16, 16, 4, 2, 1), ConvDims.Conv(5, 1, 8, 8, 16, 4, 2, 1), ConvDims.Conv(1, 33, 37, 3, 5, 3, 1, 1),
            ConvDims.Conv(2, 3, 3, 37, 67, 3, 2, 2), ConvDims.Conv(5, 32, 4, 4, 1, 4, 1, 0), ConvDims.Conv(6, 20, 4, 4, 12, 4, 1, 0),
            ConvDims.Conv(3, 12, 5, 5, 31, 1, 1, 0), ConvDims.Conv(3, 6, 9, 9, 7, 1, 3, 0), ConvDims.Conv(2, 5, 9, 7, 6, 2, 3, 1),
            ConvDims.Conv(1, 1, 1, 1, 1, 1, 1, 0), ConvDims.Conv(1, 4, 12, 12, 20, 5, 1, 2), ConvDims.Conv(2, 8, 9, 5, 4, 4, 2, 1),
            ConvDims.Transposed(3, 3, 5, 5, 3, 4, 2, 1), ConvDims.Transposed(2, 12, 4, 4, 12, 5, 3, 2, 2),
            ConvDims.Transposed(2, 20, 1, 1, 8, 4, 1, 0), ConvDims.Transposed(4, 9, 6, 5, 3, 3, 2, 1, 1),
            ConvDims.Transposed(5, 8, 3, 3, 4, 6, 3, 1, 1), ConvDims.Transposed(2, 16, 6, 6, 3, 4, 2, 1),
        ];
        using var host = new ProductHost(precision);
        var random = new Random(22);
        foreach (ConvDims d in cases)
        {
            CheckAll(host, random, d);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void UnalignedOperands(int shift)
    {
        using var host = new ProductHost(Precision.Tf32);
        CheckAll(host, new Random(shift), ConvDims.Conv(2, 8, 6, 6, 12, 4, 2, 1), shift);
    }

    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void SameBitsAgain(Precision precision)
    {
        using var host = new ProductHost(precision);
        float[][]? first = null;
        for (int run = 0; run < 2; run++)
        {
            float[][] results = CheckAll(host, new Random(3), ConvDims.Conv(9, 20, 8, 8, 24, 4, 2, 1));
            first ??= results;
            for (int i = 0; i < results.Length; i++)
            {
                Assert.Equal(first[i], results[i]);
            }
        }
    }

    /// <summary>An empty batch has no outputs; its weight gradient is zero, and nothing when adding.</summary>
    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void EmptyBatch(WriteMode mode)
    {
        using var host = new ProductHost(Precision.Fp32);
        var d = new ConvDims(0, 3, 6, 6, 4, 3, 3, 4, 2, 1);
        host.Check("no batch", [[], []], null, ProductHost.Numbers(d.WeightLength, new Random(1)), mode, 0, _ => new double[d.WeightLength],
            (kernels, x, _, dw) => kernels.ConvWeightGradient(default, default, dw, d, mode), plain: true);
        float[] weight = new float[d.WeightLength];
        host.Check("no batch, forward", [[], weight], null, [], mode, 0, _ => [],
            (kernels, x, _, y) => kernels.ConvForward(x[0], x[1], default, y, d, mode));
        host.Check("no batch, data gradient", [[], weight], null, [], mode, 0, _ => [],
            (kernels, x, _, dx) => kernels.ConvDataGradient(x[0], x[1], default, dx, d, mode));
    }

    [Fact]
    public void SizesBeyondTheIndexAreRefused()
    {
        using var host = new ProductHost(Precision.Fp32);
        var wide = new ConvDims(1, 1, 1, 40_000, 1, 1, 40_000, 1, 1, 0);
        string message = Assert.Throws<ArgumentException>(() => Run(host.Kernels.ConvForward, wide)).Message;
        Assert.Contains("32767 pixels a side", message);
        var large = new ConvDims(1 << 20, 64, 64, 64, 64, 32, 32, 4, 2, 1);
        message = Assert.Throws<ArgumentException>(() => Run(host.Kernels.ConvForward, large)).Message;
        Assert.Contains($"at most {int.MaxValue}", message);
        var strided = new ConvDims(1, 1, 300, 300, 1, 1, 1, 1, 300, 0);
        message = Assert.Throws<ArgumentException>(() => Run(host.Kernels.ConvDataGradient, strided)).Message;
        Assert.Contains("stride 300 is above 255", message);
    }

    private static void Run(Action<DeviceSpan<float>, DeviceSpan<float>, Epilogue, DeviceSpan<float>, ConvDims, WriteMode> kernel,
        ConvDims d) =>
        kernel(default, default, default, default, d, WriteMode.Write);

    /// <summary>All three kernels with random mode and bias; answers with their results.</summary>
    internal static float[][] CheckAll(ProductHost host, Random random, ConvDims d, int shift = 0) =>
    [
        CheckOne(host, random, d, "conv_forward", shift),
        CheckOne(host, random, d, "conv_data_gradient", shift),
        CheckOne(host, random, d, "conv_weight_gradient", shift),
    ];

    /// <summary>One of the three.</summary>
    internal static float[] CheckOne(ProductHost host, Random random, ConvDims d, string kernel, int shift = 0,
        WriteMode? asked = null, int outputShift = 0)
    {
        WriteMode mode = asked ?? (random.Next(2) == 0 ? WriteMode.Write : WriteMode.Add);
        (long first, long second, long result, int channels, int terms) = kernel switch
        {
            "conv_forward" => (d.InputLength, d.WeightLength, d.OutputLength, d.Cout, d.Kernel * d.Kernel * d.Cin),
            "conv_data_gradient" => (d.OutputLength, d.WeightLength, d.InputLength, d.Cin, d.Kernel * d.Kernel * d.Cout),
            _ => (d.InputLength, d.OutputLength, d.WeightLength, 0, d.N * d.OutH * d.OutW),
        };
        float[]? bias = channels > 0 && random.Next(2) == 0 ? ProductHost.Numbers(channels, random) : null;
        float[][] inputs = [ProductHost.Numbers(first, random), ProductHost.Numbers(second, random)];
        return host.Check($"{kernel} {d}", inputs, bias, ProductHost.Numbers(result, random), mode, terms,
            x => kernel switch
            {
                "conv_forward" => NaiveConvolution.Forward(x[0], x[1], d),
                "conv_data_gradient" => NaiveConvolution.DataGradient(x[0], x[1], d),
                _ => NaiveConvolution.WeightGradient(x[0], x[1], d),
            },
            (kernels, x, b, y) =>
            {
                switch (kernel)
                {
                    case "conv_forward":
                        kernels.ConvForward(x[0], x[1], b, y, d, mode);
                        break;
                    case "conv_data_gradient":
                        kernels.ConvDataGradient(x[0], x[1], b, y, d, mode);
                        break;
                    default:
                        kernels.ConvWeightGradient(x[0], x[1], y, d, mode);
                        break;
                }
            }, shift, outputShift, plain: kernel == "conv_weight_gradient");
    }

    private static void Sweep(Precision precision, int seed)
    {
        using var host = new ProductHost(precision);
        var random = new Random(seed);
        for (int kernel = 1; kernel <= 5; kernel++)
        {
            for (int stride = 1; stride <= 3; stride++)
            {
                for (int padding = 0; padding <= 2; padding++)
                {
                    // multiples of four take the wide copies
                    int unit = random.Next(2) == 0 ? 4 : 1;
                    CheckAll(host, random, ConvDims.Conv(random.Next(1, 4), unit * random.Next(1, 5), random.Next(5, 10), random.Next(5, 10),
                        unit * random.Next(1, 5), kernel, stride, padding));
                    CheckAll(host, random, ConvDims.Transposed(random.Next(1, 4), unit * random.Next(1, 6), random.Next(3, 5), random.Next(3, 6),
                        unit * random.Next(1, 6), Math.Max(kernel, 2), stride, Math.Min(padding, 1), random.Next(stride)));
                }
            }
        }
    }
}
