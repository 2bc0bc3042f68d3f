using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

// Pairs of f and f'. Comparisons are arranged so that a NaN passes through the forward direction and a fault stays visible.

internal readonly unsafe struct ReluOp(float* x, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x) where TV : unmanaged, ISimd<TV> => TV.Select(TV.LessOrEqual(x, TV.Of(0)), TV.Of(0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => F(TV.Load(x + i)).Store(y + i);
}

internal readonly unsafe struct ReluBackwardOp(float* y, float* dy, float* dx, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV y, TV dy) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(y, TV.Of(0)), dy, TV.Of(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => Output.Put(dx + i, F(TV.Load(y + i), TV.Load(dy + i)), add);
}

internal readonly unsafe struct LeakyReluOp(float* x, float* y, float slope) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x, TV slope) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(x, TV.Of(0)), x, slope * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => F(TV.Load(x + i), TV.Of(slope)).Store(y + i);
}

internal readonly unsafe struct LeakyReluBackwardOp(float* x, float* dy, float* dx, float slope, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV F<TV>(TV x, TV dy, TV slope) where TV : unmanaged, ISimd<TV> => TV.Select(TV.Greater(x, TV.Of(0)), dy, slope * dy);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> =>
        Output.Put(dx + i, F(TV.Load(x + i), TV.Load(dy + i), TV.Of(slope)), add);
}

internal readonly unsafe struct TanhOp(float* x, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => VectorMath.Tanh(TV.Load(x + i)).Store(y + i);
}

internal readonly unsafe struct TanhBackwardOp(float* y, float* dy, float* dx, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV t = TV.Load(y + i);
        Output.Put(dx + i, TV.Load(dy + i) * (TV.Of(1) - t * t), add);
    }
}

internal readonly unsafe struct SigmoidOp(float* x, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => VectorMath.Sigmoid(TV.Load(x + i)).Store(y + i);
}

internal readonly unsafe struct SigmoidBackwardOp(float* y, float* dy, float* dx, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV>
    {
        TV s = TV.Load(y + i);
        Output.Put(dx + i, TV.Load(dy + i) * s * (TV.Of(1) - s), add);
    }
}
