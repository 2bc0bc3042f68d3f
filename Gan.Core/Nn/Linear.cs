using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>y = x W^T + b: [rows, in_features] to [rows, out_features]. PyTorch's default initialisation.</summary>
public sealed class Linear : Module
{
    private readonly int _inFeatures, _outFeatures;
    private readonly SpectralNormalization? _spectral;

    /// <summary>Draws weight [out, in] and bias [out] from U(-1/sqrt(in), 1/sqrt(in)).</summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="inFeatures">Columns of the input.</param>
    /// <param name="outFeatures">Columns of the output.</param>
    /// <param name="generator">Source of the initial values.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="spectralNorm">Whether the weight is used divided by its largest singular value (Miyato et al. 2018); it is then named weight_orig.</param>
    public Linear(Device device, int inFeatures, int outFeatures, Generator generator, bool bias = true, bool spectralNorm = false)
    {
        ArgumentNullException.ThrowIfNull(generator);
        RequireDevice(device);
        (_inFeatures, _outFeatures) = (inFeatures, outFeatures);
        float bound = DefaultBound(inFeatures);
        Weight = RegisterParameter(spectralNorm ? "weight_orig" : "weight", generator.Uniform(device, new Shape(outFeatures, inFeatures), -bound, bound));
        Bias = bias ? RegisterParameter("bias", generator.Uniform(device, new Shape(outFeatures), -bound, bound)) : null;
        _spectral = spectralNorm ? SpectralNormalization.Of(Weight, generator, RegisterBuffer) : null;
    }

    /// <summary>[out_features, in_features].</summary>
    public Tensor Weight { get; }

    /// <summary>[out_features], or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override string Arguments => $"in_features={_inFeatures}, out_features={_outFeatures}, bias={(Bias is null ? "False" : "True")}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, Activation.Identity, 0);

    /// <summary>The layer and the activation behind it in one.</summary>
    internal Tensor Forward(Tensor x, Activation activation, float slope)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Linear(_spectral?.Apply(Weight, Training) ?? Weight, Bias, activation, slope);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 2 && input[1] == _inFeatures
        ? new Shape(input[0], _outFeatures)
        : throw new ShapeException($"Linear: input {input} must be [rows, {_inFeatures}].");
}
