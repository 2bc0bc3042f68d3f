using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

internal readonly unsafe struct AddOp(float* a, float* b, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Load(a + i) + TV.Load(b + i));
}

internal readonly unsafe struct SubtractOp(float* a, float* b, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Load(a + i) - TV.Load(b + i));
}

internal readonly unsafe struct MultiplyOp(float* a, float* b, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Load(a + i) * TV.Load(b + i));
}

internal readonly unsafe struct ScaleOp(float* x, float alpha, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Of(alpha) * TV.Load(x + i));
}

/// <summary>y (+)= value: Fill and Broadcast.</summary>
internal readonly unsafe struct FillOp(float value, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Of(value));
}

/// <summary>y (+)= x.</summary>
internal readonly unsafe struct CopyOp(float* x, Output y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => y.Store(i, TV.Load(x + i));
}
