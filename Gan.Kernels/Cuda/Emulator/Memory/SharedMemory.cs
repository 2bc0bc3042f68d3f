using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What is wrong with a shared access.</summary>
internal enum SharedFault
{
    None, Unwritten, Pending, ReadWriteRace, WriteWriteRace, LaneRace,
}

/// <summary>
/// A block's shared memory with a 32-bit state for each unit (the kernel's smallest access): who used it since the last barrier. A state holds, from bit 0:
/// reader (0 none, warp + 1, 255 several), writer (0 none, warp + 1), whether it was written, whether an asynchronous copy to it is under way, whether a
/// matrix product under way reads it, whether its writers are known to have executed fence.proxy.async, and the barrier interval in which reader and writer
/// count. Beside it stands the last write's mark (<see cref="Warp.Mark"/>): which lane of which warp it was, and since which of the warp's synchronisations,
/// so that another lane of the same warp that reads without one between is found too.
/// </summary>
internal sealed unsafe class SharedMemory
{
    internal const uint Several = 0xFF, Written = 1 << 16, Pending = 1 << 17, Reading = 1 << 18, Fenced = 1 << 19;
    internal const int EpochShift = 20;

    /// <summary>What reads leave as it is.</summary>
    internal const uint Kept = Written | Reading | Fenced;

    /// <summary>Reader and writer of a unit that only atomics have used since the barrier: no warp has this number, so any plain access is a race.</summary>
    internal const uint AtomicUse = 0xFEFE;

    private const uint LastEpoch = (1u << (32 - EpochShift)) - 1;

    private int _capacity;
    private int _units;

    /// <summary>Frees the memory.</summary>
    ~SharedMemory()
    {
        NativeMemory.AlignedFree(Data);
        NativeMemory.AlignedFree(State);
        NativeMemory.AlignedFree(Marks);
        NativeMemory.AlignedFree(Readers);
    }

    /// <summary>Bytes of the block.</summary>
    public int Size { get; private set; }

    /// <summary>The bytes; 64 more may be read.</summary>
    public byte* Data { get; private set; }

    /// <summary>A state for every unit.</summary>
    public uint* State { get; private set; }

    /// <summary>The mark of the last write of every unit; means something only where the state names a writer.</summary>
    public uint* Marks { get; private set; }

    /// <summary>For every 16 bytes the matrix products under way that read them.</summary>
    public ushort* Readers { get; private set; }

    /// <summary>A unit has 1 &lt;&lt; this bytes.</summary>
    public int UnitShift { get; private set; }

    /// <summary>The present barrier interval.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Empty memory for a new block.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="unitBytes">The kernel's smallest access.</param>
    /// <param name="hasProducts">The kernel has wgmma.</param>
    public void Reset(int bytes, int unitBytes, bool hasProducts)
    {
        Size = bytes;
        UnitShift = unitBytes == 1 ? 0 : unitBytes == 2 ? 1 : 2;
        _units = (bytes >> UnitShift) + 1;
        if (_capacity < bytes + 64)
        {
            NativeMemory.AlignedFree(Data);
            NativeMemory.AlignedFree(State);
            NativeMemory.AlignedFree(Marks);
            NativeMemory.AlignedFree(Readers);
            Readers = null;
            Data = null;
            State = null;
            Marks = null;
            _capacity = bytes + 1024;
            Data = (byte*)NativeMemory.AlignedAlloc((nuint)_capacity, 64);
            State = (uint*)NativeMemory.AlignedAlloc((nuint)(_capacity + 64) * sizeof(uint), 64);
            Marks = (uint*)NativeMemory.AlignedAlloc((nuint)(_capacity + 64) * sizeof(uint), 64);
            Readers = (ushort*)NativeMemory.AlignedAlloc((nuint)_capacity, 64);
        }

        Epoch = 1;
        NativeMemory.Clear(State, (nuint)(_units + 32) * sizeof(uint));
        if (hasProducts)
        {
            NativeMemory.Clear(Readers, (nuint)((bytes / MatrixDescriptor.Chunk) + 1) * sizeof(ushort));
        }
    }

    /// <summary>A barrier: what was before it is in order with what follows.</summary>
    public void NextEpoch()
    {
        if (Epoch < LastEpoch)
        {
            Epoch++;
            return;
        }

        Epoch = 1;
        for (int i = 0; i < _units; i++)
        {
            State[i] &= Kept | Pending;
        }
    }

    /// <summary>True where a mark is of another lane since the same synchronisation of the warp: nothing orders that write before this read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnordered(uint written, uint mark) => ((written ^ mark) & ~Warp.FenceBits) - 1 < Lanes.Count - 1;

    /// <summary>Notes a read of one unit by a lane of a warp (its number plus 1), with the lane's mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SharedFault NoteRead(ulong unit, uint reader, uint mark)
    {
        ref uint state = ref State[unit];
        uint s = state;
        if ((s & (Written | Pending)) != Written)
        {
            return (s & Pending) != 0 ? SharedFault.Pending : SharedFault.Unwritten;
        }

        if (s >> EpochShift != Epoch)
        {
            state = (s & Kept) | (Epoch << EpochShift) | reader;
            return SharedFault.None;
        }

        uint writer = (s >> 8) & 0xFF, others = s & 0xFF;
        if (writer != 0)
        {
            if (writer != reader)
            {
                return SharedFault.ReadWriteRace;
            }

            if (IsUnordered(Marks[unit], mark))
            {
                return SharedFault.LaneRace;
            }
        }

        state = others == 0 || others == reader ? s | reader : s | Several;
        return SharedFault.None;
    }

    /// <summary>The same, not inlined: 1 when something is wrong, else 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public uint NoteReadOf(ulong unit, uint reader, uint mark) => NoteRead(unit, reader, mark) == SharedFault.None ? 0u : 1;

    /// <summary>Notes a write of one unit; <paramref name="flags"/> are <see cref="Written"/> or <see cref="Pending"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SharedFault NoteWrite(ulong unit, uint writer, uint flags, uint mark)
    {
        ref uint state = ref State[unit];
        uint s = state;
        if ((s & (Pending | Reading)) != 0)
        {
            return SharedFault.Pending;
        }

        uint readers = 0;
        if (s >> EpochShift == Epoch)
        {
            uint before = (s >> 8) & 0xFF;
            readers = s & 0xFF;
            if (before != 0 && before != writer)
            {
                return SharedFault.WriteWriteRace;
            }

            if (readers != 0 && readers != writer)
            {
                return SharedFault.ReadWriteRace;
            }
        }

        state = flags | (Epoch << EpochShift) | (writer << 8) | readers;
        Marks[unit] = mark;
        return SharedFault.None;
    }
}
