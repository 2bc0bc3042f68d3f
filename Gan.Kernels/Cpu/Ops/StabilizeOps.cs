using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>a b.</summary>
internal readonly unsafe struct ProductTerm(float* a, float* b) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV> => TV.Load(a + i) * TV.Load(b + i);
}

/// <summary>y = x / divisor.</summary>
internal readonly unsafe struct DivideOp(float* x, float divisor, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => (TV.Load(x + i) / TV.Of(divisor)).Store(y + i);
}

/// <summary>One row of dw (+)= (dy - factor v) / sigma.</summary>
internal readonly unsafe struct SpectralNormBackwardOp(float* dy, float* v, float factor, float sigma, Output dw, long row) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long c) where TV : unmanaged, ISimd<TV> =>
        dw.Store(row + c, (TV.Load(dy + c) - TV.Of(factor) * TV.Load(v + c)) / TV.Of(sigma));
}

/// <summary>average = decay average + (1 - decay) x.</summary>
internal readonly unsafe struct AverageOp(float* x, float* average, float decay, float rest) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> =>
        (TV.Of(decay) * TV.Load(average + i) + TV.Of(rest) * TV.Load(x + i)).Store(average + i);
}

/// <summary>y = x + scale noise.</summary>
internal readonly unsafe struct AddScaledOp(float* x, float* noise, float scale, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => (TV.Load(x + i) + TV.Of(scale) * TV.Load(noise + i)).Store(y + i);
}

/// <summary>max(0, 1 - t z), (z - t)^2 / 2 or t z.</summary>
internal readonly unsafe struct LogitLossTerm(float* z, LogitLoss kind, float target) : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV x = TV.Load(z + i), t = TV.Of(target);
        switch (kind)
        {
            case LogitLoss.Hinge:
                TV short_ = TV.Of(1) - t * x;
                return TV.Select(TV.LessOrEqual(short_, TV.Of(0)), TV.Of(0), short_);
            case LogitLoss.LeastSquares:
                TV d = x - t;
                return TV.Of(0.5f) * d * d;
            default:
                return t * x;
        }
    }
}

/// <summary>scale times the slope of <see cref="LogitLossTerm"/>.</summary>
internal readonly unsafe struct LogitLossBackwardOp(float* z, LogitLoss kind, float target, float scale, Output dz) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV x = TV.Load(z + i), t = TV.Of(target);
        dz.Store(i, TV.Of(scale) * kind switch
        {
            LogitLoss.Hinge => TV.Select(TV.LessOrEqual(TV.Of(1) - t * x, TV.Of(0)), TV.Of(0), TV.Of(-target)),
            LogitLoss.LeastSquares => x - t,
            _ => t,
        });
    }
}
