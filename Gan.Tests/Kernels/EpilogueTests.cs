using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>A product with an activation, or an activation's gradient, has the bits of the product and then the other.</summary>
public class EpilogueTests : KernelTests
{
    private const float Slope = 0.2f;

    private static readonly Activation[] s_activations = [Activation.Identity, Activation.Relu, Activation.LeakyRelu, Activation.Tanh, Activation.Sigmoid];

    /// <summary>Blocks, sums in parts, dot products, few rows, ragged sizes, k of 0.</summary>
    [Theory]
    [InlineData(60, 784, 128, false, true)]
    [InlineData(60, 128, 784, false, false)]
    [InlineData(1, 300, 700, false, true)]
    [InlineData(300, 1, 700, false, true)]
    [InlineData(2, 65, 64, false, false)]
    [InlineData(33, 67, 129, true, false)]
    [InlineData(13, 9, 40, true, true)]
    [InlineData(130, 140, 33, false, true)]
    [InlineData(5, 7, 0, false, false)]
    public void AMatrixProduct(int m, int n, int k, bool transposeA, bool transposeB) =>
        Check((long)m * k, (long)k * n, n, (long)m * n, (kernels, a, b, epilogue, c) => kernels.MatMul(a, b, epilogue, c, m, n, k, transposeA, transposeB, WriteMode.Write));

    [Theory]
    [InlineData(2, 3, 9, 7, 5, 4, 2, 1)]
    [InlineData(3, 16, 8, 8, 24, 4, 2, 1)]
    [InlineData(4, 20, 4, 4, 6, 4, 1, 0)]
    [InlineData(2, 12, 5, 5, 36, 1, 1, 0)]
    [InlineData(1, 4, 6, 6, 3, 3, 3, 0)]
    public void AConvolutionAndItsDataGradient(int n, int cin, int h, int w, int cout, int kernel, int stride, int padding)
    {
        ConvDims d = ConvDims.Conv(n, cin, h, w, cout, kernel, stride, padding);
        Check(d.InputLength, d.WeightLength, d.Cout, d.OutputLength, (kernels, x, weight, epilogue, y) => kernels.ConvForward(x, weight, epilogue, y, d, WriteMode.Write));
        Check(d.OutputLength, d.WeightLength, d.Cin, d.InputLength, (kernels, dy, weight, epilogue, dx) => kernels.ConvDataGradient(dy, weight, epilogue, dx, d, WriteMode.Write));
    }

