using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// A block of device memory: its bytes on the host, and for every 4-byte word a shadow byte whose low bits say which bytes were written.
/// Freed when collected: a queued copy may still hold it.
/// </summary>
internal sealed unsafe class Allocation
{
    /// <summary>Shadow of a word whose four bytes are written.</summary>
    private const byte Written = 0x0F;

    /// <summary>Allocates zeroed, unwritten memory.</summary>
    public Allocation(ulong address, long bytes)
    {
        Base = address;
        Capacity = Size = (ulong)bytes;
        nuint words = (nuint)((bytes + 3) / 4);
        Data = (byte*)NativeMemory.AllocZeroed((words * 4) + 64);
        try
        {
            Shadow = (byte*)NativeMemory.AllocZeroed(words + 64);
        }
        catch (OutOfMemoryException)
        {
            NativeMemory.Free(Data);
            Data = null; // the finalizer runs all the same
            throw;
        }

        GC.AddMemoryPressure(bytes); // so that what was freed is collected before the host runs short
    }

    /// <summary>Frees the host memory.</summary>
    ~Allocation()
    {
        if (Shadow != null)
        {
            GC.RemoveMemoryPressure((long)Capacity);
        }

        NativeMemory.Free(Data);
        NativeMemory.Free(Shadow);
    }

    /// <summary>Device address of the first byte.</summary>
    public ulong Base { get; }

    /// <summary>Bytes that may be used; at most <see cref="Capacity"/>.</summary>
    public ulong Size { get; set; }

    /// <summary>Bytes allocated.</summary>
    public ulong Capacity { get; }

    /// <summary>The bytes.</summary>
    public byte* Data { get; }

    /// <summary>The shadow, a byte a word.</summary>
    public byte* Shadow { get; }

    /// <summary>True when [address, address + bytes) lies inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(ulong address, ulong bytes)
    {
        ulong offset = address - Base;
        return offset < Size && bytes <= Size - offset;
    }

    /// <summary>True when all bytes of an aligned access of 1 to 16 bytes were written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsWritten(ulong offset, int bytes)
    {
        byte* shadow = Shadow + (offset >> 2);
        return bytes switch
        {
            4 => *shadow == Written,
            8 => *(ushort*)shadow == 0x0F0F,
            16 => *(uint*)shadow == 0x0F0F0F0F,
            _ => ((*shadow >> (int)(offset & 3)) & ((1 << bytes) - 1)) == (1 << bytes) - 1,
        };
    }

    /// <summary>Marks an aligned access of 1 to 16 bytes as written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MarkWritten(ulong offset, int bytes)
    {
        byte* shadow = Shadow + (offset >> 2);
        switch (bytes)
        {
            case 4: *shadow = Written; break;
            case 8: *(ushort*)shadow = 0x0F0F; break;
            case 16: *(uint*)shadow = 0x0F0F0F0F; break;
            default:
                // Other threads may write other bytes of the word, so the bits are added in one atomic step.
                int shift = (int)(((offset >> 2) & 3) * 8) + (int)(offset & 3);
                Interlocked.Or(ref *(int*)(Shadow + ((offset >> 2) & ~3ul)), ((1 << bytes) - 1) << shift);
                break;
        }
    }

    /// <summary>First unwritten byte of a range that starts at a word, or -1.</summary>
    public long FirstUnwritten(ulong offset, ulong bytes)
    {
        ulong at = offset, end = offset + bytes;
        for (; at < end && (at & 3) != 0; at++)
        {
            if (!IsWritten(at, 1))
            {
                return (long)at;
            }
        }

        for (; at + 128 <= end; at += 128)
        {
            if (Vector256.Load(Shadow + (at >> 2)) != Vector256.Create(Written))
            {
                break;
            }
        }

        for (; at < end; at += 4)
        {
            int bits = Shadow[at >> 2], needed = (1 << (int)Math.Min(4, end - at)) - 1;
            if ((bits & needed) != needed)
            {
                return (long)at + BitOperations.TrailingZeroCount(~bits);
            }
        }

        return -1;
    }

    /// <summary>Marks a range as written or as never written.</summary>
    public void Mark(ulong offset, ulong bytes, bool isWritten)
    {
        ulong at = offset, end = offset + bytes;
        for (; at < end && ((at & 3) != 0 || end - at < 4); at++)
        {
            int bit = 1 << (int)(at & 3);
            Shadow[at >> 2] = (byte)(isWritten ? Shadow[at >> 2] | bit : Shadow[at >> 2] & ~bit);
        }

        if (at < end)
        {
            ulong words = (end - at) >> 2;
            NativeMemory.Fill(Shadow + (at >> 2), (nuint)words, isWritten ? Written : (byte)0);
            at += words << 2;
            if (at < end)
            {
                Mark(at, end - at, isWritten);
            }
        }
    }
}
