using System.Numerics;

namespace Gan.Kernels;

/// <summary>Counts of a device's pool. Bytes.</summary>
/// <param name="InUse">Bytes requested by live buffers.</param>
/// <param name="Reserved">Bytes taken from the device, live or cached.</param>
/// <param name="PeakReserved">Largest value <paramref name="Reserved"/> has had.</param>
/// <param name="LiveBuffers">Number of live buffers.</param>
/// <param name="DeviceAllocations">How many times memory was taken from the device, ever. Constant in a steady training step.</param>
public readonly record struct MemoryStatistics(long InUse, long Reserved, long PeakReserved, long LiveBuffers, long DeviceAllocations)
{
    internal MemoryStatistics Plus(MemoryStatistics other) => new(InUse + other.InUse, Reserved + other.Reserved,
        PeakReserved + other.PeakReserved, LiveBuffers + other.LiveBuffers, DeviceAllocations + other.DeviceAllocations);
}

/// <summary>
/// A caching pool: released blocks are kept by size class and handed out again, so that a steady training step takes nothing from
/// the device. Thread-safe, because finalizers return forgotten blocks.
/// </summary>
/// <param name="device">Where memory comes from.</param>
/// <param name="apart">While the pool has taken no more than this many bytes, released blocks are not handed out again: work with them may then run beside later work.</param>
internal sealed class MemoryPool(Device device, long apart = 0)
{
    private const long Alignment = 64;

    /// <summary>Up to here a pool may grow unasked.</summary>
    private const long CollectFrom = 64L << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private bool _closed;
    private long _collectAt = CollectFrom;
    private long _inUse, _reserved, _peakReserved, _liveBuffers, _deviceAllocations;

    public Device Device { get; } = device;

    public MemoryStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                return new(_inUse, _reserved, _peakReserved, _liveBuffers, _deviceAllocations);
            }
        }
    }

    /// <summary>Size of the block that serves a request: exact (in 64-byte lines) when small, else rounded up to 1/8 of its power of two.</summary>
    public static long BlockSize(long bytes)
    {
        long size = Math.Max(Alignment, (bytes + Alignment - 1) / Alignment * Alignment);
        long step = Math.Max(Alignment, (long)BitOperations.RoundUpToPowerOf2((ulong)size) / 16);
        return (size + step - 1) / step * step;
    }

    public DeviceBuffer Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long block = BlockSize(bytes);
        nint address = 0;
        lock (_lock)
        {
            if (_reserved + block > apart && _free.TryGetValue(block, out Stack<nint>? stack) && stack.Count > 0)
            {
                address = stack.Pop();
            }
        }
        if (address == 0 && CollectForgotten(block))
        {
            lock (_lock)
            {
                if (_free.TryGetValue(block, out Stack<nint>? stack) && stack.Count > 0)
                {
                    address = stack.Pop();
                }
            }
        }
        if (address == 0)
        {
            address = Device.AllocateRaw(block);
            if (address == 0)
            {
                // Only the device's own cache: a plan's free blocks are addresses in its recorded calls, and must stay its own.
                Device.TrimMemory();
                address = Device.AllocateRaw(block);
            }
            if (address == 0)
            {
                throw Device.OutOfMemory(bytes);
            }
            lock (_lock)
            {
                _deviceAllocations++;
                _reserved += block;
                _peakReserved = Math.Max(_peakReserved, _reserved);
            }
        }
        lock (_lock)
        {
            _inUse += bytes;
            _liveBuffers++;
        }
        Device.BlockRented(this, address, bytes);
        return new DeviceBuffer(this, address, bytes, block);
    }

    /// <summary>
    /// Before the pool grows past twice what was in use when it last looked: lets the finalizers of forgotten tensors give theirs back. The collector sees
    /// only their small managed handles, and would let the device's memory grow without end. A pool that no longer grows never comes here.
    /// </summary>
    private bool CollectForgotten(long block)
    {
        lock (_lock)
        {
            if (!Device.HoldsMemory || _reserved + block <= _collectAt)
            {
                return false;
            }
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (_lock)
        {
            _collectAt = Math.Max(CollectFrom, 2 * (_inUse + block));
        }
        return true;
    }

    public void Return(nint address, long block, long bytes)
    {
        Device.BlockReturned(this, address, block);
        bool closed;
        lock (_lock)
        {
            closed = _closed;
            _inUse -= bytes;
            _liveBuffers--;
            if (closed)
            {
                _reserved -= block;
            }
            else
            {
                Push(address, block);
            }
        }
        if (closed)
        {
            Device.Adopt(address, block);
        }
    }

    /// <summary>Takes over a cached block of a pool that has closed.</summary>
    public void Adopt(nint address, long block)
    {
        lock (_lock)
        {
            _reserved += block;
            _peakReserved = Math.Max(_peakReserved, _reserved);
            Push(address, block);
        }
    }

    private void Push(nint address, long block)
    {
        if (!_free.TryGetValue(block, out Stack<nint>? stack))
        {
            _free[block] = stack = new Stack<nint>();
        }
        stack.Push(address);
    }

    /// <summary>Gives every cached block back to the device; blocks that come back later go to the device's own pool.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
        Trim();
    }

    /// <summary>Gives every cached block back to the device.</summary>
    public void Trim()
    {
        List<(nint Address, long Bytes)> blocks = [];
        lock (_lock)
        {
            foreach ((long size, Stack<nint> stack) in _free)
            {
                while (stack.TryPop(out nint address))
                {
                    blocks.Add((address, size));
                    _reserved -= size;
                }
            }
        }
        foreach ((nint address, long bytes) in blocks)
        {
            Device.FreeRaw(address, bytes);
        }
    }
}
