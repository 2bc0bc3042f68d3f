using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What a kernel did wrong.</summary>
internal enum EmulatorErrorKind
{
    /// <summary>An address outside every allocation, parameter, or shared memory.</summary>
    OutOfBounds,

    /// <summary>An address that is no multiple of the access's size.</summary>
    Misaligned,

    /// <summary>An address in memory that was freed.</summary>
    UseAfterFree,

    /// <summary>Memory is read that nothing has written.</summary>
    UnwrittenRead,

    /// <summary>Two warps use a shared address without a barrier between, one of them to write.</summary>
    SharedRace,

    /// <summary>Two blocks of a launch use a global address, one of them to write.</summary>
    GlobalRace,

    /// <summary>Memory is used that the launch did not say it uses, or only reads.</summary>
    Undeclared,

    /// <summary>Lanes of one instruction write different values to one address.</summary>
    WriteConflict,

    /// <summary>A barrier that not all lanes of a warp, or not all warps, reach.</summary>
    DivergentBarrier,

    /// <summary>A warp-wide instruction without all the lanes it names.</summary>
    MissingLanes,

    /// <summary>
    /// The destination of an asynchronous copy, or a register of an asynchronous product, is used before a wait for it; or memory is written that such a
    /// product reads.
    /// </summary>
    MissingWait,

    /// <summary>An asynchronous product uses registers or shared memory that ordinary instructions used before, without the fence between.</summary>
    MissingFence,

    /// <summary>Lanes or warps of a warpgroup that do not agree on an instruction of the group.</summary>
    Warpgroup,

    /// <summary>More instructions than the budget: an endless loop, most likely.</summary>
    InstructionBudget,

    /// <summary>The kernel executed trap.</summary>
    Trap,

    /// <summary>The launch itself is wrong: sizes, shared memory, parameters.</summary>
    Launch,

    /// <summary>What PTX allows and the emulator does not do.</summary>
    Unsupported,
}

/// <summary>An error in a kernel or a launch; the message says where and what.</summary>
internal sealed class EmulatorException : Exception
{
    /// <summary>An error of a launch, before any instruction.</summary>
    public EmulatorException(EmulatorErrorKind kind, string kernel, string message)
        : base($"{kernel}: {message}")
    {
        Kind = kind;
        Kernel = kernel;
    }

    /// <summary>An error at an instruction.</summary>
    public EmulatorException(EmulatorErrorKind kind, PtxFunction function, int line, Dim3 block, Dim3 thread, string message)
        : base($"{function.Name}, PTX line {line} `{function.Line(line)}`, block {block}, thread {thread}: {message}")
    {
        Kind = kind;
        Kernel = function.Name;
        Line = line;
        Block = block;
        Thread = thread;
    }

    /// <summary>What went wrong.</summary>
    public EmulatorErrorKind Kind { get; }

    /// <summary>The kernel's name; "" for an access from the host.</summary>
    public string Kernel { get; }

    /// <summary>PTX line from 1; 0 when no instruction is to blame.</summary>
    public int Line { get; }

    /// <summary>Index of the block.</summary>
    public Dim3 Block { get; }

    /// <summary>Index of the thread in its block.</summary>
    public Dim3 Thread { get; }
}
