using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

// Pairs of f and f'. Comparisons are arranged so that a NaN passes through the forward direction and a fault stays visible.

internal readonly unsafe struct ReluOp(float* x, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x) where TV : unmanaged, ISimd<TV> => TV.Select(TV.LessOrEqual(x, TV.Of(0)), TV.Of(0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, F(TV.Load(x + i)));
}

internal readonly unsafe struct ReluBackwardOp(float* y, float* dy, Output dx) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV y, TV dy) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(y, TV.Of(0)), dy, TV.Of(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => dx.Store(i, F(TV.Load(y + i), TV.Load(dy + i)));
}

internal readonly unsafe struct LeakyReluOp(float* x, Output y, float slope) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x, TV slope) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(x, TV.Of(0)), x, slope * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, F(TV.Load(x + i), TV.Of(slope)));
}

internal readonly unsafe struct LeakyReluBackwardOp(float* x, float* dy, Output dx, float slope) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x, TV dy, TV slope) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(x, TV.Of(0)), dy, slope * dy);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> =>
        dx.Store(i, F(TV.Load(x + i), TV.Load(dy + i), TV.Of(slope)));
}

internal readonly unsafe struct TanhOp(float* x, Output y) : IElementwise
{
    private readonly float* _rows = TanhTable.Rows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, VectorMath.Tanh(TV.Load(x + i), _rows));
}

internal readonly unsafe struct TanhBackwardOp(float* y, float* dy, Output dx) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV t = TV.Load(y + i);
        dx.Store(i, TV.Load(dy + i) * (TV.Of(1) - t * t));
    }
}

internal readonly unsafe struct SigmoidOp(float* x, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, VectorMath.Sigmoid(TV.Load(x + i)));
}

internal readonly unsafe struct SigmoidBackwardOp(float* y, float* dy, Output dx) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV s = TV.Load(y + i);
        dx.Store(i, TV.Load(dy + i) * s * (TV.Of(1) - s));
    }
}
