using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda;

/// <summary>
/// Page-locked buffers and a stream of their own, so that copies cross the bus while kernels run. Two events a buffer keep the order: the kernels' stream waits
/// for "sent" before it takes a batch; the copies' stream waits for "moved" before it overwrites one.
/// </summary>
internal sealed unsafe class CudaUploadQueue : UploadQueue
{
    private readonly CudaSession _session;
    private readonly Slot[] _slots;
    private nint _stream;

    /// <summary>Takes all memory at once.</summary>
    public CudaUploadQueue(CudaDevice device, int capacity, int depth)
        : base(device, capacity, depth)
    {
        (_session, _slots) = (device.Session, new Slot[depth]);
        ICudaDriver driver = _session.Driver;
        try
        {
            _session.Enter();
            _session.Check(driver.StreamCreate(out _stream));
            for (int i = 0; i < depth; i++)
            {
                ref Slot slot = ref _slots[i];
                _session.Check(driver.HostAllocate(capacity, out slot.Host));
                _session.Check(driver.EventCreate(timing: false, out slot.Sent));
                _session.Check(driver.EventCreate(timing: false, out slot.Moved));
                slot.Device = device.Allocate(capacity);
                // The block may come from the pool, where work queued earlier still uses it: the first copy has to wait for that too.
                _session.Check(driver.EventRecord(slot.Moved, _session.Stream));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private protected override Span<byte> Memory(int buffer)
    {
        ref Slot slot = ref _slots[buffer];
        if (slot.Busy)
        {
            _session.Enter();
            _session.Check(_session.Driver.EventSynchronize(slot.Sent));
            slot.Busy = false;
        }
        return new Span<byte>((void*)slot.Host, Capacity);
    }

    private protected override void Send(int buffer, int bytes)
    {
        ref Slot slot = ref _slots[buffer];
        _session.Enter();
        if (bytes > 0)
        {
            slot.Busy = true;
            _session.Check(_session.Driver.StreamWaitEvent(_stream, slot.Moved));
            _session.Check(_session.Driver.CopyToDeviceAsync(slot.Device!.Address, slot.Host, bytes, _stream));
            _session.Check(_session.Driver.EventRecord(slot.Sent, _stream));
        }
    }

    private protected override void Move(int buffer, int bytes, DeviceSpan<byte> destination)
    {
        ref Slot slot = ref _slots[buffer];
        _session.Enter();
        if (bytes > 0)
        {
            _session.Queued();
            _session.Check(_session.Driver.StreamWaitEvent(_session.Stream, slot.Sent));
            _session.Check(_session.Driver.CopyDeviceAsync(destination.Address, slot.Device!.Address, bytes, _session.Stream));
            _session.Check(_session.Driver.EventRecord(slot.Moved, _session.Stream));
        }
    }

    /// <summary>Waits for the copies and frees everything; does not throw.</summary>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
        {
            return;
        }
        ICudaDriver driver = _session.Driver;
        bool there = _session.TryEnter();
        if (there && _stream != 0)
        {
            _ = driver.StreamSynchronize(_stream);
        }
        foreach (ref Slot slot in _slots.AsSpan())
        {
            slot.Device?.Dispose();
            if (there)
            {
                Free(slot.Sent, driver.EventDestroy);
                Free(slot.Moved, driver.EventDestroy);
                Free(slot.Host, driver.HostFree);
            }
            slot = default;
        }
        if (there)
        {
            Free(_stream, driver.StreamDestroy);
        }
        _stream = 0;
    }

    private static void Free(nint handle, Func<nint, CudaResult> free)
    {
        if (handle != 0)
        {
            _ = free(handle);
        }
    }

    private struct Slot
    {
        public nint Host, Sent, Moved;
        public DeviceBuffer? Device;
        public bool Busy;
    }
}
