using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

/// <summary>An activation fused behind BatchNorm: f, and dy f' from the recomputed pre-activation.</summary>
internal interface IFusedActivation
{
    TV Forward<TV>(TV x) where TV : unmanaged, ISimd<TV>;

    TV Backward<TV>(TV x, TV dy) where TV : unmanaged, ISimd<TV>;
}

internal readonly struct FusedIdentity : IFusedActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Forward<TV>(TV x) where TV : unmanaged, ISimd<TV> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Backward<TV>(TV x, TV dy) where TV : unmanaged, ISimd<TV> => dy;
}

internal readonly struct FusedRelu : IFusedActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Forward<TV>(TV x) where TV : unmanaged, ISimd<TV> => ReluOp.F(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Backward<TV>(TV x, TV dy) where TV : unmanaged, ISimd<TV> => ReluBackwardOp.F(x, dy);
}

internal readonly struct FusedLeakyRelu(float slope) : IFusedActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Forward<TV>(TV x) where TV : unmanaged, ISimd<TV> => LeakyReluOp.F(x, TV.Of(slope));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TV Backward<TV>(TV x, TV dy) where TV : unmanaged, ISimd<TV> => LeakyReluBackwardOp.F(x, dy, TV.Of(slope));
}
