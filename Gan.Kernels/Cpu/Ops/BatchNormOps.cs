using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// y = f(fma(x - mean, scale, beta)), scale = gamma invStd rounded to float. The difference comes first, so that a large mean costs no
/// precision; the backward pass repeats the same operations and therefore sees the same side of a kink.
/// </summary>
internal readonly unsafe struct BatchNormForwardOp<TActivation>(float* x, Output y, float* mean, float* scale, float* beta,
    TActivation f) : IRowwise
    where TActivation : struct, IFusedActivation
{
    private readonly TActivation _f = f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i, int c) where TV : unmanaged, ISimd<TV> =>
        y.Store(i, _f.Forward(TV.Fma(TV.Load(x + i) - TV.Load(mean + c), TV.Load(scale + c), TV.Load(beta + c))));
}

/// <summary>Sums of g and of g (x - mean) per channel, g = dy f'(pre-activation); partials [blocks, 2, channels].</summary>
internal readonly unsafe struct BatchNormBackwardSums<TActivation>(float* x, float* dy, float* mean, float* scale, float* beta,
    TActivation f, float* partials, RowBlocks blocks) : IVectorWork
    where TActivation : struct, IFusedActivation
{
    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        float* sums = partials + 2L * part * blocks.Columns;
        ColumnPairSums.Of<TV, Pair>(new Pair(x, dy, mean, scale, beta, f), blocks, part, sums, sums + blocks.Columns);
    }

    private readonly struct Pair(float* x, float* dy, float* mean, float* scale, float* beta, TActivation f) : IColumnPair
    {
        private readonly TActivation _f = f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (TV First, TV Second) At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>
        {
            TV d = TV.Load(x + i) - TV.Load(mean + c);
            TV g = _f.Backward(TV.Fma(d, TV.Load(scale + c), TV.Load(beta + c)), TV.Load(dy + i));
            return (g, g * d);
        }
    }
}

/// <summary>
/// dx (+)= scale g + slope (x - mean) + offset, which is gamma invStd (g - mean(g) - xhat mean(g xhat)) with
/// slope = -scale invStd mean(g xhat) and offset = -scale mean(g).
/// </summary>
internal readonly unsafe struct BatchNormBackwardOp<TActivation>(float* x, float* dy, Output dx, float* mean, float* scale, float* beta,
    float* slope, float* offset, TActivation f) : IRowwise
    where TActivation : struct, IFusedActivation
{
    private readonly TActivation _f = f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i, int c) where TV : unmanaged, ISimd<TV>
    {
        TV d = TV.Load(x + i) - TV.Load(mean + c), k = TV.Load(scale + c);
        TV g = _f.Backward(TV.Fma(d, k, TV.Load(beta + c)), TV.Load(dy + i));
        dx.Store(i, TV.Fma(k, g, TV.Fma(TV.Load(slope + c), d, TV.Load(offset + c))));
    }
}
