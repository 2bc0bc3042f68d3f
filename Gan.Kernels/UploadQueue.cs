namespace Gan.Kernels;

/// <summary>
/// Copies from the host that run ahead of the work that needs them, for data too large to live on the device: while the device works on one batch, the next
/// is filled in and sent. <see cref="Next"/> and <see cref="Post"/> send, <see cref="MoveTo"/> puts the oldest batch sent into its place, in order with the
/// device's kernels; a captured step can thus read it at a fixed address. Made by <see cref="Device.OpenUploadQueue"/>.
/// <code>
/// queue.Next(bytes) ... fill ...; queue.Post();     // batch 0
/// for (...)
/// {
///     queue.MoveTo(batch);                          // batch i, for the step
///     plan.Replay();
///     queue.Next(bytes) ... fill ...; queue.Post(); // batch i + 1, while the device works on i
/// }
/// </code>
/// </summary>
public abstract class UploadQueue : IDisposable
{
    private readonly int[] _bytes;
    private int _filling = -1, _first, _posted;

    /// <summary>A queue of <paramref name="depth"/> buffers of <paramref name="capacity"/> bytes.</summary>
    private protected UploadQueue(Device device, int capacity, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depth);
        (Device, Capacity, _bytes) = (device, capacity, new int[depth]);
    }

    /// <summary>Where the batches go.</summary>
    private protected Device Device { get; }

    /// <summary>The largest batch, in bytes.</summary>
    public int Capacity { get; }

    /// <summary>How many batches can be under way.</summary>
    public int Depth => _bytes.Length;

    /// <summary>Batches posted and not moved yet.</summary>
    public int Posted => _posted;

    /// <summary>Memory for the next batch; holds what it likes. Waits only for the copy that last used it, <see cref="Depth"/> batches ago.</summary>
    /// <param name="bytes">Size of the batch.</param>
    /// <exception cref="InvalidOperationException">All buffers hold batches that were not moved.</exception>
    public Span<byte> Next(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Capacity);
        if (_posted == Depth)
        {
            throw new InvalidOperationException($"UploadQueue.Next: all {Depth} buffers hold batches that wait for MoveTo.");
        }
        _filling = (_first + _posted) % Depth;
        _bytes[_filling] = bytes;
        return Memory(_filling)[..bytes];
    }

    /// <summary>Sends what <see cref="Next"/> gave; it must not be changed any more.</summary>
    /// <exception cref="InvalidOperationException">Nothing was filled in.</exception>
    public void Post()
    {
        if (_filling < 0)
        {
            throw new InvalidOperationException("UploadQueue.Post: call Next first and fill in what it returns.");
        }
        Send(_filling, _bytes[_filling]);
        _filling = -1;
        _posted++;
    }

    /// <summary>Queues, behind all work so far, the move of the oldest batch sent to the start of <paramref name="destination"/>. The host waits for nothing.</summary>
    /// <exception cref="InvalidOperationException">No batch was sent, the destination is too short, or a step is being captured.</exception>
    public void MoveTo(DeviceSpan<byte> destination)
    {
        if (Device.IsCapturing)
        {
            throw new InvalidOperationException("UploadQueue.MoveTo: a captured step can't exchange data with the host; move before it.");
        }
        if (_posted == 0)
        {
            throw new InvalidOperationException("UploadQueue.MoveTo: no batch was posted.");
        }
        if (destination.Length < _bytes[_first])
        {
            throw new InvalidOperationException($"UploadQueue.MoveTo: a batch of {_bytes[_first]} bytes does not fit a device span of {destination.Length}.");
        }
        Move(_first, _bytes[_first], destination);
        _first = (_first + 1) % Depth;
        _posted--;
    }

    /// <summary>Host memory of a buffer, free to be filled.</summary>
    private protected abstract Span<byte> Memory(int buffer);

    /// <summary>Starts a buffer's copy to the device.</summary>
    private protected abstract void Send(int buffer, int bytes);

    /// <summary>Queues the move to the destination.</summary>
    private protected abstract void Move(int buffer, int bytes, DeviceSpan<byte> destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the buffers.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>For devices whose memory is the host's: the batch waits in host memory until it is moved.</summary>
internal sealed class HostUploadQueue(Device device, int capacity, int depth) : UploadQueue(device, capacity, depth)
{
    private readonly byte[][] _buffers = [.. Enumerable.Range(0, depth).Select(_ => new byte[capacity])];

    private protected override Span<byte> Memory(int buffer) => _buffers[buffer];

    private protected override void Send(int buffer, int bytes)
    {
    }

    private protected override void Move(int buffer, int bytes, DeviceSpan<byte> destination) =>
        Device.CopyFromHost<byte>(_buffers[buffer].AsSpan(0, bytes), destination);
}
