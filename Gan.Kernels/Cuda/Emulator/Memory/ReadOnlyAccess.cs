using System.Numerics;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Loads of parameters and constants.</summary>
internal static unsafe class ReadOnlyAccess
{
    /// <summary>ld.param.</summary>
    public static void LoadParameter(Warp warp, Instruction* i, uint mask) =>
        Load(warp, i, mask, warp.Block.Parameters, 0, warp.Block.Function.ParameterBytes, "parameter");

    /// <summary>ld.const.</summary>
    public static void LoadConstant(Warp warp, Instruction* i, uint mask)
    {
        fixed (byte* bank = warp.Block.Function.Module.ConstantBank)
        {
            Load(warp, i, mask, bank, ModuleLayout.FirstConstant, warp.Block.Function.Module.ConstantBank.Length, "constant");
        }
    }

    private static void Load(Warp warp, Instruction* i, uint mask, byte* data, int first, int end, string what)
    {
        int bytes = i->Width * i->Count;
        ulong* addresses = warp.Addresses(i);
        byte* staging = warp.Block.Staging;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            long address = (long)(addresses[lane] + (ulong)i->Immediate);
            if (address < first || address > end - bytes)
            {
                warp.Fail(EmulatorErrorKind.OutOfBounds, i, lane, $"{bytes} bytes at {what} address 0x{address:x} lie outside its {end - first} bytes");
            }

            if ((address & (bytes - 1)) != 0)
            {
                warp.Fail(EmulatorErrorKind.Misaligned, i, lane, $"{what} address 0x{address:x} is no multiple of {bytes}");
            }

            LaneData.CopyElement(staging + (lane * bytes), data + address, bytes);
        }

        LaneData.ToRegisters(warp, i, mask, staging);
    }
}
