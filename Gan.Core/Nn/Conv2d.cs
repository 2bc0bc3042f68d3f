using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>2-D convolution: (N, in, H, W) to (N, out, OutH, OutW), o = floor((i + 2p - k) / s) + 1. PyTorch's default initialisation.</summary>
public sealed class Conv2d : Module
{
    private readonly int _in, _out, _kernel, _stride, _padding;
    private readonly SpectralNormalization? _spectral;

    /// <summary>Draws weight (out, in, K, K) and bias (out) from U(-b, b), b = 1/sqrt(in K K).</summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Side of the square kernel, pixels.</param>
    /// <param name="generator">Source of the initial values.</param>
    /// <param name="stride">Step between patches, pixels.</param>
    /// <param name="padding">Zeros on each side, pixels.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="spectralNorm">Whether the weight is used divided by its largest singular value (Miyato et al. 2018); it is then named weight_orig.</param>
    public Conv2d(Device device, int inChannels, int outChannels, int kernelSize, Generator generator, int stride = 1, int padding = 0, bool bias = true,
        bool spectralNorm = false)
    {
        ArgumentNullException.ThrowIfNull(generator);
        RequireDevice(device);
        (_in, _out, _kernel, _stride, _padding) = (inChannels, outChannels, kernelSize, stride, padding);
        float bound = DefaultBound(inChannels * kernelSize * kernelSize);
        Weight = RegisterParameter(spectralNorm ? "weight_orig" : "weight", generator.Uniform(device, new Shape(outChannels, inChannels, kernelSize, kernelSize), -bound, bound));
        Bias = bias ? RegisterParameter("bias", generator.Uniform(device, new Shape(outChannels), -bound, bound)) : null;
        _spectral = spectralNorm ? SpectralNormalization.Of(Weight, generator, RegisterBuffer) : null;
    }

    /// <summary>(out_channels, in_channels, K, K).</summary>
    public Tensor Weight { get; }

    /// <summary>(out_channels), or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Side of the square kernel, pixels.</summary>
    public int KernelSize => _kernel;

    /// <summary>Step between patches, pixels.</summary>
    public int Stride => _stride;

    /// <summary>Zeros on each side, pixels.</summary>
    public int Padding => _padding;

    /// <inheritdoc/>
    protected override string Arguments => ConvArguments.Format(_in, _out, _kernel, _stride, _padding, 0, Bias is not null);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, Activation.Identity, 0);

    /// <summary>The layer and the activation behind it in one.</summary>
    internal Tensor Forward(Tensor x, Activation activation, float slope)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Conv2d(_spectral?.Apply(Weight, Training) ?? Weight, Bias, _stride, _padding, activation, slope);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        ConvArguments.Check("Conv2d", input, _in);
        ConvDims d = ConvDims.Conv(input[0], _in, input[2], input[3], _out, _kernel, _stride, _padding);
        return new Shape(d.N, d.Cout, d.OutH, d.OutW);
    }
}

/// <summary>What both convolution layers print and check.</summary>
internal static class ConvArguments
{
    public static string Format(int inChannels, int outChannels, int kernel, int stride, int padding, int outputPadding, bool bias)
    {
        string text = $"{inChannels}, {outChannels}, kernel_size=({kernel}, {kernel}), stride=({stride}, {stride})";
        text += padding != 0 ? $", padding=({padding}, {padding})" : "";
        text += outputPadding != 0 ? $", output_padding=({outputPadding}, {outputPadding})" : "";
        return bias ? text : text + ", bias=False";
    }

    public static void Check(string op, Shape input, int channels)
    {
        if (input.Rank != 4 || input[1] != channels)
        {
            throw new ShapeException($"{op}: input {input} must be (N, {channels}, H, W).");
        }
    }
}
