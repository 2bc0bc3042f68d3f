using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// Batch normalisation a channel (Ioffe and Szegedy 2015) over (N, C, H, W), with PyTorch's semantics: eps 1e-5, momentum 0.1, unbiased running
/// variance, batch statistics in training mode, running ones in evaluation mode.
/// </summary>
public sealed class BatchNorm2d : Module
{
    private readonly int _features;
    private readonly float _eps, _momentum;
    private readonly Tensor _runningMean, _runningVar, _counter;

    /// <summary>Scale 1, shift 0, running mean 0, running variance 1.</summary>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="numFeatures">Channels C.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="momentum">Weight of the new batch in the running statistics.</param>
    public BatchNorm2d(Device device, int numFeatures, float eps = 1e-5f, float momentum = 0.1f)
    {
        RequireDevice(device);
        (_features, _eps, _momentum) = (numFeatures, eps, momentum);
        var shape = new Shape(numFeatures);
        Weight = RegisterParameter("weight", Tensor.Full(device, shape, 1));
        Bias = RegisterParameter("bias", Tensor.Zeros(device, shape));
        _runningMean = RegisterBuffer("running_mean", Tensor.Zeros(device, shape));
        _runningVar = RegisterBuffer("running_var", Tensor.Full(device, shape, 1));
        _counter = RegisterBuffer("num_batches_tracked", Tensor.Zeros(device, new Shape(), DType.Int64));
    }

    /// <summary>Scale gamma, [C].</summary>
    public Tensor Weight { get; }

    /// <summary>Shift beta, [C].</summary>
    public Tensor Bias { get; }

    /// <summary>Running mean, [C]; a buffer.</summary>
    public Tensor RunningMean => _runningMean;

    /// <summary>Running unbiased variance, [C]; a buffer.</summary>
    public Tensor RunningVar => _runningVar;

    /// <summary>Added to the variance.</summary>
    public float Eps => _eps;

    /// <summary>Weight of a new batch in the running statistics.</summary>
    public float Momentum => _momentum;

    /// <inheritdoc/>
    protected override string Arguments =>
        $"{_features}, eps={PythonFloat.Format(_eps)}, momentum={PythonFloat.Format(_momentum)}, affine=True, track_running_stats=True";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, Activation.Identity, 0);

    /// <summary>Normalises and applies the activation in the same pass.</summary>
    public Tensor Forward(Tensor x, Activation activation, float slope)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.BatchNorm2d(Weight, Bias, _runningMean, _runningVar, _counter, Training, _momentum, _eps, activation, slope);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank is 2 or 4 && input[1] == _features
        ? input
        : throw new ShapeException($"BatchNorm2d: input {input} must have {_features} channels.");
}
