using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// One Adam update in float32, operation by operation as PyTorch's single-tensor form, no fused multiply-add:
/// m = m + (g - m) (1 - beta1); v = v beta2 + ((1 - beta2) g) g; w = w + (-stepSize m) / (sqrt(v) / correction + eps).
/// <para>
/// Moments of units whose gradient has died sink into the denormal numbers, for good, and every multiplication with one takes the processor a hundred times
/// as long. So what is too small to move a weight becomes zero: 1e-30 in m and 1e-36 in v, beside an epsilon of 1e-8 in their quotient.
/// </para>
/// </summary>
/// <param name="w">Parameters.</param>
/// <param name="g">Gradients.</param>
/// <param name="m">First moments.</param>
/// <param name="v">Second moments.</param>
/// <param name="c">What is the same for every element.</param>
internal readonly unsafe struct AdamOp(float* w, float* g, float* m, float* v, AdamConstants c) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV gradient = TV.Load(g + i), first = TV.Load(m + i);
        first = first + (ZeroUpTo(gradient, c.LeastFirst) - first) * TV.Of(c.OneMinusBeta1);
        first = ZeroUpTo(first, c.LeastFirst);
        first.Store(m + i);
        gradient = ZeroUpTo(gradient, c.LeastSquared);
        TV second = TV.Load(v + i) * TV.Of(c.Beta2) + TV.Of(c.OneMinusBeta2) * gradient * gradient;
        second = ZeroUpTo(second, c.LeastSecond);
        second.Store(v + i);
        TV denominator = TV.Sqrt(second) / TV.Of(c.RootOfCorrection2) + TV.Of(c.Epsilon);
        (TV.Load(w + i) + TV.Of(c.MinusStepSize) * first / denominator).Store(w + i);
    }

    /// <summary>x, or 0 where |x| is at most the limit; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV ZeroUpTo<TV>(TV x, float limit) where TV : unmanaged, ISimd<TV> =>
        TV.Select(TV.LessOrEqual(x & TV.OfBits(int.MaxValue), TV.Of(limit)), TV.Of(0), x);
}

/// <summary>The scalars of an update: computed in double from <see cref="AdamState"/>, used as float, as PyTorch does.</summary>
internal readonly unsafe struct AdamConstants(double* state)
{
    public readonly float OneMinusBeta1 = (float)(1 - state[(int)AdamField.Beta1]);
    public readonly float Beta2 = (float)state[(int)AdamField.Beta2];
    public readonly float OneMinusBeta2 = (float)(1 - state[(int)AdamField.Beta2]);

    /// <summary>-lr / (1 - beta1^t).</summary>
    public readonly float MinusStepSize = (float)-(state[(int)AdamField.LearningRate] / (1 - state[(int)AdamField.Beta1Power]));

    /// <summary>sqrt(1 - beta2^t).</summary>
    public readonly float RootOfCorrection2 = (float)Math.Sqrt(1 - state[(int)AdamField.Beta2Power]);
    public readonly float Epsilon = (float)state[(int)AdamField.Epsilon];

    /// <summary>Magnitudes that count as zero: in m and in the gradient that m follows, in the gradient that is squared, in v.</summary>
    public readonly float LeastFirst = Flushes(state) ? 7.88860905e-31f : 0, LeastSquared = Flushes(state) ? 2.77555756e-17f : 0, LeastSecond = Flushes(state) ? 7.52316385e-37f : 0;

    /// <summary>Beside a smaller epsilon they could matter.</summary>
    private static bool Flushes(double* state) => state[(int)AdamField.Epsilon] >= 1e-12;
}
