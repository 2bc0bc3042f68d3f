namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Global memory of an emulated device. Addresses are virtual and never given out twice; between allocations lies a gap, so an access beyond one never
/// lands in another. Every byte knows whether it was written. Allocating and freeing are safe from any thread, but not while a kernel runs that uses the
/// memory.
/// </summary>
internal sealed unsafe class DeviceMemory
{
    /// <summary>Generic addresses from here on are shared memory.</summary>
    public const long SharedWindow = 0x0100_0000_0000_0000;

    /// <summary>Generic addresses from here on are constant memory.</summary>
    public const long ConstWindow = 0x0200_0000_0000_0000;

    /// <summary>As the driver's cuMemAlloc.</summary>
    private const long Alignment = 256;

    /// <summary>Least bytes between two allocations.</summary>
    private const long Gap = 1 << 16;

    private const int RememberedFrees = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<(ulong Base, ulong Bytes)> _freed = new();
    private Allocation[] _allocations = [];
    private long _next = 0x7_0000_0000;

    /// <summary>Allocates at least one byte; the memory is unwritten.</summary>
    /// <exception cref="OutOfMemoryException">The host has not that much.</exception>
    public nint Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_lock)
        {
            var allocation = new Allocation((ulong)_next, bytes);
            _next += ((bytes + Alignment - 1) / Alignment * Alignment) + Gap;
            Volatile.Write(ref _allocations, [.. _allocations, allocation]); // addresses only grow, so the array stays sorted
            return (nint)allocation.Base;
        }
    }

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    /// <exception cref="EmulatorException">No allocation begins there.</exception>
    public void Free(nint address)
    {
        lock (_lock)
        {
            Allocation allocation = Find((ulong)address, 0) is { } found && found.Base == (ulong)address
                ? found
                : throw HostError((ulong)address, 0, "free");
            Volatile.Write(ref _allocations, [.. _allocations.Where(a => a != allocation)]);
            _freed.Enqueue((allocation.Base, allocation.Capacity));
            if (_freed.Count > RememberedFrees)
            {
                _freed.Dequeue();
            }
        }
    }

    /// <summary>Bytes allocated now.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _allocations.Sum(a => (long)a.Capacity);
            }
        }
    }

    /// <summary>True when the whole range lies in one allocation's usable part.</summary>
    public bool Owns(nint address, long bytes) => bytes >= 0 && Find((ulong)address, (ulong)bytes) != null;

    /// <summary>Copies from the host; the bytes count as written.</summary>
    /// <exception cref="EmulatorException">The range is not in one allocation.</exception>
    public void Write(nint address, ReadOnlySpan<byte> bytes)
    {
        (Allocation allocation, ulong offset) = Locate(address, bytes.Length, "write");
        bytes.CopyTo(new Span<byte>(allocation.Data + offset, bytes.Length));
        allocation.Mark(offset, (ulong)bytes.Length, true);
    }

    /// <summary>Copies to the host.</summary>
    /// <exception cref="EmulatorException">The range is not in one allocation, or a byte of it was never written.</exception>
    public void Read(nint address, Span<byte> bytes)
    {
        (Allocation allocation, ulong offset) = LocateWritten(address, bytes.Length, "read");
        new ReadOnlySpan<byte>(allocation.Data + offset, bytes.Length).CopyTo(bytes);
    }

    /// <summary>Copies between device addresses; what was written at the source counts as written at the destination.</summary>
    /// <exception cref="EmulatorException">A range is not in one allocation, or a byte of the source was never written.</exception>
    public void Copy(nint destination, nint source, long bytes)
    {
        (Allocation from, ulong fromOffset) = LocateWritten(source, bytes, "copy from");
        (Allocation to, ulong toOffset) = Locate(destination, bytes, "copy to");
        Buffer.MemoryCopy(from.Data + fromOffset, to.Data + toOffset, bytes, bytes);
        to.Mark(toOffset, (ulong)bytes, true);
    }

    /// <summary>Writes a 32-bit value <paramref name="count"/> times.</summary>
    /// <exception cref="EmulatorException">The range is not in one allocation or not aligned to 4 bytes.</exception>
    public void Fill32(nint address, uint value, long count)
    {
        (Allocation allocation, ulong offset) = Locate(address, count * 4, "fill");
        if ((address & 3) != 0)
        {
            throw new EmulatorException(EmulatorErrorKind.Misaligned, "", $"fill at 0x{address:x}: the address is no multiple of 4");
        }

        for (long i = 0; i < count; i += int.MaxValue / 4)
        {
            new Span<uint>((uint*)(allocation.Data + offset) + i, (int)Math.Min(count - i, int.MaxValue / 4)).Fill(value);
        }

        allocation.Mark(offset, (ulong)count * 4, true);
    }

    /// <summary>Makes everything from <paramref name="usableBytes"/> on out of bounds: a pool's block is larger than what was asked for.</summary>
    public void Restrict(nint block, long usableBytes)
    {
        Allocation? found = Array.Find(_allocations, a => a.Base == (ulong)block);
        if (found == null || usableBytes < 0 || (ulong)usableBytes > found.Capacity)
        {
            throw new EmulatorException(EmulatorErrorKind.OutOfBounds, "", $"restrict 0x{block:x} to {usableBytes} bytes: {Explain((ulong)block, 1)}");
        }

        found.Size = (ulong)usableBytes;
    }

    /// <summary>Makes a range count as never written: a pool's block has a new user.</summary>
    public void MarkUnwritten(nint address, long bytes)
    {
        (Allocation allocation, ulong offset) = Locate(address, bytes, "mark");
        allocation.Mark(offset, (ulong)bytes, false);
    }

    /// <summary>The allocation that holds the whole range, or null.</summary>
    internal Allocation? Find(ulong address, ulong bytes)
    {
        Allocation[] allocations = Volatile.Read(ref _allocations);
        int low = 0, high = allocations.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (allocations[middle].Base <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        if (high < 0)
        {
            return null;
        }

        Allocation found = allocations[high];
        return found.Contains(address, bytes) || (bytes == 0 && address == found.Base) ? found : null;
    }

    /// <summary>Says what lies at an address that cannot be used.</summary>
    internal string Explain(ulong address, ulong bytes)
    {
        string range = $"{bytes} bytes at 0x{address:x}";
        lock (_lock)
        {
            foreach ((ulong start, ulong size) in _freed)
            {
                if (address - start < size)
                {
                    return $"{range} lie in memory that was freed ({size} bytes at 0x{start:x})";
                }
            }

            Allocation? before = _allocations.LastOrDefault(a => a.Base <= address), after = _allocations.FirstOrDefault(a => a.Base > address);
            if (address < 1 << 16)
            {
                return $"{range}: a null pointer";
            }

            return after != null && (before == null || after.Base - address < address - before.Base)
                ? $"{range} lie {after.Base - address} bytes before the allocation at 0x{after.Base:x}"
                : before != null
                    ? $"{range} begin at byte {address - before.Base} of an allocation with {before.Size} usable bytes at 0x{before.Base:x}"
                    : $"{range}: no allocation is near";
        }
    }

    /// <summary>True when the address lies in freed memory.</summary>
    internal bool WasFreed(ulong address)
    {
        lock (_lock)
        {
            return _freed.Any(f => address - f.Base < f.Bytes);
        }
    }

    private (Allocation Allocation, ulong Offset) Locate(nint address, long bytes, string what)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Allocation found = Find((ulong)address, (ulong)bytes) ?? throw HostError((ulong)address, (ulong)bytes, what);
        return (found, (ulong)address - found.Base);
    }

    private (Allocation Allocation, ulong Offset) LocateWritten(nint address, long bytes, string what)
    {
        (Allocation allocation, ulong offset) = Locate(address, bytes, what);
        long unwritten = allocation.FirstUnwritten(offset, (ulong)bytes);
        return unwritten < 0 ? (allocation, offset) : throw new EmulatorException(EmulatorErrorKind.UnwrittenRead, "",
            $"{what} {bytes} bytes at 0x{address:x}: byte {unwritten - (long)offset} was never written");
    }

    private EmulatorException HostError(ulong address, ulong bytes, string what) =>
        new(WasFreed(address) ? EmulatorErrorKind.UseAfterFree : EmulatorErrorKind.OutOfBounds, "", $"{what}: {Explain(address, bytes)}");
}
