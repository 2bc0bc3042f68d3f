using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

internal readonly unsafe struct AddOp(float* a, float* b, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => (TV.Load(a + i) + TV.Load(b + i)).Store(y + i);
}

internal readonly unsafe struct SubtractOp(float* a, float* b, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => (TV.Load(a + i) - TV.Load(b + i)).Store(y + i);
}

internal readonly unsafe struct MultiplyOp(float* a, float* b, float* y, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => Output.Put(y + i, TV.Load(a + i) * TV.Load(b + i), add);
}

internal readonly unsafe struct ScaleOp(float* x, float alpha, float* y, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => Output.Put(y + i, TV.Of(alpha) * TV.Load(x + i), add);
}

/// <summary>y (+)= value: Fill and Broadcast.</summary>
internal readonly unsafe struct FillOp(float value, float* y, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => Output.Put(y + i, TV.Of(value), add);
}

internal readonly unsafe struct CopyOp(float* x, float* y) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => TV.Load(x + i).Store(y + i);
}

/// <summary>y (+)= x, for permutations that turn out to be the identity.</summary>
internal readonly unsafe struct AccumulateOp(float* x, float* y, bool add) : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<TV>(long i) where TV : unmanaged, ISimd<TV> => Output.Put(y + i, TV.Load(x + i), add);
}
