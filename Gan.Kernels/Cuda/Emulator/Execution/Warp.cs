using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>One warp of a running block: its bank of registers, where its lanes are, and its copies under way.</summary>
internal sealed unsafe partial class Warp(BlockRunner block, int index)
{
    /// <summary>All lanes.</summary>
    public const uint Full = uint.MaxValue;

    /// <summary>Fences in a <see cref="Mark"/>, which order no lanes.</summary>
    public const uint FenceBits = 0xF * FirstFence;

    private const uint FirstFence = 1 << 10;

    private readonly uint[] _fences = new uint[Lanes.Count];
    private uint _mark;

    /// <summary>The block's runner: memory, function, coordinates.</summary>
    public BlockRunner Block { get; } = block;

    /// <summary>Number of the warp in its block.</summary>
    public int Index { get; } = index;

    /// <summary>This warp plus 1, as shared memory's states name it.</summary>
    public uint Id => (uint)Index + 1;

    /// <summary>
    /// What a write by a lane leaves in shared memory: from bit 0 the lane, its warp, and when: fence.proxy.async of the warp since its last synchronisation
    /// (4 bits) and synchronisations of its lanes (18 bits, after which it begins again).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Mark(int lane) => _mark | (uint)lane;

    /// <summary>Synchronisation among the warp's lanes: bar.warp.sync, and shuffles and votes, whose lanes wait for each other.</summary>
    public void Synchronise() => _mark = (_mark | FenceBits) + FirstFence;

    /// <summary>fence.proxy.async of the lanes in the mask.</summary>
    public void FenceProxy(uint mask)
    {
        _mark += FirstFence;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            _fences[BitOperations.TrailingZeroCount(m)] = _mark;
        }
    }

    /// <summary>True when the lane that left this mark has executed fence.proxy.async since.</summary>
    public bool HasFenced(uint mark) => (int)((_fences[mark % Lanes.Count] & ~(FirstFence - 1)) - (mark & ~(FirstFence - 1))) > 0;

    /// <summary>The bank of registers.</summary>
    public byte* Registers { get; set; }

    /// <summary>Lanes that have not ended.</summary>
    public uint Live { get; private set; }

    /// <summary>True when it waits at a barrier.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>True when all lanes have ended.</summary>
    public bool IsDone => Live == 0;

    /// <summary>wgmma products under way.</summary>
    public ProductQueue Products { get; } = new();

    /// <summary>Asynchronous copies under way.</summary>
    public AsyncCopies Copies { get; } = new();

    /// <summary>Bank offset of further operand <paramref name="k"/> of an instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int More(Instruction* i, int k) => Block.Operands[i->More + k];

    /// <summary>Per-lane addresses of an access, before its immediate offset: a register, widened into scratch memory when it has 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* Addresses(Instruction* i)
    {
        byte* register = Registers + i->A;
        return (i->Flags & InstructionFlags.Address32) == 0 ? (ulong*)register : Widen(register, Block.Addresses);
    }

    /// <summary>Writes 32-bit lanes as 64-bit ones.</summary>
    public static ulong* Widen(byte* register, ulong* to)
    {
        Conversions.ZeroExtend64((byte*)to, register, null, null, 0);
        return to;
    }

    /// <summary>True when lane k's address is the first one plus k * bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsContiguous(ulong* addresses, int bytes)
    {
        Vector512<ulong> expected = Vector512.Create(addresses[0]) + (Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7) * (ulong)bytes);
        Vector512<ulong> step = Vector512.Create((ulong)bytes * 8);
        Vector512<ulong> different = Vector512.Load(addresses) ^ expected;
        different |= Vector512.Load(addresses + 8) ^ (expected + step);
        different |= Vector512.Load(addresses + 16) ^ (expected + step + step);
        different |= Vector512.Load(addresses + 24) ^ (expected + step + step + step);
        return different == Vector512<ulong>.Zero;
    }

    /// <summary>Index of a lane's thread in the block.</summary>
    public Dim3 Thread(int lane)
    {
        int t = (Index * Lanes.Count) + lane;
        Dim3 size = Block.BlockSize;
        return new Dim3(t % size.X, t / size.X % size.Y, t / size.X / size.Y);
    }

    /// <summary>The error of a lane at an instruction.</summary>
    public EmulatorException Error(EmulatorErrorKind kind, Instruction* i, int lane, string message) =>
        new(kind, Block.Function, i->Line, Block.BlockIndex, Thread(lane), message);

    /// <summary>Ends the launch with an error.</summary>
    [DoesNotReturn]
    public void Fail(EmulatorErrorKind kind, Instruction* i, int lane, string message) => throw Error(kind, i, lane, message);

    /// <summary>Ends the launch unless all lanes of the warp that exist take part.</summary>
    public void DemandAllLanes(Instruction* i, uint mask, uint needed)
    {
        if ((mask & needed) != needed)
        {
            int missing = BitOperations.TrailingZeroCount(needed & ~mask);
            bool exists = ((Block.LanesOf(Index) >> missing) & 1) != 0;
            Fail(EmulatorErrorKind.MissingLanes, i, exists ? missing : BitOperations.TrailingZeroCount(mask), $"lane {missing} is named in the mask 0x{needed:x8} but takes no part (active: 0x{mask:x8})");
        }
    }
}
