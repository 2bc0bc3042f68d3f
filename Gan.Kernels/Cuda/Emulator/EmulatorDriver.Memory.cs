using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

// Memory, copies, marks.
internal sealed unsafe partial class EmulatorDriver
{
    private readonly Dictionary<nint, (long Bytes, long Id)> _blocks = [];
    private readonly Dictionary<nint, long> _hostBlocks = [];
    private long _used, _blockIds;

    public CudaResult MemoryInfo(out long free, out long total)
    {
        lock (_lock)
        {
            (free, total) = (_profile.MemoryBytes - _used, _profile.MemoryBytes);
            return Guard();
        }
    }

    public CudaResult MemoryAllocate(long bytes, out nint address)
    {
        lock (_lock)
        {
            address = 0;
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (bytes <= 0)
            {
                return Refuse(CudaResult.InvalidValue, $"{bytes} bytes can't be allocated");
            }
            if (bytes > _profile.MemoryBytes - _used)
            {
                return CudaResult.OutOfMemory;
            }
            try
            {
                address = _machine.Allocate(bytes);
            }
            catch (MachineFaultException e)
            {
                return Refuse(e.Result, $"the host has no {bytes} bytes for the emulator");
            }
            _blocks[address] = (bytes, ++_blockIds);
            _used += bytes;
            return CudaResult.Success;
        }
    }

    public CudaResult MemoryFree(nint address)
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_blocks.Remove(address, out (long Bytes, long Id) block))
            {
                return Refuse(CudaResult.InvalidValue, "the address is not the start of an allocated block");
            }
            // At once, without waiting: queued work that still uses the block then faults.
            _machine.Free(address);
            _used -= block.Bytes;
            return CudaResult.Success;
        }
    }

    public CudaResult HostAllocate(long bytes, out nint address)
    {
        lock (_lock)
        {
            address = 0;
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (bytes <= 0)
            {
                return Refuse(CudaResult.InvalidValue, $"{bytes} bytes can't be allocated");
            }
            try
            {
                address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
            }
            catch (OutOfMemoryException)
            {
                return CudaResult.OutOfMemory;
            }
            new Span<byte>((void*)address, (int)Math.Min(bytes, int.MaxValue)).Fill(DownloadWork.Poison);
            _hostBlocks[address] = bytes;
            return CudaResult.Success;
        }
    }

    public CudaResult HostFree(nint address)
    {
        lock (_lock)
        {
            if (Guard(inCapture: false) is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_hostBlocks.Remove(address, out long bytes))
            {
                return Refuse(CudaResult.InvalidValue, "the address is not the start of page-locked memory");
            }
            string? user = Queued().FirstOrDefault(work => work.TouchesHost(address, bytes))?.What;
            NativeMemory.AlignedFree((void*)address);
            return user is null ? CudaResult.Success
                : Fault(CudaResult.LaunchFailed, $"page-locked memory was freed while a {user} that uses it was queued: wait for it first");
        }
    }

    public CudaResult CopyToDeviceAsync(nint destination, nint source, long bytes, nint stream)
    {
        lock (_lock)
        {
            return CheckCopy(source, bytes) is var refused and not CudaResult.Success ? refused
                : Enqueue(stream, () => new UploadWork(destination, source, bytes));
        }
    }

    public CudaResult CopyToHostAsync(nint destination, nint source, long bytes, nint stream)
    {
        lock (_lock)
        {
            return CheckCopy(destination, bytes) is var refused and not CudaResult.Success ? refused
                : Enqueue(stream, () => new DownloadWork(destination, source, bytes));
        }
    }

    /// <summary>Host memory of a copy must be page-locked. Work queued before that uses the same bytes runs now: it may, and the new copy's watch needs it.</summary>
    private CudaResult CheckCopy(nint host, long bytes)
    {
        if (Guard() is var refused and not CudaResult.Success)
        {
            return refused;
        }
        if (bytes is < 0 or > int.MaxValue || !_hostBlocks.Any(b => host >= b.Key && host + bytes <= b.Key + b.Value))
        {
            return Refuse(CudaResult.InvalidValue, $"{bytes} bytes of host memory are not inside page-locked memory; copies that do not wait need it");
        }
        foreach (EmulatorStream stream in _streams.Values)
        {
            while (_fault == CudaResult.Success && stream.Work.Any(work => work.TouchesHost(host, bytes)))
            {
                Step(stream);
            }
        }
        return _fault;
    }

    public CudaResult CopyDeviceAsync(nint destination, nint source, long bytes, nint stream)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : Enqueue(stream, () => new MemoryWork($"copy of {bytes} bytes on the device", counts: true, machine => machine.Copy(destination, source, bytes)));
        }
    }

    public CudaResult Fill32Async(nint destination, uint value, long count, nint stream)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : Enqueue(stream, () => new MemoryWork($"fill of {count} words", counts: true, machine => machine.Fill32(destination, value, count)));
        }
    }

    /// <inheritdoc/>
    void IMemoryMarks.Rented(nint block, long bytes, nint stream) => Mark("rent", block, stream, machine => Rent(machine, block, bytes));

    /// <inheritdoc/>
    void IMemoryMarks.Returned(nint block, long blockBytes, nint stream) => Mark("return", block, stream, machine => machine.Restrict(block, 0));

    private static void Rent(IKernelMachine machine, nint block, long bytes)
    {
        machine.Restrict(block, bytes);
        if (bytes > 0)
        {
            machine.MarkUnwritten(block, bytes);
        }
    }

    /// <summary>Queues a mark.</summary>
    private void Mark(string what, nint block, nint stream, Action<IKernelMachine> mark)
    {
        lock (_lock)
        {
            if (_fault == CudaResult.Success && _streams.ContainsKey(stream) && MarkOf(what, block, mark) is { } work)
            {
                Enqueue(stream, () => work);
            }
        }
    }

    /// <summary>A mark, whose block may be gone when its turn comes; null if it is gone already.</summary>
    private MemoryWork? MarkOf(string what, nint block, Action<IKernelMachine> mark) => !_blocks.TryGetValue(block, out (long Bytes, long Id) known) ? null
        : new MemoryWork(what, counts: false, machine =>
        {
            if (_blocks.TryGetValue(block, out (long Bytes, long Id) now) && now.Id == known.Id)
            {
                mark(machine);
            }
        });
}
