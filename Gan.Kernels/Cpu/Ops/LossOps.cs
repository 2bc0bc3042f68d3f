using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>Targets of a loss: one a row, or one for all.</summary>
internal readonly unsafe struct Targets(float* t, bool one)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV> => one ? TV.Of(*t) : TV.Load(t + i);
}

/// <summary>-(t max(ln p, -100) + (1 - t) max(ln(1 - p), -100)), as PyTorch's BCELoss, which clamps the logarithms.</summary>
internal readonly unsafe struct BceTerm(float* p, Targets targets) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV q = TV.Load(p + i), t = targets.At<TV>(i);
        TV yes = AtLeastMinus100(VectorMath.Log(q)), no = AtLeastMinus100(VectorMath.Log1p(TV.Of(0) - q));
        return (t - TV.Of(1)) * no - t * yes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV AtLeastMinus100<TV>(TV x) where TV : unmanaged, ISimd<TV> =>
        TV.Select(TV.LessOrEqual(x, TV.Of(-100)), TV.Of(-100), x);
}

/// <summary>scale (p - t) / max(p (1 - p), 1e-12).</summary>
internal readonly unsafe struct BceBackwardOp(float* p, Targets targets, float scale, Output dp) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV q = TV.Load(p + i), t = targets.At<TV>(i);
        TV variance = q * (TV.Of(1) - q);
        variance = TV.Select(TV.LessOrEqual(variance, TV.Of(1e-12f)), TV.Of(1e-12f), variance);
        dp.Store(i, TV.Of(scale) * (q - t) / variance);
    }
}

/// <summary>t min(softplus(-z), 100) + (1 - t) min(softplus(z), 100).</summary>
internal readonly unsafe struct BceWithLogitsTerm(float* z, Targets targets) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV x = TV.Load(z + i), t = targets.At<TV>(i);
        // softplus(z) and softplus(-z) share the logarithm: they differ by which side of max(z, 0) the logit is on.
        TV log = VectorMath.Softplus(x | TV.OfBits(int.MinValue));
        TV no = AtMost100(TV.Select(TV.LessOrEqual(x, TV.Of(0)), TV.Of(0), x) + log);
        TV yes = AtMost100(TV.Select(TV.Greater(x, TV.Of(0)), TV.Of(0), TV.Of(0) - x) + log);
        return t * yes + (TV.Of(1) - t) * no;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV AtMost100<TV>(TV x) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(x, TV.Of(100)), TV.Of(100), x);
}

/// <summary>sigmoid(z).</summary>
internal readonly unsafe struct SigmoidTerm(float* z) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV> => VectorMath.Sigmoid(TV.Load(z + i));
}

/// <summary>scale (sigmoid(z) - t).</summary>
internal readonly unsafe struct BceWithLogitsBackwardOp(float* z, Targets targets, float scale, Output dz) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> =>
        dz.Store(i, TV.Of(scale) * (VectorMath.Sigmoid(TV.Load(z + i)) - targets.At<TV>(i)));
}
