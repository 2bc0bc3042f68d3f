using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Runs blocks of one launch on one thread: their warps, registers and shared memory, reused from block to block and launch to launch.</summary>
internal sealed unsafe class BlockRunner
{
    /// <summary>Registers hold this before anything is written: as a float a NaN, as an index far out of bounds.</summary>
    private const byte Poison = 0xFD;

    private readonly List<Warp> _warps = [];
    private Allocation?[] _recent = [];
    private byte* _bank;
    private nuint _bankBytes;
    private PtxFunction? _function;
    private int _warpCount;
    private int _threads;

    /// <summary>Allocates scratch memory; <see cref="Prepare"/> the rest.</summary>
    public BlockRunner()
    {
        byte* scratch = (byte*)NativeMemory.AlignedAlloc(2048, 64);
        NativeMemory.Clear(scratch, 2048);
        Scratch = scratch;
        Addresses = (ulong*)(scratch + 256);
        Staging = scratch + 512;
    }

    /// <summary>Frees the memory.</summary>
    ~BlockRunner()
    {
        NativeMemory.AlignedFree(Scratch);
        NativeMemory.AlignedFree(_bank);
    }

    /// <summary>The kernel of the launch.</summary>
    public PtxFunction Function => _function!;

    /// <summary>Its instructions.</summary>
    public Instruction* Code { get; private set; }

    /// <summary>Its further operands.</summary>
    public int* Operands { get; private set; }

    /// <summary>Global memory.</summary>
    public DeviceMemory Memory { get; private set; } = null!;

    /// <summary>The block's shared memory.</summary>
    public SharedMemory Shared { get; } = new();

    /// <summary>The launch's parameters.</summary>
    public byte* Parameters { get; private set; }

    /// <summary>256 bytes for the results of partly active instructions.</summary>
    public byte* Scratch { get; }

    /// <summary>32 addresses.</summary>
    public ulong* Addresses { get; }

    /// <summary>512 bytes of data between memory and registers, and as many again.</summary>
    public byte* Staging { get; }

    /// <summary>Where to count, or null.</summary>
    public BlockCounts? Counts { get; private set; }

    /// <summary>Where to watch for blocks that disturb each other, or null.</summary>
    public GlobalRaces? Races { get; private set; }

    /// <summary>All global memory that the launch may use; null if nobody said.</summary>
    public MemoryUse[]? Uses { get; private set; }

    /// <summary>Whether a whole warp's access may be checked as one: nobody watches single lanes.</summary>
    public bool IsFast { get; private set; }

    /// <summary>Number of the running block, x fastest.</summary>
    public long BlockNumber { get; private set; }

    /// <summary>Index of the running block.</summary>
    public Dim3 BlockIndex { get; private set; }

    /// <summary>Threads of a block.</summary>
    public Dim3 BlockSize { get; private set; }

    /// <summary>The allocation that an instruction used last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Allocation? Recent(Instruction* i) => ref _recent[(int)(i - Code)];

    /// <summary>A warp of the block.</summary>
    public Warp WarpAt(int index) => _warps[index];

    /// <summary>The lanes of a warp that have a thread.</summary>
    public uint LanesOf(int warp) => _threads - (warp * Lanes.Count) is var left && left >= Lanes.Count ? uint.MaxValue : (1u << left) - 1;

    /// <summary>Sets everything that is the same for all blocks of a launch.</summary>
    public void Prepare(LaunchSetup setup)
    {
        PtxFunction function = setup.Function;
        Memory = setup.Memory;
        Races = setup.Races;
        Uses = setup.Uses;
        IsFast = Races == null && Uses == null;
        Counts = setup.IsCounting ? new BlockCounts(function.Code.Length, FirstLevelCache.Share(function.MinBlocks, setup.Block.Count, setup.SharedBytes, setup.CarveOut)) : null;
        Parameters = setup.Parameters;
        BlockSize = setup.Block;
        _threads = (int)setup.Block.Count;
        _warpCount = (_threads + Lanes.Count - 1) / Lanes.Count;
        _function = function;
        Code = (Instruction*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(function.Code));
        Operands = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(function.Operands));
        _recent = _recent.Length >= function.Code.Length ? _recent : new Allocation?[function.Code.Length];
        Array.Clear(_recent);
        nuint bytes = (nuint)function.Bank.Bytes * (nuint)_warpCount;
        if (_bankBytes < bytes)
        {
            NativeMemory.AlignedFree(_bank);
            _bank = null;
            _bankBytes = 0;
            _bank = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
            _bankBytes = bytes;
        }