    [Fact]
    public void WhatIsAddedCannotBeActivated() => Target.SameBits(h =>
    {
        DeviceSpan<float> x = h.Of(new float[16]), y = h.Of(new float[16]);
        ConvDims d = ConvDims.Conv(1, 4, 2, 2, 4, 1, 1, 0);
        Epilogue relu = new(default, Activation.Relu);
        foreach (Action call in (Action[])[() => h.K.MatMul(x, x, relu, y, 4, 4, 4, false, false, WriteMode.Add),
            () => h.K.ConvForward(x, x, relu, y, d, WriteMode.Add), () => h.K.ConvDataGradient(x, x, relu, y, d, WriteMode.Add)])
        {
            Assert.Contains("Relu can't be applied to results that are added", Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
        }
        return [];
    });

    [Fact]
    public void AResultMustFit() => Target.SameBits(h =>
    {
        DeviceSpan<float> x = h.Of(new float[16]), y = h.Of(new float[16]), bias = h.Of(new float[4]);
        ConvDims d = ConvDims.Conv(1, 4, 2, 2, 4, 1, 1, 0);
        Epilogue longer = Epilogue.GradientOf(Activation.Tanh, 0, h.Of(new float[17])), biased = Epilogue.GradientOf(Activation.Relu, 0, x) with { Bias = bias };
        foreach ((Epilogue epilogue, string found) in ((Epilogue, string)[])[(longer, "gradient of Tanh needs its result, 16 elements, and no bias; there are 17 and 0"), (biased, "there are 16 and 4")])
        {
            foreach (Action call in (Action[])[() => h.K.MatMul(x, x, epilogue, y, 4, 4, 4, false, false, WriteMode.Write),
                () => h.K.ConvForward(x, x, epilogue, y, d, WriteMode.Write), () => h.K.ConvDataGradient(x, x, epilogue, y, d, WriteMode.Write)])
            {
                Assert.Contains(found, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
            }
        }
        return [];
    });

    [Fact]
    public void ActivationsMayRunInPlace() => Target.SameBits(h =>
    {
        foreach (Activation activation in s_activations.Where(static a => a != Activation.Identity))
        {
            float[] values = KernelHost.Values(5003, 1, 8);
            DeviceSpan<float> x = h.Of(values), y = h.Of(values), same = h.Of(values);
            Activate(h.K, activation, x, y);
            Activate(h.K, activation, same, same);
            KernelHost.AssertSameBits(h.Read(y), h.Read(same), $"{activation}");
        }
        return [];
    });

    private void Check(long first, long second, int channels, long result, Action<IKernels, DeviceSpan<float>, DeviceSpan<float>, Epilogue, DeviceSpan<float>> product) =>
        Target.SameBits(h =>
        {
            DeviceSpan<float> a = h.Of(KernelHost.Values(first, 1)), b = h.Of(KernelHost.Values(second, 2, 0.3)), bias = h.Of(KernelHost.Values(channels, 3, 1));
            foreach (DeviceSpan<float> added in (DeviceSpan<float>[])[bias, default])
            {
                foreach (Activation activation in s_activations)
                {
                    DeviceSpan<float> together = h.Of(KernelHost.Values(result, 4)), apart = h.Of(KernelHost.Values(result, 5)), y = h.Of(KernelHost.Values(result, 6));
                    product(h.K, a, b, new(added, activation, Slope), together);
                    product(h.K, a, b, added, apart);
                    Activate(h.K, activation, apart, y);
                    KernelHost.AssertSameBits(h.Read(activation == Activation.Identity ? apart : y), h.Read(together), $"{activation}{(added.IsEmpty ? "" : " and bias")}");
                }
            }
            // at a multiple of 16 bytes, and not
            DeviceSpan<float> memory = h.Of(KernelHost.Values(result + 1, 7));
            foreach (DeviceSpan<float> before in (DeviceSpan<float>[])[memory.Slice(0, result), memory.Slice(1, result)])
            {
                foreach (Activation activation in s_activations)
                {
                    DeviceSpan<float> together = h.Of(KernelHost.Values(result, 4)), apart = h.Of(KernelHost.Values(result, 5)), dz = h.Of(KernelHost.Values(result, 6));
                    product(h.K, a, b, Epilogue.GradientOf(activation, Slope, before), together);
                    product(h.K, a, b, default, apart);
                    Differentiate(h.K, activation, before, apart, dz);
                    KernelHost.AssertSameBits(h.Read(activation == Activation.Identity ? apart : dz), h.Read(together), $"the gradient of {activation}");
                }
            }
            return [];
        });

    private static void Differentiate(IKernels kernels, Activation activation, DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dz)
    {
        switch (activation)
        {
            case Activation.Relu:
                kernels.ReluBackward(y, dy, dz, WriteMode.Write);
                break;
            case Activation.LeakyRelu:
                kernels.LeakyReluBackward(y, dy, dz, Slope, WriteMode.Write);
                break;
            case Activation.Tanh:
                kernels.TanhBackward(y, dy, dz, WriteMode.Write);
                break;
            case Activation.Sigmoid:
                kernels.SigmoidBackward(y, dy, dz, WriteMode.Write);
                break;
        }
    }

    private static void Activate(IKernels kernels, Activation activation, DeviceSpan<float> x, DeviceSpan<float> y)
    {
        switch (activation)
        {
            case Activation.Relu:
                kernels.ReluForward(x, y);
                break;
            case Activation.LeakyRelu:
                kernels.LeakyReluForward(x, y, Slope);
                break;
            case Activation.Tanh:
                kernels.TanhForward(x, y);
                break;
            case Activation.Sigmoid:
                kernels.SigmoidForward(x, y);
                break;
        }
    }
}
