namespace Gan.Kernels;

/// <summary>What a discriminator's or generator's logit is asked for, beside cross-entropy.</summary>
public enum LogitLoss
{
    /// <summary>max(0, 1 - t z), t = 1 for real and -1 for generated images (Lim and Ye 2017; Miyato et al. 2018, equation 16).</summary>
    Hinge = 0,

    /// <summary>(z - t)^2 / 2 (Mao et al. 2017, equation 9).</summary>
    LeastSquares = 1,

    /// <summary>t z: the generator's side of the hinge loss with t = -1 (Miyato et al. 2018, equation 17).</summary>
    Linear = 2,
}

/// <content>What keeps GAN training stable: other losses, norms and clipping, averaged weights, decaying noise, spectral normalisation.</content>
public partial interface IKernels
{
    /// <summary>y[0] = square root of the sum of x^2, summed in a fixed order.</summary>
    void Norm(DeviceSpan<float> x, DeviceSpan<float> y);

    /// <summary>y[0] = sum of a b, in a fixed order; equal lengths.</summary>
    void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y);

    /// <summary>x *= min(1, maxNorm / (norm[0] + 1e-6)), as PyTorch's clip_grad_norm_ (Pascanu et al. 2013, algorithm 1).</summary>
    void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm);

    /// <summary>y = x / max(s[0], least), element by element. x may be y.</summary>
    void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y);

    /// <summary>
    /// dw[r, c] (+)= (dy[r, c] - dot[0] u[r] v[c]) / sigma[0]: the gradient of y = w / sigma with sigma = u^T w v, u and v constant
    /// (Miyato et al. 2018, equation 12), given dot = sum of dy y. dy, dw [rows, columns].
    /// </summary>
    void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot, DeviceSpan<float> sigma,
        DeviceSpan<float> dw, int rows, int columns, WriteMode mode);

    /// <summary>
    /// average = decay average + (1 - decay) x, element by element; in step 0 (state[Step] is 0) average = x. Does nothing when
    /// <paramref name="state"/>, a <see cref="StepState"/>, has FaultStep set.
    /// </summary>
    void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state);

    /// <summary>y = x + std max(0, 1 - state[Step] / steps) noise, element by element, <paramref name="steps"/> > 0. y may be noise.</summary>
    void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state);

    /// <summary>
    /// loss[0] = mean of the <paramref name="kind"/>'s formula over z, with one target t for all; output[0] (optional) = mean of sigmoid(z), for
    /// least squares mean of z, whose targets are probabilities.
    /// </summary>
    void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output);

    /// <summary>dz (+)= dloss[0] / n times the slope: -t where 1 - t z > 0, else 0; z - t; t.</summary>
    void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode);
}
