using System.Runtime.InteropServices;

namespace Gan.Kernels.Cpu;

/// <summary>
/// One block of native memory for the partial results of a reduction. It only grows, so that a steady training step takes nothing from
/// the system. One kernel uses it at a time: hold <see cref="Lock"/>.
/// </summary>
internal sealed unsafe class Scratch : IDisposable
{
    private void* _memory;
    private long _bytes;

    /// <summary>Held from <see cref="Take{T}"/> until the last use.</summary>
    public Lock Lock { get; } = new();

    ~Scratch() => NativeMemory.AlignedFree(_memory);

    /// <summary>Room for <paramref name="length"/> elements, 64-byte aligned; contents are unspecified.</summary>
    public T* Take<T>(long length) where T : unmanaged
    {
        long bytes = length * sizeof(T);
        if (bytes > _bytes)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            _bytes = 0;
            _memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _bytes = bytes;
        }
        return (T*)_memory;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _bytes = 0;
        GC.SuppressFinalize(this);
    }
}
