namespace Gan.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// BatchNorm with batch statistics (Ioffe and Szegedy 2015, algorithm 1), fused with an activation. x, y [rows, channels], rows = N H W >= 2.
    /// y = f(gamma (x - mean) / sqrt(var + eps) + beta), var the biased batch variance, by a stable method (no E[x^2] - mean^2).
    /// Writes mean and 1 / sqrt(var + eps) to <paramref name="savedMean"/> and <paramref name="savedInvStd"/>; moves the running statistics by
    /// <paramref name="momentum"/> towards the batch mean and the unbiased variance, and adds 1 to <paramref name="counter"/>[0]. A channel whose batch
    /// mean or variance is not finite (in float) leaves its running statistics as they are, so that they stay usable after a fault.
    /// </summary>
    void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope);

    /// <summary>
    /// BatchNorm with running statistics, fused with an activation: y = f(gamma (x - runningMean) / sqrt(runningVar + eps) + beta).
    /// Writes the mean and inverse deviation that it used to <paramref name="savedMean"/> and <paramref name="savedInvStd"/>.
    /// </summary>
    void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope);

    /// <summary>
    /// Gradient of either form. With g = dy f'(gamma xhat + beta), xhat = (x - savedMean) savedInvStd: dbeta (+)= sum g; dgamma (+)= sum g xhat;
    /// dx (+)= gamma invStd (g - mean(g) - xhat mean(g xhat)) when <paramref name="batchStatistics"/>, else gamma invStd g.
    /// <paramref name="dx"/> may be empty when not needed; <paramref name="dgamma"/> and <paramref name="dbeta"/> may be both empty (frozen).
    /// </summary>
    void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode,
        DeviceSpan<float> dgamma, DeviceSpan<float> dbeta, WriteMode parameterMode,
        int rows, int channels, bool batchStatistics, Activation activation, float slope);
}
