using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// 2-D convolution (cross-correlation, as PyTorch): this (N, Cin, H, W), <paramref name="weight"/> (Cout, Cin, K, K), optional
    /// <paramref name="bias"/> (Cout); gives (N, Cout, OutH, OutW) with o = floor((i + 2p - k) / s) + 1. Derivation: docs/convolution-math.md.
    /// </summary>
    /// <param name="weight">Square kernels.</param>
    /// <param name="bias">One value an output channel.</param>
    /// <param name="stride">Step between patches, pixels.</param>
    /// <param name="padding">Zeros on each side, pixels.</param>
    /// <param name="activation">Fused behind it: y = f(...). Its gradient is worked out from y.</param>
    /// <param name="slope">Of LeakyReLU; above 0.</param>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    [DifferentiableOp("conv2d")]
    public Tensor Conv2d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, Activation activation = Activation.Identity, float slope = 0)
    {
        FusedActivation fused = FusedActivation.Of(activation, slope, "Conv2d");
        CheckConv("Conv2d", weight, bias, inputDimension: 1);
        ConvDims dims = ConvDims.Conv(Shape[0], Shape[1], Shape[2], Shape[3], weight.Shape[0], weight.Shape[2], stride, padding);
        Tensor y = Empty(Device, new Shape(dims.N, dims.Cout, dims.OutH, dims.OutW));
        Kernels.ConvForward(Data, weight.Data, new(bias?.Data ?? default, activation, slope), y.Data, dims, WriteMode.Write);
        return Record(y, "conv2d", [this, weight, bias], [this, weight], fused, (node, dy) =>
        {
            using DeviceBuffer? dz = FusedActivation.Backward(node, ref dy);
            if (node.Needs(0))
            {
                GradTarget dx = node.ProductGradientOf(0);
                node.Kernels.ConvDataGradient(dy, node.Saved(1), dx.Epilogue, dx.Data, dims, dx.Mode);
            }
            if (node.Needs(1))
            {
                GradTarget dw = node.GradientOf(1);
                node.Kernels.ConvWeightGradient(node.Saved(0), dy, dw.Data, dims, dw.Mode);
            }
            BiasGradient(node, dy, dims.N * dims.OutH * dims.OutW, dims.Cout);
        });
    }

    /// <summary>
    /// 2-D transposed convolution, the data gradient of <see cref="Conv2d"/>: this (N, Cin, H, W), <paramref name="weight"/>
    /// (Cin, Cout, K, K), optional <paramref name="bias"/> (Cout); gives (N, Cout, OutH, OutW) with o = s(i - 1) - 2p + k + outputPadding.
    /// </summary>
    /// <param name="weight">Square kernels, input channels first, as PyTorch.</param>
    /// <param name="bias">One value an output channel.</param>
    /// <param name="stride">Step between the places where input pixels land, pixels.</param>
    /// <param name="padding">Pixels cut from each side.</param>
    /// <param name="outputPadding">Extra pixels at the bottom and right; below the stride.</param>
    /// <param name="activation">Fused behind it: y = f(...). Its gradient is worked out from y.</param>
    /// <param name="slope">Of LeakyReLU; above 0.</param>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    [DifferentiableOp("conv_transpose2d")]
    public Tensor ConvTranspose2d(Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0,
        Activation activation = Activation.Identity, float slope = 0)
    {
        FusedActivation fused = FusedActivation.Of(activation, slope, "ConvTranspose2d");
        CheckConv("ConvTranspose2d", weight, bias, inputDimension: 0);
        ConvDims dims = ConvDims.Transposed(Shape[0], Shape[1], Shape[2], Shape[3], weight.Shape[1], weight.Shape[2], stride, padding, outputPadding);
        Tensor y = Empty(Device, new Shape(dims.N, dims.Cin, dims.H, dims.W));
        Kernels.ConvDataGradient(Data, weight.Data, new(bias?.Data ?? default, activation, slope), y.Data, dims, WriteMode.Write);
        return Record(y, "conv_transpose2d", [this, weight, bias], [this, weight], fused, (node, dy) =>
        {
            using DeviceBuffer? dz = FusedActivation.Backward(node, ref dy);
            if (node.Needs(0))
            {
                GradTarget dx = node.ProductGradientOf(0);
                node.Kernels.ConvForward(dy, node.Saved(1), dx.Epilogue, dx.Data, dims, dx.Mode);
            }
            if (node.Needs(1))
            {
                GradTarget dw = node.GradientOf(1);
                node.Kernels.ConvWeightGradient(dy, node.Saved(0), dw.Data, dims, dw.Mode);
            }
            BiasGradient(node, dy, dims.N * dims.H * dims.W, dims.Cin);
        });
    }

    private static void BiasGradient(GradNode node, DeviceSpan<float> dy, int rows, int channels)
    {
        if (node.Needs(2))
        {
            GradTarget db = node.GradientOf(2);
            node.Kernels.SumRows(dy, db.Data, rows, channels, db.Mode);
        }
    }

    private void CheckConv(string op, Tensor weight, Tensor? bias, int inputDimension)
    {
        ArgumentNullException.ThrowIfNull(weight);
        CheckDevice(op, this, weight);
        CheckDevice(op, this, bias);
        if (Shape.Rank != 4 || weight.Shape.Rank != 4)
        {
            throw new ShapeException($"{op}: input {Shape} and weight {weight.Shape} must both be 4-D; reshape the input to (N, C, H, W).");
        }
        if (weight.Shape[2] != weight.Shape[3])
        {
            throw new ShapeException($"{op}: weight {weight.Shape} has a kernel of {weight.Shape[2]}x{weight.Shape[3]}; square kernels are supported.");
        }
        if (Shape[1] != weight.Shape[inputDimension])
        {
            throw new ShapeException($"{op}: input {Shape} has {Shape[1]} channels, weight {weight.Shape} expects {weight.Shape[inputDimension]}; "
                + $"weights are ({(inputDimension == 1 ? "out, in" : "in, out")}, K, K).");
        }
        int outputs = weight.Shape[1 - inputDimension];
        if (bias is not null && bias.Shape != new Shape(outputs))
        {
            throw new ShapeException($"{op}: bias {bias.Shape} does not fit weight {weight.Shape}; it must be [{outputs}].");
        }
    }
}
