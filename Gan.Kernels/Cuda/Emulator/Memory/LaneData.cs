using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Between registers and memory order: a lane's elements side by side, lane after lane.</summary>
internal static unsafe class LaneData
{
    /// <summary>Puts loaded data (lane * bytes apart) into the result registers of active lanes, extending narrow values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToRegisters(Warp warp, Instruction* i, uint mask, byte* data)
    {
        bool is64 = (i->Flags & InstructionFlags.Register64) != 0;
        if (i->Count == 1 && i->Width == (is64 ? 8 : 4))
        {
            byte* d = warp.Registers + i->D;
            if (is64)
            {
                Lanes.Blend64(d, data, d, mask);
            }
            else
            {
                Lanes.Blend32(d, data, d, mask);
            }

            return;
        }

        if (mask == Warp.Full && i->Width == 4 && i->Count == 4 && !is64 && Sse.IsSupported)
        {
            Transpose(warp, i, (float*)data);
            return;
        }

        int stride = i->Width * i->Count;
        for (int k = 0; k < i->Count; k++)
        {
            byte* d = warp.Registers + warp.More(i, k), from = data + (k * i->Width);
            if (mask == Warp.Full && i->Width == 4 && !is64)
            {
                for (int lane = 0; lane < Lanes.Count; lane++)
                {
                    ((uint*)d)[lane] = *(uint*)(from + (lane * stride));
                }
            }
            else
            {
                Extend(d, from, stride, i, mask, is64);
            }
        }
    }

    /// <summary>Four 32-bit elements of every lane to four registers, 4x4 at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(Warp warp, Instruction* i, float* data)
    {
        float* d0 = (float*)(warp.Registers + warp.More(i, 0)), d1 = (float*)(warp.Registers + warp.More(i, 1));
        float* d2 = (float*)(warp.Registers + warp.More(i, 2)), d3 = (float*)(warp.Registers + warp.More(i, 3));
        for (int lane = 0; lane < Lanes.Count; lane += 4, data += 16)
        {
            Vector128<float> a = Vector128.Load(data), b = Vector128.Load(data + 4), c = Vector128.Load(data + 8), d = Vector128.Load(data + 12);
            Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(d0 + lane);
            Sse.MoveHighToLow(cd, ab).Store(d1 + lane);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(d2 + lane);
            Sse.MoveHighToLow(cdHigh, abHigh).Store(d3 + lane);
        }
    }

    private static void Extend(byte* d, byte* from, int stride, Instruction* i, uint mask, bool is64)
    {
        bool isSigned = (i->Flags & InstructionFlags.Signed) != 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            byte* at = from + (lane * stride);
            long value = (i->Width, isSigned) switch
            {
                (1, false) => *at,
                (1, true) => *(sbyte*)at,
                (2, false) => *(ushort*)at,
                (2, true) => *(short*)at,
                (4, false) => *(uint*)at,
                (4, true) => *(int*)at,
                _ => *(long*)at,
            };
            if (is64)
            {
                ((long*)d)[lane] = value;
            }
            else
            {
                ((uint*)d)[lane] = (uint)value;
            }
        }
    }

    /// <summary>Collects the registers that a store writes; the result may be a register itself.</summary>
    public static byte* FromRegisters(Warp warp, Instruction* i, byte* staging)
    {
        bool is64 = (i->Flags & InstructionFlags.Register64) != 0;
        if (i->Count == 1 && i->Width == (is64 ? 8 : 4))
        {
            return warp.Registers + i->D;
        }

        int stride = i->Width * i->Count;
        for (int k = 0; k < i->Count; k++)
        {
            byte* source = warp.Registers + warp.More(i, k), to = staging + (k * i->Width);
            for (int lane = 0; lane < Lanes.Count; lane++, to += stride)
            {
                ulong value = is64 ? ((ulong*)source)[lane] : ((uint*)source)[lane];
                switch (i->Width)
                {
                    case 1: *to = (byte)value; break;
                    case 2: *(ushort*)to = (ushort)value; break;
                    case 4: *(uint*)to = (uint)value; break;
                    default: *(ulong*)to = value; break;
                }
            }
        }

        return staging;
    }

    /// <summary>Copies 1, 2, 4, 8 or 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyElement(byte* to, byte* from, int bytes)
    {
        switch (bytes)
        {
            case 4: *(uint*)to = *(uint*)from; break;
            case 16: Vector128.Store(Vector128.Load(from), to); break;
            case 8: *(ulong*)to = *(ulong*)from; break;
            case 2: *(ushort*)to = *(ushort*)from; break;
            default: *to = *from; break;
        }
    }

    /// <summary>Fails when two active lanes store different data to the same address. Lanes in rising order of address cannot.</summary>
    public static void CheckConflicts(Warp warp, Instruction* i, uint mask, ulong* addresses, byte* data, int bytes)
    {
        ulong last = 0;
        bool rises = true;
        for (uint m = mask; m != 0 && rises; m &= m - 1)
        {
            ulong address = addresses[BitOperations.TrailingZeroCount(m)] + 1;
            rises = address > last;
            last = address;
        }

        if (rises)
        {
            return;
        }

        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            for (uint n = m & (m - 1); n != 0; n &= n - 1)
            {
                int other = BitOperations.TrailingZeroCount(n);
                if (addresses[lane] == addresses[other] && !new Span<byte>(data + (lane * bytes), bytes).SequenceEqual(new Span<byte>(data + (other * bytes), bytes)))
                {
                    warp.Fail(EmulatorErrorKind.WriteConflict, i, other,
                        $"lanes {lane} and {other} of one warp store different values to one address 0x{addresses[lane] + (ulong)i->Immediate:x}");
                }
            }
        }
    }
}
