using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// cp.async of a warp. A copy moves its bytes at the last moment the PTX ISA allows, when a wait covers its group, and until then its destination may be
/// neither read nor written. After the wait the bytes count as written by this lane: others need a barrier. Groups are counted for the warp as a whole, so
/// commits and waits must be executed by all its live lanes.
/// </summary>
internal sealed unsafe class AsyncCopies
{
    private readonly GroupQueue<PendingCopy> _copies = new();

    /// <summary>Destination in shared memory, source on the host, bytes in all and bytes that are not zero fill, the lane that asked.</summary>
    private readonly record struct PendingCopy(int Destination, nint Source, int Bytes, int SourceBytes, int Lane);

    /// <summary>Forgets everything: a new block.</summary>
    public void Clear() => _copies.Clear();

    /// <summary>cp.async: checks both sides now, copies later.</summary>
    public static void Copy(Warp warp, Instruction* i, uint mask)
    {
        ulong* sources = warp.Addresses(i);
        byte* destinations = warp.Registers + i->B;
        uint* sizes = (uint*)(warp.Registers + i->C);
        ulong destinationOffset = (ulong)(long)warp.More(i, 0);
        bool isWide = (i->Flags & InstructionFlags.Second) != 0;
        ref Allocation? recent = ref warp.Block.Recent(i);
        if (warp.Block.Counts is { } counts)
        {
            Count(counts, i, mask, sources, sizes, isWide ? (ulong*)destinations : Warp.Widen(destinations, (ulong*)warp.Block.Staging), destinationOffset);
        }

        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong to = (isWide ? ((ulong*)destinations)[lane] : ((uint*)destinations)[lane]) + destinationOffset;
            ulong from = sources[lane] + (ulong)i->Immediate;
            uint size = sizes[lane];
            if (size > i->Width)
            {
                warp.Fail(EmulatorErrorKind.OutOfBounds, i, lane, $"source size {size} exceeds the copy's {i->Width} bytes");
            }

            SharedAccess.Check(warp, i, lane, to, i->Width);
            SharedAccess.NoteWrite(warp, i, lane, to, i->Width, SharedMemory.Pending);
            byte* source = size == 0 ? null : CheckSource(warp, i, lane, from, (int)size, ref recent);
            warp.Copies._copies.Add(new PendingCopy((int)to, (nint)source, i->Width, (int)size, lane));
        }
    }

    /// <summary>Counts both sides; lanes that only fill with zeros read nothing.</summary>
    private static void Count(BlockCounts counts, Instruction* i, uint mask, ulong* sources, uint* sizes, ulong* destinations, ulong offset)
    {
        uint reading = 0;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            reading |= sizes[lane] != 0 ? 1u << lane : 0;
        }

        counts.Global(sources, (ulong)i->Immediate, reading, i->Width, isRead: true);
        counts.Shared(destinations, offset, mask, i->Width);
    }

    private static byte* CheckSource(Warp warp, Instruction* i, int lane, ulong from, int size, ref Allocation? recent)
    {
        if ((from & (ulong)(i->Width - 1)) != 0)
        {
            warp.Fail(EmulatorErrorKind.Misaligned, i, lane, $"source address 0x{from:x} is no multiple of {i->Width}");
        }

        byte* source = GlobalAccess.Locate(warp, i, lane, from, BitOperations.IsPow2(size) ? size : 1, ref recent, isRead: true);
        for (int k = 0; !BitOperations.IsPow2(size) && k < size; k++)
        {
            GlobalAccess.Locate(warp, i, lane, from + (ulong)k, 1, ref recent, isRead: true);
        }

        return source;
    }

    /// <summary>cp.async.commit_group.</summary>
    public static void Commit(Warp warp, Instruction* i, uint mask)
    {
        DemandConvergence(warp, i, mask);
        warp.Copies._copies.Commit();
    }

    /// <summary>cp.async.wait_group n (immediate n) and wait_all (immediate -1).</summary>
    public static void Wait(Warp warp, Instruction* i, uint mask)
    {
        DemandConvergence(warp, i, mask);
        GroupQueue<PendingCopy> copies = warp.Copies._copies;
        Complete(warp, i->Immediate < 0 ? copies.TakeAll() : copies.Take(i->Immediate));
    }

    private static void Complete(Warp warp, ReadOnlySpan<PendingCopy> copies)
    {
        SharedMemory shared = warp.Block.Shared;
        uint done = SharedMemory.Written | (shared.Epoch << SharedMemory.EpochShift) | (warp.Id << 8);
        foreach (PendingCopy copy in copies)
        {
            byte* to = shared.Data + copy.Destination;
            if (copy.SourceBytes == copy.Bytes)
            {
                LaneData.CopyElement(to, (byte*)copy.Source, copy.Bytes);
            }
            else
            {
                new Span<byte>((void*)copy.Source, copy.SourceBytes).CopyTo(new Span<byte>(to, copy.Bytes));
                new Span<byte>(to + copy.SourceBytes, copy.Bytes - copy.SourceBytes).Clear();
            }

            int first = copy.Destination >> shared.UnitShift;
            for (int k = first; k < first + (copy.Bytes >> shared.UnitShift); k++)
            {
                shared.State[k] = done;
                shared.Marks[k] = warp.Mark(copy.Lane);
            }
        }
    }

    private static void DemandConvergence(Warp warp, Instruction* i, uint mask)
    {
        if (mask != warp.Live)
        {
            warp.Fail(EmulatorErrorKind.Unsupported, i, BitOperations.TrailingZeroCount(warp.Live & ~mask),
                "copy groups are counted for whole warps here: let all lanes commit and wait");
        }
    }
}
