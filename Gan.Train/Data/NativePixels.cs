using System.Runtime.InteropServices;

namespace Gan.Train.Data;

/// <summary>
/// Bytes outside the managed heap, which can be more than an array holds and never move, so that copies to a device can read them.
/// Not cleared: pages that are never written cost no memory.
/// </summary>
internal sealed unsafe class NativePixels : IDisposable
{
    private byte* _pointer;

    /// <exception cref="DataException">The memory is not there.</exception>
    public NativePixels(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (length > available)
        {
            throw TooLarge(length, available);
        }
        try
        {
            _pointer = (byte*)NativeMemory.Alloc((nuint)length);
        }
        catch (OutOfMemoryException)
        {
            throw TooLarge(length, available);
        }
        Length = length;
    }

    ~NativePixels() => Free();

    public byte* Pointer => _pointer;
    public long Length { get; private set; }

    public Span<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_pointer == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Span<byte>(_pointer + offset, length); // SAFETY: inside the block by the checks above.
    }

    /// <summary>Gives the memory after the first <paramref name="length"/> bytes back. The pointer may change.</summary>
    public void Shrink(long length)
    {
        ObjectDisposedException.ThrowIf(_pointer == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _pointer = (byte*)NativeMemory.Realloc(_pointer, (nuint)length);
        Length = length;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_pointer);
        _pointer = null;
        Length = 0;
    }

    private static DataException TooLarge(long length, long available) =>
        new($"the images need {length >> 20} MiB of memory, {available >> 20} MiB are available; use fewer images or a smaller --image-size");
}
