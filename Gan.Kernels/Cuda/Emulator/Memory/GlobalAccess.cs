using System.Numerics;
using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Loads and stores in global memory.</summary>
internal static unsafe class GlobalAccess
{
    /// <summary>ld.global.</summary>
    public static void Load(Warp warp, Instruction* i, uint mask) => Load(warp, i, mask, warp.Addresses(i));

    /// <summary>st.global.</summary>
    public static void Store(Warp warp, Instruction* i, uint mask) => Store(warp, i, mask, warp.Addresses(i));

    /// <summary>Loads from the given lanes' addresses plus the immediate.</summary>
    public static void Load(Warp warp, Instruction* i, uint mask, ulong* addresses)
    {
        int bytes = i->Width * i->Count;
        ulong offset = (ulong)i->Immediate;
        warp.Block.Counts?.Global(addresses, offset, mask, bytes, isRead: true);
        ref Allocation? recent = ref warp.Block.Recent(i);
        if (mask == Warp.Full && warp.Block.IsFast && Warp.IsContiguous(addresses, bytes))
        {
            ulong first = addresses[0] + offset, total = (ulong)bytes * Lanes.Count;
            if ((recent ??= warp.Block.Memory.Find(first, total)) is { } whole && whole.Contains(first, total) && first % (ulong)bytes == 0 && first % 4 == 0)
            {
                if (whole.FirstUnwritten(first - whole.Base, total) < 0)
                {
                    LaneData.ToRegisters(warp, i, mask, whole.Data + (first - whole.Base));
                    return;
                }
            }
        }

        byte* staging = warp.Block.Staging;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            byte* at = Locate(warp, i, lane, addresses[lane] + offset, bytes, ref recent, isRead: true);
            LaneData.CopyElement(staging + (lane * bytes), at, bytes);
        }

        LaneData.ToRegisters(warp, i, mask, staging);
    }

    /// <summary>Stores to the given lanes' addresses plus the immediate.</summary>
    public static void Store(Warp warp, Instruction* i, uint mask, ulong* addresses)
    {
        int bytes = i->Width * i->Count;
        ulong offset = (ulong)i->Immediate;
        warp.Block.Counts?.Global(addresses, offset, mask, bytes, isRead: false);
        byte* data = LaneData.FromRegisters(warp, i, warp.Block.Staging);
        ref Allocation? recent = ref warp.Block.Recent(i);
        if (mask == Warp.Full && warp.Block.IsFast && Warp.IsContiguous(addresses, bytes))
        {
            ulong first = addresses[0] + offset, total = (ulong)bytes * Lanes.Count;
            if ((recent ??= warp.Block.Memory.Find(first, total)) is { } whole && whole.Contains(first, total) && first % (ulong)bytes == 0 && bytes >= 4)
            {
                ulong start = first - whole.Base;
                Buffer.MemoryCopy(data, whole.Data + start, total, total);
                Unsafe.InitBlockUnaligned(whole.Shadow + (start >> 2), 0x0F, (uint)total / 4);
                return;
            }
        }

        LaneData.CheckConflicts(warp, i, mask, addresses, data, bytes);
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            byte* at = Locate(warp, i, lane, addresses[lane] + offset, bytes, ref recent, isRead: false);
            LaneData.CopyElement(at, data + (lane * bytes), bytes);
        }
    }

    /// <summary>The host's place of one lane's access, checked; reads must be of written bytes, writes are noted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Locate(Warp warp, Instruction* i, int lane, ulong address, int bytes, ref Allocation? recent, bool isRead,
        bool isWatched = true)
    {
        Allocation? found = recent;
        if (found == null || !found.Contains(address, (ulong)bytes))
        {
            found = recent = FindOrFail(warp, i, lane, address, bytes);
        }

        ulong offset = address - found.Base;
        if ((address & (ulong)(bytes - 1)) != 0)
        {
            warp.Fail(EmulatorErrorKind.Misaligned, i, lane, $"address 0x{address:x} is no multiple of {bytes}");
        }

        if (warp.Block.Uses is { } uses)
        {
            CheckDeclared(warp, i, lane, uses, address, offset, bytes, isRead);
        }

        if (isWatched)
        {
            warp.Block.Races?.Note(warp, i, lane, found, offset, bytes, isRead);
        }

        if (!isRead)
        {
            found.MarkWritten(offset, bytes);
        }
        else if (!found.IsWritten(offset, bytes))
        {
            warp.Fail(EmulatorErrorKind.UnwrittenRead, i, lane, $"{bytes} bytes at 0x{address:x} (byte {offset} of an allocation) were never written");
        }

        return found.Data + offset;
    }

    /// <summary>Apart from <see cref="Locate"/>, which would make an object for each access.</summary>
    private static void CheckDeclared(Warp warp, Instruction* i, int lane, MemoryUse[] uses, ulong address, ulong offset, int bytes, bool isRead)
    {
        if (!Array.Exists(uses, u => u.Allows((nint)address, bytes, !isRead)))
        {
            warp.Fail(EmulatorErrorKind.Undeclared, i, lane, $"{bytes} bytes at 0x{address:x} (byte {offset} of an allocation) are not among what the launch said that it {(isRead ? "uses" : "writes")}");
        }
    }

    private static Allocation FindOrFail(Warp warp, Instruction* i, int lane, ulong address, int bytes)
    {
        DeviceMemory memory = warp.Block.Memory;
        return memory.Find(address, (ulong)bytes)
            ?? throw warp.Error(memory.WasFreed(address) ? EmulatorErrorKind.UseAfterFree : EmulatorErrorKind.OutOfBounds, i, lane,
                memory.Explain(address, (ulong)bytes));
    }
}
