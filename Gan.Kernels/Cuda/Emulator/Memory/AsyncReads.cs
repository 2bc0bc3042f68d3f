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
        int size = shared.Size, units = MatrixDescriptor.Chunk >> shared.UnitShift;
        Vector128<uint> usual = Vector128.Create(SharedMemory.Written | SharedMemory.Fenced | (shared.Epoch << SharedMemory.EpochShift) | warp.Id);
        Vector128<uint> several = usual | Vector128.Create(SharedMemory.Several), reading = Vector128.Create(SharedMemory.Reading);
        for (int c = 0; c < count; c++)
        {
            int address = chunks[c];
            if (address > size - MatrixDescriptor.Chunk)
            {
                warp.Fail(EmulatorErrorKind.OutOfBounds, i, 0, $"a matrix descriptor reaches {MatrixDescriptor.Chunk} bytes at shared address 0x{address:x} outside the block's {size} bytes");
            }

            uint* unit = shared.State + (address >> shared.UnitShift);
            for (uint* end = unit + units; unit < end; unit += Vector128<uint>.Count)
            {
                Vector128<uint> state = Vector128.Load(unit) | reading;
                if (state != (usual | reading) && state != (several | reading))
                {
                    Note(warp, i, address, unit);
                    state = Vector128.Load(unit) | reading | Vector128.Create(SharedMemory.Fenced);
                }

                state.Store(unit);
            }

            shared.Readers[address / MatrixDescriptor.Chunk]++;
        }
    }

    /// <summary>The product has been waited for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void End(Warp warp, in PendingProduct product, int* chunks, int count)
    {
        SharedMemory shared = warp.Block.Shared;
        int units = MatrixDescriptor.Chunk >> shared.UnitShift;
        bool isLater = product.Epoch != shared.Epoch;
        for (int c = 0; c < count; c++)
        {
            bool isLast = --shared.Readers[chunks[c] / MatrixDescriptor.Chunk] == 0;
            if (!isLast && !isLater)
            {
                continue;
            }

            uint* unit = shared.State + (chunks[c] >> shared.UnitShift);
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
    private static void Note(Warp warp, Instruction* i, int address, uint* unit)
    {
        SharedMemory shared = warp.Block.Shared;
        for (int k = 0; k < Vector128<uint>.Count; k++)
        {
            ulong number = (ulong)(unit + k - shared.State);
            SharedAccess.NoteRead(warp, i, 0, (ulong)address, number, number + 1);
            if ((unit[k] & SharedMemory.Fenced) == 0)
            {
                CheckFence(warp, i, address, shared.Marks[number]);
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
