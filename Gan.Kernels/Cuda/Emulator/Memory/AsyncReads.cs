using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Reads of shared memory by products under way, in the async proxy (PTX ISA 8.5, sections 8.2.2 and 9.7.15.3). From issue to wait nobody may write the bytes,
/// and each thread that wrote them before must have executed fence.proxy.async since. The reads count in the barrier intervals of both ends.
/// </summary>
internal static unsafe class AsyncReads
{
    /// <summary>The product is issued.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="i">The product.</param>
    /// <param name="chunks">Addresses of 16 bytes each, multiples of 16.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Begin(Warp warp, Instruction* i, int* chunks, int count)
    {
        SharedMemory shared = warp.Block.Shared;
        int size = shared.Size, shift = shared.UnitShift, units = MatrixDescriptor.Chunk >> shift;
        uint* states = shared.State;
        ushort* readers = shared.Readers;
        Vector128<uint> reading = Vector128.Create(SharedMemory.Reading), several = Vector128.Create(SharedMemory.Several);
        Vector128<uint> readOnly = reading | Vector128.Create(SharedMemory.Written | SharedMemory.Fenced | (shared.Epoch << SharedMemory.EpochShift));
        Vector128<uint> mine = readOnly | Vector128.Create(warp.Id);
        for (int c = 0; c < count; c++)
        {
            int address = chunks[c];
            if (address > size - MatrixDescriptor.Chunk)
            {
                warp.Fail(EmulatorErrorKind.OutOfBounds, i, 0,
                    $"a matrix descriptor reaches {MatrixDescriptor.Chunk} bytes at shared address 0x{address:x} outside the block's {size} bytes");
            }

            uint* unit = states + (address >> shift), end = unit + units;
            do
            {
                Vector128<uint> state = Vector128.Load(unit) | reading;
                if ((state & ~several) == readOnly)
                {
                    // Only read since the last barrier: by this warp, or by others too.
                    state |= several & ~Vector128.Equals(state, mine);
                }
                else
                {
                    Note(warp, i, address, unit);
                    state = Vector128.Load(unit) | reading | Vector128.Create(SharedMemory.Fenced);
                }

                state.Store(unit);
                unit += Vector128<uint>.Count;
            }
            while (unit < end);
            readers[(uint)address / MatrixDescriptor.Chunk]++;
        }
    }

    /// <summary>The product has been waited for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void End(Warp warp, in PendingProduct product, int* chunks, int count)
    {
        SharedMemory shared = warp.Block.Shared;
        int shift = shared.UnitShift, units = MatrixDescriptor.Chunk >> shift;
        uint* states = shared.State;
        ushort* readers = shared.Readers;
        bool isLater = product.Epoch != shared.Epoch;
        for (int c = 0; c < count; c++)
        {
            bool isLast = --readers[(uint)chunks[c] / MatrixDescriptor.Chunk] == 0;
            if (!isLast && !isLater)
            {
                continue;
            }

            uint* unit = states + (chunks[c] >> shift);
            for (uint* end = unit + units; unit < end; unit += Vector128<uint>.Count)
            {
                if (isLater)
                {
                    Note(warp, (Instruction*)product.Instruction, chunks[c], unit);
                }

                if (isLast)
                {
                    (Vector128.Load(unit) & Vector128.Create(~SharedMemory.Reading)).Store(unit);
                }
            }
        }
    }

    /// <summary>Notes a read of four units for the present barrier interval, and demands the fences.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Note(Warp warp, Instruction* i, int address, uint* unit)
    {
        SharedMemory shared = warp.Block.Shared;
        ulong first = (ulong)(unit - shared.State);
        Vector128<uint> state = Vector128.Load(unit), wrong = Vector128<uint>.Zero;
        Vector128<uint> isMine = SharedFastAccess.NoteReads(unit, state, shared.Epoch, warp.Id, ref wrong);
        if ((wrong | isMine) != Vector128<uint>.Zero)
        {
            SharedAccess.NoteRead(warp, i, 0, (ulong)address, first, first + (ulong)Vector128<uint>.Count);
        }

        if ((state & Vector128.Create(SharedMemory.Fenced)) != Vector128.Create(SharedMemory.Fenced))
        {
            uint* marks = shared.Marks + first;
            CheckFence(warp, i, address, marks[0]);
            for (int k = 1; k < Vector128<uint>.Count; k++)
            {
                if (marks[k] != marks[k - 1])
                {
                    CheckFence(warp, i, address, marks[k]);
                }
            }
        }
    }

    private static void CheckFence(Warp warp, Instruction* i, int address, uint mark)
    {
        int lane = (int)(mark % Lanes.Count);
        Warp writer = warp.Block.WarpAt((int)(mark / Lanes.Count % Lanes.Count));
        if (!writer.HasFenced(mark))
        {
            warp.Fail(EmulatorErrorKind.MissingFence, i, 0, $"missing fence: lane {lane} of warp {writer.Index} has written shared address 0x{address:x} "
                + "and not executed fence.proxy.async since, so that wgmma may not see it");
        }
    }
}
