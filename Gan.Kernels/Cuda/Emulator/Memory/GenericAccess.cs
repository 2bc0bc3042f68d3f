using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Loads and stores without a state space: each lane's address says whether it means shared or global memory.</summary>
internal static unsafe class GenericAccess
{
    /// <summary>ld.</summary>
    public static void Load(Warp warp, Instruction* i, uint mask)
    {
        (uint shared, uint global) = Split(warp, i, mask);
        if (shared != 0)
        {
            SharedAccess.Load(warp, i, shared, Rebased(warp, i));
        }

        if (global != 0)
        {
            GlobalAccess.Load(warp, i, global, warp.Addresses(i));
        }
    }

    /// <summary>st.</summary>
    public static void Store(Warp warp, Instruction* i, uint mask)
    {
        (uint shared, uint global) = Split(warp, i, mask);
        if (shared != 0)
        {
            SharedAccess.Store(warp, i, shared, Rebased(warp, i));
        }

        if (global != 0)
        {
            GlobalAccess.Store(warp, i, global, warp.Addresses(i));
        }
    }

    private static (uint Shared, uint Global) Split(Warp warp, Instruction* i, uint mask)
    {
        ulong* addresses = warp.Addresses(i);
        uint shared = 0;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            ulong offset = addresses[lane] + (ulong)i->Immediate - DeviceMemory.SharedWindow;
            shared |= offset < 1ul << 32 ? 1u << lane : 0;
        }

        return (shared, mask & ~shared);
    }

    /// <summary>The addresses as ones of shared memory.</summary>
    private static ulong* Rebased(Warp warp, Instruction* i)
    {
        ulong* addresses = warp.Addresses(i), result = warp.Block.Addresses;
        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            result[lane] = addresses[lane] - DeviceMemory.SharedWindow;
        }

        return result;
    }
}
