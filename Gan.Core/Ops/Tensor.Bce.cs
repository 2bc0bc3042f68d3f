using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// Binary cross-entropy of probabilities, exactly PyTorch's BCELoss: mean of -(t log p + (1 - t) log(1 - p)) with logs not below -100; shape [].
    /// Gradient (p - t) / max(p (1 - p), 1e-12) / n, which is 0 once a sigmoid has rounded to t's opposite: see <see cref="BceWithLogitsLoss"/>.
    /// </summary>
    /// <param name="target">Targets in [0, 1]: this shape, or one element for all. No gradient flows to it.</param>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    [DifferentiableOp("bce_loss")]
    public Tensor BceLoss(Tensor target)
    {
        CheckTarget("BceLoss", target);
        Tensor loss = Empty(Device, new Shape());
        Kernels.BceForward(Data, target.Data, loss.Data);
        return Record(loss, "bce_loss", [this], [this, target], static (node, dy) =>
        {
            GradTarget dp = node.GradientOf(0);
            node.Kernels.BceBackward(node.Saved(0), node.Saved(1), dy, dp.Data, dp.Mode);
        });
    }

    /// <summary>
    /// Binary cross-entropy fused from the logit z: mean of t min(softplus(-z), 100) + (1 - t) min(softplus(z), 100); shape []. Gradient
    /// (sigmoid(z) - t) / n always, so a saturated discriminator still teaches: at z = 17, t = 0 this is 17 with gradient 1, where
    /// <see cref="BceLoss"/> of the rounded sigmoid is 100 with gradient 0.
    /// </summary>
    /// <param name="target">Targets in [0, 1]: this shape, or one element for all. No gradient flows to it.</param>
    /// <param name="probability">Optional single element that receives the mean of sigmoid(z), from the same pass.</param>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    [DifferentiableOp("bce_with_logits_loss")]
    public Tensor BceWithLogitsLoss(Tensor target, Tensor? probability = null)
    {
        CheckTarget("BceWithLogitsLoss", target);
        Tensor loss = Empty(Device, new Shape());
        Kernels.BceWithLogitsForward(Data, target.Data, loss.Data, probability?.Data ?? default);
        return Record(loss, "bce_with_logits_loss", [this], [this, target], static (node, dy) =>
        {
            GradTarget dz = node.GradientOf(0);
            node.Kernels.BceWithLogitsBackward(node.Saved(0), node.Saved(1), dy, dz.Data, dz.Mode);
        });
    }

    private void CheckTarget(string op, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        CheckDevice(op, this, target);
        if (Length == 0 || (target.Length != 1 && target.Shape != Shape))
        {
            throw new ShapeException($"{op}: input {Shape} and target {target.Shape}: equal non-empty shapes are needed, or a single target for all.");
        }
    }
}
