using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// 2-D transposed convolution: (N, in, H, W) to (N, out, OutH, OutW), o = s(i - 1) - 2p + k + output_padding. PyTorch's default initialisation.
/// </summary>
public sealed class ConvTranspose2d : Module
{
    private readonly int _in, _out, _kernel, _stride, _padding, _outputPadding;

    /// <summary>
    /// Draws weight (in, out, K, K) and bias (out) from U(-b, b), b = 1/sqrt(out K K): PyTorch takes fan_in from dimension 1 here as well.
    /// </summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Side of the square kernel, pixels.</param>
    /// <param name="generator">Source of the initial values.</param>
    /// <param name="stride">Distance between the places where input pixels land, pixels.</param>
    /// <param name="padding">Pixels cut from each side.</param>
    /// <param name="outputPadding">Extra pixels at the bottom and right.</param>
    /// <param name="bias">Whether there is a bias.</param>
    public ConvTranspose2d(Device device, int inChannels, int outChannels, int kernelSize, Generator generator, int stride = 1, int padding = 0,
        int outputPadding = 0, bool bias = true)
    {
        ArgumentNullException.ThrowIfNull(generator);
        RequireDevice(device);
        (_in, _out, _kernel, _stride, _padding, _outputPadding) = (inChannels, outChannels, kernelSize, stride, padding, outputPadding);
        float bound = DefaultBound(outChannels * kernelSize * kernelSize);
        Weight = RegisterParameter("weight", generator.Uniform(device, new Shape(inChannels, outChannels, kernelSize, kernelSize), -bound, bound));
        Bias = bias ? RegisterParameter("bias", generator.Uniform(device, new Shape(outChannels), -bound, bound)) : null;
    }

    /// <summary>(in_channels, out_channels, K, K).</summary>
    public Tensor Weight { get; }

    /// <summary>(out_channels), or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Side of the square kernel, pixels.</summary>
    public int KernelSize => _kernel;

    /// <summary>Distance between the places where input pixels land, pixels.</summary>
    public int Stride => _stride;

    /// <summary>Pixels cut from each side.</summary>
    public int Padding => _padding;

    /// <summary>Extra pixels at the bottom and right.</summary>
    public int OutputPadding => _outputPadding;

    /// <inheritdoc/>
    protected override string Arguments => ConvArguments.Format(_in, _out, _kernel, _stride, _padding, _outputPadding, Bias is not null);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, Activation.Identity, 0);

    /// <summary>The layer and the activation behind it in one.</summary>
    internal Tensor Forward(Tensor x, Activation activation, float slope)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.ConvTranspose2d(Weight, Bias, _stride, _padding, _outputPadding, activation, slope);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        ConvArguments.Check("ConvTranspose2d", input, _in);
        ConvDims d = ConvDims.Transposed(input[0], _in, input[2], input[3], _out, _kernel, _stride, _padding, _outputPadding);
        return new Shape(d.N, d.Cin, d.H, d.W);
    }
}
