namespace Gan.Kernels;

/// <summary>What <see cref="IKernels.CheckFinite"/> looks at.</summary>
/// <param name="X">The numbers, at most 2^32.</param>
/// <param name="Limit">The largest allowed magnitude; <see cref="float.MaxValue"/> for "finite".</param>
/// <param name="Site">What <see cref="StepField.FaultSite"/> becomes.</param>
public readonly record struct FiniteCheck(DeviceSpan<float> X, float Limit, uint Site)
{
    /// <summary>Most checks of one call.</summary>
    public const int Most = 6;
}

public partial interface IKernels
{
    /// <summary>state[field] += amount; with <see cref="WriteMode.Write"/>: state[field] = amount. <see cref="StepState.Length"/> words.</summary>
    void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode);

    /// <summary>
    /// The health check: where <paramref name="step"/>[FaultStep] is 0 and some check has an |x[i]| that is not at most its limit (NaN never is), FaultStep
    /// becomes step[Step] + 1, FaultSite the site of the first such check and FaultIndex the lowest such i in it. The first fault stays: nothing is read or
    /// written after it.
    /// </summary>
    /// <exception cref="ArgumentException">More than <see cref="FiniteCheck.Most"/> checks.</exception>
    void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step);

    /// <summary>
    /// Adam (Kingma and Ba 2015, algorithm 1; as PyTorch: epsilon added after the bias correction), with t, the rate and the powers from
    /// <paramref name="state"/>, an <see cref="AdamState"/>, which is advanced first: t += 1, beta^t *= beta. Then m = m + (g - m)(1 - beta1); v = beta2 v + (1 - beta2) g g;
    /// w -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps). One launch serves a whole parameter arena. Does nothing when
    /// <paramref name="step"/>, an optional <see cref="StepState"/>, has FaultStep set.
    /// </summary>
    void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step);

    /// <summary>
    /// y[r, c] = low + (high - low) u, u uniform in [0, 1) from the top 24 bits of word c mod 4 of Philox4x32-10 (Salmon et al. 2011) with
    /// key = <paramref name="seed"/> (low word first) and counter = (c / 4, r, state[Step], stream * 65536 + draw). Bit-equal on every device.
    /// </summary>
    void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw, float low, float high);

    /// <summary>
    /// y[r, c] = mean + std n, n standard normal by Box-Muller from the same words as <see cref="PhiloxUniform"/>: words (0, 1) give columns
    /// 4q, 4q+1 (cosine, sine), words (2, 3) give 4q+2, 4q+3. Fixed polynomials with explicit fused multiply-add: bit-equal on every device.
    /// </summary>
    void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw, float mean, float std);

    /// <summary>
    /// y[r, :] = (images[i, :] / 255 - mean) / std with i = the image at position state[Row] + r of epoch state[Epoch]: that position itself, or, with
    /// <paramref name="shuffle"/>, its place in the epoch's permutation, a keyed bijection of [0, count) that depends on (seed, epoch) only.
    /// images [count, elements] uint8; y [rows, elements]. Positions at or beyond count are taken modulo count.
    /// </summary>
    void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std);

    /// <summary>y[r, :] = x[state[LatentRow] + r, :]; x [count, columns], y [rows, columns]. The caller has checked that count suffices.</summary>
    void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state);

    /// <summary>ring[state[Step] mod slots, :] = values[:]; values [width], ring [slots, width].</summary>
    void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state);
}
