using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What atom, red and redux do.</summary>
internal enum AtomicOp
{
    None, Add, Min, Max, And, Or, Xor, Exchange, CompareAndSwap, Increment, Decrement,
}

/// <summary>Atomic operations on integers of 32 and 64 bits. Lanes act in rising order.</summary>
internal static unsafe class Atomics
{
    /// <summary>atom.global and red.global; blocks on other threads may use the same address.</summary>
    public static void Global(Warp warp, Instruction* i, uint mask)
    {
        ref Allocation? recent = ref warp.Block.Recent(i);
        ulong* addresses = warp.Addresses(i);
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            byte* at = GlobalAccess.Locate(warp, i, lane, addresses[lane] + (ulong)i->Immediate, i->Width, ref recent, isRead: true, isWatched: false);
            warp.Block.Races?.Atomic(warp, addresses[lane] + (ulong)i->Immediate);
            Apply(warp, i, lane, at);
        }
    }

    /// <summary>atom.shared and red.shared. Two warps' atomics to one address are no race, an atomic and a plain access are.</summary>
    public static void Shared(Warp warp, Instruction* i, uint mask)
    {
        ulong* addresses = warp.Addresses(i);
        SharedMemory shared = warp.Block.Shared;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong address = addresses[lane] + (ulong)i->Immediate;
            SharedAccess.Check(warp, i, lane, address, i->Width);
            uint* state = shared.State + (address >> shared.UnitShift);
            int units = i->Width >> shared.UnitShift;
            bool isAtomicOnly = true;
            for (int k = 0; k < units; k++)
            {
                isAtomicOnly &= state[k] >> SharedMemory.EpochShift == shared.Epoch && (state[k] & 0xFFFF) == SharedMemory.AtomicUse;
            }

            if (!isAtomicOnly)
            {
                SharedAccess.NoteRead(warp, i, lane, address, i->Width);
                SharedAccess.NoteWrite(warp, i, lane, address, i->Width, SharedMemory.Written);
                for (int k = 0; k < units; k++)
                {
                    state[k] = (state[k] & ~0xFFFFu) | SharedMemory.AtomicUse;
                }
            }

            Apply(warp, i, lane, shared.Data + address);
        }
    }

    /// <summary>membar and fence. Blocks run warp by warp in order, so every access is seen at once; who watches blocks wants to know.</summary>
    public static void Fence(Warp warp, Instruction* i, uint mask) => warp.Block.Races?.Fence(warp);

    private static void Apply(Warp warp, Instruction* i, int lane, byte* at)
    {
        bool isSigned = (i->Flags & InstructionFlags.Signed) != 0;
        var op = (AtomicOp)i->More;
        byte* b = warp.Registers + i->B, c = warp.Registers + i->C;
        ulong old;
        if (i->Width == 8)
        {
            ulong operand = ((ulong*)b)[lane], second = ((ulong*)c)[lane];
            do
            {
                old = Volatile.Read(ref *(ulong*)at);
            }
            while (Interlocked.CompareExchange(ref *(ulong*)at, Of64(op, old, operand, second, isSigned), old) != old);
        }
        else
        {
            uint operand = ((uint*)b)[lane], second = ((uint*)c)[lane];
            do
            {
                old = Volatile.Read(ref *(uint*)at);
            }
            while (Interlocked.CompareExchange(ref *(uint*)at, Of32(op, (uint)old, operand, second, isSigned), (uint)old) != (uint)old);
        }

        if ((i->Flags & InstructionFlags.Second) == 0)
        {
            return;
        }

        byte* d = warp.Registers + i->D;
        if (i->Width == 8)
        {
            ((ulong*)d)[lane] = old;
        }
        else
        {
            ((uint*)d)[lane] = (uint)old;
        }
    }

    /// <summary>The new value of a 32-bit word.</summary>
    public static uint Of32(AtomicOp op, uint old, uint b, uint c, bool isSigned) => op switch
    {
        AtomicOp.Add => old + b,
        AtomicOp.Min => isSigned ? (uint)Math.Min((int)old, (int)b) : Math.Min(old, b),
        AtomicOp.Max => isSigned ? (uint)Math.Max((int)old, (int)b) : Math.Max(old, b),
        AtomicOp.And => old & b,
        AtomicOp.Or => old | b,
        AtomicOp.Xor => old ^ b,
        AtomicOp.Exchange => b,
        AtomicOp.CompareAndSwap => old == b ? c : old,
        AtomicOp.Increment => old >= b ? 0 : old + 1,
        _ => old == 0 || old > b ? b : old - 1,
    };

    private static ulong Of64(AtomicOp op, ulong old, ulong b, ulong c, bool isSigned) => op switch
    {
        AtomicOp.Add => old + b,
        AtomicOp.Min => isSigned ? (ulong)Math.Min((long)old, (long)b) : Math.Min(old, b),
        AtomicOp.Max => isSigned ? (ulong)Math.Max((long)old, (long)b) : Math.Max(old, b),
        AtomicOp.And => old & b,
        AtomicOp.Or => old | b,
        AtomicOp.Xor => old ^ b,
        AtomicOp.Exchange => b,
        _ => old == b ? c : old,
    };
}
