namespace Gan.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// Binary cross-entropy of probabilities, PyTorch's BCELoss: loss[0] = mean of -(t max(log p, -100) + (1-t) max(log(1-p), -100)).
    /// <paramref name="t"/> has p's length, or one element that serves all.
    /// </summary>
    void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss);

    /// <summary>dp (+)= dloss[0] / n * (p - t) / max(p (1 - p), 1e-12), as PyTorch.</summary>
    void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode);

    /// <summary>
    /// Binary cross-entropy fused from the logit z, stable at any size: loss[0] = mean of t min(softplus(-z), 100) + (1-t) min(softplus(z), 100);
    /// probability[0] = mean of sigmoid(z) (optional). <paramref name="t"/> has z's length, or one element that serves all.
    /// </summary>
    void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability);

    /// <summary>dz (+)= dloss[0] / n * (sigmoid(z) - t), always: a saturated logit still teaches.</summary>
    void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode);
}
