namespace Gan.Core.Nn;

/// <summary>Binary cross-entropy of probabilities, mean reduction; PyTorch's nn.BCELoss. See <see cref="Tensor.BceLoss"/>.</summary>
public sealed class BCELoss
{
    /// <summary>Loss of probabilities against targets, shape [].</summary>
    public Tensor Forward(Tensor input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.BceLoss(target);
    }
}

/// <summary>Binary cross-entropy fused from logits, mean reduction. See <see cref="Tensor.BceWithLogitsLoss"/> for where it differs from PyTorch's.</summary>
public sealed class BCEWithLogitsLoss
{
    /// <summary>Loss of logits against targets, shape [].</summary>
    public Tensor Forward(Tensor input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.BceWithLogitsLoss(target);
    }
}
