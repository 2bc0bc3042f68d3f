using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Loads and stores in shared memory.</summary>
internal static unsafe class SharedAccess
{
    /// <summary>True for instructions that touch shared memory.</summary>
    public static bool IsShared(Instruction i) =>
        i.Code == (delegate*<Warp, Instruction*, uint, void>)&Load || i.Code == (delegate*<Warp, Instruction*, uint, void>)&Store
        || i.Code == (delegate*<Warp, Instruction*, uint, void>)&GenericAccess.Load || i.Code == (delegate*<Warp, Instruction*, uint, void>)&GenericAccess.Store;

    /// <summary>ld.shared.</summary>
    public static void Load(Warp warp, Instruction* i, uint mask) => Load(warp, i, mask, warp.Addresses(i));

    /// <summary>st.shared.</summary>
    public static void Store(Warp warp, Instruction* i, uint mask) => Store(warp, i, mask, warp.Addresses(i));

    /// <summary>Loads from the given lanes' addresses plus the immediate.</summary>
    public static void Load(Warp warp, Instruction* i, uint mask, ulong* addresses)
    {
        int bytes = i->Width * i->Count;
        ulong offset = (ulong)i->Immediate;
        warp.Block.Counts?.Shared(addresses, offset, mask, bytes);
        SharedMemory shared = warp.Block.Shared;
        byte* staging = warp.Block.Staging, data = shared.Data;
        if (mask == Warp.Full && SharedFastAccess.TryLoad(warp, addresses, offset, bytes, staging))
        {
            LaneData.ToRegisters(warp, i, mask, staging);
            return;
        }

        ulong last = ulong.MaxValue;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong address = addresses[lane] + offset;
            if (address != last)
            {
                Check(warp, i, lane, address, bytes);
                last = NoteRead(warp, i, lane, address, bytes) ? address : ulong.MaxValue;
            }

            LaneData.CopyElement(staging + (lane * bytes), data + address, bytes);
        }

        LaneData.ToRegisters(warp, i, mask, staging);
    }

    /// <summary>Stores to the given lanes' addresses plus the immediate.</summary>
    public static void Store(Warp warp, Instruction* i, uint mask, ulong* addresses)
    {
        int bytes = i->Width * i->Count;
        ulong offset = (ulong)i->Immediate;
        warp.Block.Counts?.Shared(addresses, offset, mask, bytes);
        byte* data = LaneData.FromRegisters(warp, i, warp.Block.Staging), to = warp.Block.Shared.Data;
        LaneData.CheckConflicts(warp, i, mask, addresses, data, bytes);
        if (mask == Warp.Full && SharedFastAccess.TryStore(warp, addresses, offset, bytes, data))
        {
            return;
        }

        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong address = addresses[lane] + offset;
            Check(warp, i, lane, address, bytes);
            NoteWrite(warp, i, lane, address, bytes, SharedMemory.Written);
            LaneData.CopyElement(to + address, data + (lane * bytes), bytes);
        }
    }

    /// <summary>Fails unless the access lies in the block's shared memory and is aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(Warp warp, Instruction* i, int lane, ulong address, int bytes)
    {
        ulong size = (ulong)warp.Block.Shared.Size;
        if (address >= size || size - address < (ulong)bytes)
        {
            warp.Fail(EmulatorErrorKind.OutOfBounds, i, lane, $"{bytes} bytes at shared address 0x{address:x} lie outside the block's {size} bytes");
        }

        if ((address & (ulong)(bytes - 1)) != 0)
        {
            warp.Fail(EmulatorErrorKind.Misaligned, i, lane, $"shared address 0x{address:x} is no multiple of {bytes}");
        }
    }

    /// <summary>Notes a read of checked bytes.</summary>
    /// <returns>True: nobody has written them since the last barrier, so that other lanes of the warp may read them as well.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NoteRead(Warp warp, Instruction* i, int lane, ulong address, int bytes)
    {
        ulong unit = address >> warp.Block.Shared.UnitShift;
        return NoteRead(warp, i, lane, address, unit, unit + ((uint)bytes >> warp.Block.Shared.UnitShift));
    }

    /// <summary>Notes a read of units up to <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NoteRead(Warp warp, Instruction* i, int lane, ulong address, ulong unit, ulong end)
    {
        SharedMemory shared = warp.Block.Shared;
        uint seen = SharedMemory.Written | (shared.Epoch << SharedMemory.EpochShift) | warp.Id, writers = 0;
        for (; unit < end; unit++)
        {
            if (shared.State[unit] != seen && shared.NoteRead(unit, warp.Id, warp.Mark(lane)) is var fault and not SharedFault.None)
            {
                Fail(warp, i, lane, address, unit, fault);
            }

            writers |= shared.State[unit] & 0xFF00;
        }

        return writers == 0;
    }

    /// <summary>Notes a write of checked bytes, or an asynchronous copy to them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteWrite(Warp warp, Instruction* i, int lane, ulong address, int bytes, uint flags)
    {
        SharedMemory shared = warp.Block.Shared;
        ulong unit = address >> shared.UnitShift, end = unit + ((uint)bytes >> shared.UnitShift);
        for (; unit < end; unit++)
        {
            if (shared.NoteWrite(unit, warp.Id, flags, warp.Mark(lane)) is var fault and not SharedFault.None)
            {
                Fail(warp, i, lane, address, unit, fault);
            }
        }
    }

    private static void Fail(Warp warp, Instruction* i, int lane, ulong address, ulong unit, SharedFault fault)
    {
        uint state = warp.Block.Shared.State[unit], writer = (state >> 8) & 0xFF, reader = state & 0xFF;
        string where = $"shared address 0x{address:x}";
        string Name(uint id) => id == SharedMemory.Several ? "several warps" : id == (SharedMemory.AtomicUse & 0xFF) ? "an atomic operation" : $"warp {id - 1}";
        (EmulatorErrorKind kind, string text) = fault switch
        {
            SharedFault.Unwritten => (EmulatorErrorKind.UnwrittenRead, $"{where} was never written in this block"),
            SharedFault.Pending when (state & SharedMemory.Reading) != 0 => (EmulatorErrorKind.MissingWait,
                $"missing wait: warp {warp.Index} writes {where} while a wgmma.mma_async that is not complete reads it (wgmma.wait_group, then a barrier)"),
            SharedFault.Pending => (EmulatorErrorKind.MissingWait,
                $"missing wait: an asynchronous copy of {Name(writer)} to {where} is not known to be complete (cp.async.wait_group, then a barrier)"),
            SharedFault.WriteWriteRace => (EmulatorErrorKind.SharedRace,
                $"race: {Name(writer)} and warp {warp.Index} write {where} without a barrier between"),
            SharedFault.LaneRace => (EmulatorErrorKind.SharedRace, $"race: lane {lane} of warp {warp.Index} reads {where}, which lane "
                + $"{warp.Block.Shared.Marks[unit] % Lanes.Count} has written, without bar.warp.sync between (lanes of a warp may run apart)"),
            _ => (EmulatorErrorKind.SharedRace, writer != 0 && writer != warp.Id
                ? $"race: warp {warp.Index} reads {where}, which {Name(writer)} has written since the last barrier"
                : $"race: warp {warp.Index} writes {where}, which {Name(reader)} has read since the last barrier"),
        };
        warp.Fail(kind, i, lane, text);
    }
}