        for (int w = 0; w < _warpCount; w++)
        {
            if (w == _warps.Count)
            {
                _warps.Add(new Warp(this, w));
            }

            _warps[w].Registers = _bank + ((nuint)w * (nuint)function.Bank.Bytes);
        }
    }

    /// <summary>Lets go of what the launch used.</summary>
    public void Release() => _recent.AsSpan().Clear();

    /// <summary>Runs one block to its end.</summary>
    /// <returns>Instructions executed by its warps.</returns>
    /// <exception cref="EmulatorException">A thread did what is not allowed.</exception>
    public long Run(long number, LaunchSetup setup)
    {
        BlockNumber = number;
        Counts?.BeginBlock();
        BlockIndex = setup.BlockIndex(number);
        Shared.Reset(setup.SharedBytes, Function.SharedGranularity, Function.Sets != null);
        for (int w = 0; w < _warpCount; w++)
        {
            FillBank(_warps[w], setup);
            _warps[w].Start(LanesOf(w));
        }

        long executed = 0;
        while (true)
        {
            int waiting = 0, done = 0;
            for (int w = 0; w < _warpCount; w++)
            {
                Warp warp = _warps[w];
                if (!warp.IsDone)
                {
                    executed += Run(warp, setup.Budget);
                }

                waiting += warp.IsWaiting && !warp.IsDone ? 1 : 0;
                done += warp.IsDone ? 1 : 0;
            }

            if (Function.Sets != null)
            {
                CheckWarpgroups();
            }

            if (waiting == 0)
            {
                return executed;
            }

            if (done != 0)
            {
                _warps.First(w => !w.IsDone).FailAtBarrier(_warps.First(w => w.IsDone).Index);
            }

            Shared.NextEpoch();
        }
    }

    /// <summary>At a barrier and at the end: the warps of each group have executed the same products.</summary>
    private void CheckWarpgroups()
    {
        for (int w = 0; w < _warpCount; w++)
        {
            _warps[w].Products.CheckSteps(_warps[w], _warps[w & ~3]);
        }

        for (int w = 0; w < _warpCount; w++)
        {
            _warps[w].Products.ForgetSteps();
        }
    }

    private long Run(Warp warp, long budget) => (Counts != null, Function.Sets != null) switch
    {
        (false, false) => warp.Run<Off, Off>(budget),
        (true, false) => warp.Run<On, Off>(budget),
        (false, true) => warp.Run<Off, On>(budget),
        _ => warp.Run<On, On>(budget),
    };

    /// <summary>Poisons the registers and sets constants and special registers.</summary>
    private void FillBank(Warp warp, LaunchSetup setup)
    {
        BankLayout bank = Function.Bank;
        new Span<byte>(warp.Registers, bank.Bytes).Fill(Poison);
        *(uint*)(warp.Registers + BankLayout.True) = uint.MaxValue;
        foreach (BankConstant constant in bank.Constants)
        {
            long value = constant.Value + (constant.GlobalVariable == null ? 0 : setup.GlobalAddress(constant.GlobalVariable));
            if (constant.Is64)
            {
                new Span<long>(warp.Registers + constant.Offset, Lanes.Count).Fill(value);
            }
            else
            {
                new Span<uint>(warp.Registers + constant.Offset, Lanes.Count).Fill((uint)value);
            }
        }

        foreach ((string name, int offset) in bank.Special)
        {
            var lanes = new Span<uint>(warp.Registers + offset, Lanes.Count);
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                lanes[lane] = Special(name, warp.Index, lane, warp.Thread(lane), setup);
            }
        }
    }

    private uint Special(string name, int warp, int lane, Dim3 thread, LaunchSetup setup) => (uint)(name switch
    {
        "%tid.x" => thread.X,
        "%tid.y" => thread.Y,
        "%tid.z" => thread.Z,
        "%ntid.x" => BlockSize.X,
        "%ntid.y" => BlockSize.Y,
        "%ntid.z" => BlockSize.Z,
        "%ctaid.x" => BlockIndex.X,
        "%ctaid.y" => BlockIndex.Y,
        "%ctaid.z" => BlockIndex.Z,
        "%nctaid.x" => setup.Grid.X,
        "%nctaid.y" => setup.Grid.Y,
        "%nctaid.z" => setup.Grid.Z,
        "%laneid" => lane,
        "%warpid" => warp,
        "%nwarpid" => _warpCount,
        "%lanemask_eq" => 1 << lane,
        "%lanemask_lt" => (1 << lane) - 1,
        "%lanemask_le" => (int)((2u << lane) - 1),
        "%lanemask_gt" => (int)~((2u << lane) - 1),
        "%lanemask_ge" => ~((1 << lane) - 1),
        _ => throw new InvalidOperationException($"special register {name}"),
    });
}
