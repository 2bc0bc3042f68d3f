namespace Gan.Kernels;

/// <summary>
/// A reference-counted block of device memory from its device's caching pool. The creator holds the first reference; views add
/// their own. When the last reference goes (by <see cref="Dispose"/> or, if forgotten, by the finalizer) the block returns to the pool,
/// where work queued earlier may still finish with it.
/// </summary>
public sealed class DeviceBuffer : IDisposable
{
    private readonly MemoryPool _pool;
    private nint _address;
    private int _references = 1;

    internal DeviceBuffer(MemoryPool pool, nint address, long byteLength, long blockBytes)
    {
        (_pool, _address, ByteLength, BlockBytes) = (pool, address, byteLength, blockBytes);
    }

    /// <summary>Returns a forgotten block to the pool.</summary>
    ~DeviceBuffer() => ReturnBlock();

    /// <summary>The device that owns the memory.</summary>
    public Device Device => _pool.Device;

    /// <summary>Requested size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Size in bytes of the pool block behind it (at least <see cref="ByteLength"/>).</summary>
    internal long BlockBytes { get; }

    /// <summary>Address in the device's address space: a host pointer on the CPU.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was released.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return _address;
        }
    }

    /// <summary>Whether the memory has gone back to the pool.</summary>
    public bool IsReleased => Volatile.Read(ref _address) == 0;

    /// <summary>Adds a reference, for a view or a saved tensor.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was released already.</exception>
    public void AddReference()
    {
        ObjectDisposedException.ThrowIf(IsReleased, this);
        Interlocked.Increment(ref _references);
    }

    /// <summary>Drops one reference; the last one returns the block to the pool.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            ReturnBlock();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>A typed view of the whole buffer.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    public DeviceSpan<T> AsSpan<T>() where T : unmanaged => new(this, 0, ByteLength / System.Runtime.CompilerServices.Unsafe.SizeOf<T>());

    private void ReturnBlock()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            _pool.Return(address, BlockBytes, ByteLength);
        }
    }
}
