using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// Batch normalisation a channel (Ioffe and Szegedy 2015), optionally with the activation that follows fused in. This (N, C, H, W) or (N, C);
    /// <paramref name="gamma"/>, <paramref name="beta"/>, <paramref name="runningMean"/>, <paramref name="runningVar"/> (C);
    /// <paramref name="counter"/> one int64. Training: batch statistics, running ones moved by <paramref name="momentum"/>, the variance unbiased.
    /// Otherwise the running statistics are used.
    /// </summary>
    /// <param name="gamma">Scale.</param>
    /// <param name="beta">Shift.</param>
    /// <param name="runningMean">Moved in training, used otherwise.</param>
    /// <param name="runningVar">Moved in training, used otherwise.</param>
    /// <param name="counter">num_batches_tracked.</param>
    /// <param name="training">Which statistics.</param>
    /// <param name="momentum">Weight of the new batch in the running statistics.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="activation">Fused behind it.</param>
    /// <param name="slope">Of LeakyReLU.</param>
    /// <exception cref="ShapeException">Shapes do not fit, or training with one value a channel.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An activation that can't be fused here.</exception>
    [DifferentiableOp("batch_norm2d")]
    public Tensor BatchNorm2d(Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVar, Tensor counter, bool training,
        float momentum = 0.1f, float eps = 1e-5f, Activation activation = Activation.Identity, float slope = 0)
    {
        if (activation is not (Activation.Identity or Activation.Relu or Activation.LeakyRelu))
        {
            throw new ArgumentOutOfRangeException(nameof(activation), activation, "BatchNorm2d fuses ReLU and LeakyReLU only; apply others as operations of their own.");
        }
        int channels = CheckBatchNorm(gamma, beta, runningMean, runningVar, counter);
        int rows = (int)(Length / channels);
        if (training && rows < 2)
        {
            throw new ShapeException($"BatchNorm2d: input {Shape} has one value a channel, which has no variance to train on; use a larger batch or Eval().");
        }
        Tensor y = EmptyLike(this);
        Tensor mean = Empty(Device, gamma.Shape), invStd = Empty(Device, gamma.Shape);
        if (training)
        {
            Kernels.BatchNormForward(Data, gamma.Data, beta.Data, y.Data, mean.Data, invStd.Data, runningMean.Data, runningVar.Data,
                counter.Int64Data, rows, channels, momentum, eps, activation, slope);
        }
        else
        {
            Kernels.BatchNormInference(Data, gamma.Data, beta.Data, y.Data, mean.Data, invStd.Data, runningMean.Data, runningVar.Data,
                rows, channels, eps, activation, slope);
        }
        Record(y, "batch_norm2d", [this, gamma, beta], [this, gamma, beta, mean, invStd], (node, dy) =>
        {
            GradTarget dx = node.Needs(0) ? node.GradientOf(0) : default;
            GradTarget dgamma = node.Needs(1) ? node.GradientOf(1) : default, dbeta = node.Needs(2) ? node.GradientOf(2) : default;
            void Run(DeviceSpan<float> gammaSpan, DeviceSpan<float> betaSpan, WriteMode mode) =>
                node.Kernels.BatchNormBackward(node.Saved(0), dy, node.Saved(1), node.Saved(2), node.Saved(3), node.Saved(4), dx.Data, dx.Mode,
                    gammaSpan, betaSpan, mode, rows, channels, training, activation, slope);

            if (node.Needs(1) == node.Needs(2) && dgamma.Mode == dbeta.Mode)
            {
                Run(dgamma.Data, dbeta.Data, dgamma.Mode);
                return;
            }
            // One of the two is frozen, or only one was zeroed: the kernel gives both, what is wanted goes on from here.
            using DeviceBuffer both = node.Device.Allocate<float>(2 * channels);
            DeviceSpan<float> first = both.AsSpan<float>().Slice(0, channels), second = both.AsSpan<float>().Slice(channels, channels);
            Run(first, second, WriteMode.Write);
            if (node.Needs(1))
            {
                node.Kernels.Scale(first, 1, dgamma.Data, dgamma.Mode);
            }
            if (node.Needs(2))
            {
                node.Kernels.Scale(second, 1, dbeta.Data, dbeta.Mode);
            }
        });
        mean.Dispose();
        invStd.Dispose();
        return y;
    }

    private int CheckBatchNorm(Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVar, Tensor counter)
    {
        ArgumentNullException.ThrowIfNull(gamma);
        ArgumentNullException.ThrowIfNull(beta);
        ArgumentNullException.ThrowIfNull(runningMean);
        ArgumentNullException.ThrowIfNull(runningVar);
        ArgumentNullException.ThrowIfNull(counter);
        CheckDevice("BatchNorm2d", this, gamma);
        CheckDevice("BatchNorm2d", this, beta);
        CheckDevice("BatchNorm2d", this, runningMean);
        CheckDevice("BatchNorm2d", this, runningVar);
        if (Shape.Rank is not (2 or 4))
        {
            throw new ShapeException($"BatchNorm2d: input {Shape} must be (N, C, H, W) or (N, C).");
        }
        var expected = new Shape(Shape[1]);
        if (gamma.Shape != expected || beta.Shape != expected || runningMean.Shape != expected || runningVar.Shape != expected)
        {
            throw new ShapeException($"BatchNorm2d: input {Shape} has {Shape[1]} channels, but weight is {gamma.Shape}, bias {beta.Shape}, "
                + $"running_mean {runningMean.Shape}, running_var {runningVar.Shape}; check num_features.");
        }
        return Shape[1];
    }
}
