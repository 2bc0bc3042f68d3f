using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda;

/// <summary>
/// Copies between ordinary host memory and the device through a ring of page-locked buffers: an upload returns as soon as its bytes lie in the ring, and
/// waits only when the copy that used a buffer four turns ago is not done. Buffers are taken at the first use.
/// </summary>
internal sealed unsafe class StagingRing(CudaSession session, long slotBytes = StagingRing.DefaultSlotBytes) : IDisposable
{
    /// <summary>Large enough that a copy runs at the bus's full rate, small enough to take four of.</summary>
    public const long DefaultSlotBytes = 4 << 20;

    private const int Slots = 4;

    private readonly Slot[] _slots = new Slot[Slots];
    private int _next;

    /// <summary>Queues a copy to the device; <paramref name="source"/> may change after the return.</summary>
    public void Upload(ReadOnlySpan<byte> source, nint destination)
    {
        while (!source.IsEmpty)
        {
            ref Slot slot = ref Turn();
            int bytes = (int)Math.Min(slotBytes, source.Length);
            source[..bytes].CopyTo(new Span<byte>((void*)slot.Memory, bytes));
            session.Queued();
            session.Check(session.Driver.CopyToDeviceAsync(destination, slot.Memory, bytes, session.Stream));
            session.Check(session.Driver.EventRecord(slot.Done, session.Stream));
            slot.Busy = true;
            source = source[bytes..];
            destination += bytes;
        }
    }

    /// <summary>Waits for all work queued before and fills <paramref name="destination"/>; large copies overlap with emptying the ring.</summary>
    public void Download(nint source, Span<byte> destination)
    {
        int queued = 0, emptied = 0;
        while (emptied < destination.Length)
        {
            // Copy and empty in the same order, Slots - 1 copies ahead.
            while (queued < destination.Length && queued - emptied < (Slots - 1) * slotBytes)
            {
                ref Slot slot = ref Turn();
                int bytes = (int)Math.Min(slotBytes, destination.Length - queued);
                session.Queued();
                session.Check(session.Driver.CopyToHostAsync(slot.Memory, source + queued, bytes, session.Stream));
                session.Check(session.Driver.EventRecord(slot.Done, session.Stream));
                slot.Busy = true;
                queued += bytes;
            }
            int length = (int)Math.Min(slotBytes, destination.Length - emptied);
            long chunk = emptied / slotBytes, last = (queued - 1) / slotBytes;
            ref Slot ready = ref _slots[(_next + Slots - 1 - (int)(last - chunk)) % Slots];
            Wait(ref ready);
            new ReadOnlySpan<byte>((void*)ready.Memory, length).CopyTo(destination[emptied..]);
            emptied += length;
        }
    }

    /// <summary>The next buffer of the ring, free.</summary>
    private ref Slot Turn()
    {
        session.Enter();
        ref Slot slot = ref _slots[_next];
        _next = (_next + 1) % Slots;
        if (slot.Memory == 0)
        {
            session.Check(session.Driver.HostAllocate(slotBytes, out slot.Memory));
        }
        if (slot.Done == 0)
        {
            session.Check(session.Driver.EventCreate(timing: false, out slot.Done));
        }
        Wait(ref slot);
        return ref slot;
    }

    private void Wait(ref Slot slot)
    {
        if (slot.Busy)
        {
            session.Check(session.Driver.EventSynchronize(slot.Done));
            slot.Busy = false;
        }
    }

    /// <summary>Frees the buffers; their copies are done, or the context is lost.</summary>
    public void Dispose()
    {
        if (session.TryEnter())
        {
            foreach (Slot slot in _slots)
            {
                if (slot.Done != 0)
                {
                    _ = session.Driver.EventDestroy(slot.Done);
                }
                if (slot.Memory != 0)
                {
                    _ = session.Driver.HostFree(slot.Memory);
                }
            }
        }
        Array.Clear(_slots);
    }

    private struct Slot
    {
        public nint Memory;
        public nint Done;
        public bool Busy;
    }
}
