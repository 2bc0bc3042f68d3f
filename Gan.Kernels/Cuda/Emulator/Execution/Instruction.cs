using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>How the interpreter treats an instruction.</summary>
internal enum InstructionKind : byte
{
    /// <summary>Lanes of 32 bits from registers to a register: <see cref="Instruction.Alu"/>.</summary>
    Alu32,

    /// <summary>The same, with a result of 64 bits.</summary>
    Alu64,

    /// <summary>The same, with a predicate as result.</summary>
    AluPredicate,

    /// <summary>Memory and everything between lanes: <see cref="Instruction.Special"/>, which obeys the mask itself.</summary>
    Special,

    /// <summary>Jump of the lanes in the mask to <see cref="Instruction.Target"/>.</summary>
    Branch,

    /// <summary>Start of a block at which diverged lanes meet again.</summary>
    Join,

    /// <summary>Wait for all threads of the block.</summary>
    Barrier,

    /// <summary>End of the lanes in the mask.</summary>
    Exit,
}

/// <summary>
/// A decoded instruction, one cache line. Registers are byte offsets into a warp's bank: 32 lanes of 4 or 8 bytes side by side, predicates as one
/// 32-bit mask. Constants and special registers lie in the bank too, so every operand is read the same way.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Instruction
{
    /// <summary>Pointer to <see cref="Alu"/> or <see cref="Special"/>.</summary>
    public void* Code;

    /// <summary>Immediate operand: offset of an address, table of lop3, mode.</summary>
    public long Immediate;

    /// <summary>Bank offsets of the result and three operands.</summary>
    public int D, A, B, C;

    /// <summary>Bank offset of the guard; an always-true predicate when there is none.</summary>
    public int Guard;

    /// <summary>All ones when the guard is negated.</summary>
    public uint GuardInverted;

    /// <summary>Number of the instruction to jump to.</summary>
    public int Target;

    /// <summary>Of a branch: number of the join where the two ways meet, or -1 at the kernel's end only.</summary>
    public int Reconvergence;

    /// <summary>First of this instruction's further operands in <see cref="PtxFunction.Operands"/>.</summary>
    public int More;

    /// <summary>Line in the PTX text.</summary>
    public int Line;

    /// <summary>How the interpreter treats it.</summary>
    public InstructionKind Kind;

    /// <summary>Bytes a lane loads or stores in one element.</summary>
    public byte Width;

    /// <summary>Elements of a vector access, or matrices of ldmatrix.</summary>
    public byte Count;

    /// <summary>Set by decoders: see <see cref="InstructionFlags"/>.</summary>
    public InstructionFlags Flags;

    /// <summary>
    /// Where the kernel has wgmma and this instruction uses registers of it: number of the operand that counts <see cref="RegisterSets.Used"/>, which
    /// follow. Else 0.
    /// </summary>
    public int Registers;

    /// <summary>Does all lanes: result, three operands, immediate.</summary>
    public readonly delegate*<byte*, byte*, byte*, byte*, long, void> Alu => (delegate*<byte*, byte*, byte*, byte*, long, void>)Code;

    /// <summary>Does the lanes of the mask.</summary>
    public readonly delegate*<Warp, Instruction*, uint, void> Special => (delegate*<Warp, Instruction*, uint, void>)Code;
}

/// <summary>Details of an instruction.</summary>
[Flags]
internal enum InstructionFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The address register has 32 bits.</summary>
    Address32 = 1,

    /// <summary>The loaded or stored register has 64 bits.</summary>
    Register64 = 2,

    /// <summary>A loaded value is extended with its sign.</summary>
    Signed = 4,

    /// <summary>ldmatrix transposes; a vote or copy has its second form; a warpgroup's product is of bfloat16, not TF32.</summary>
    Second = 8,

    /// <summary>The operand predicate is negated.</summary>
    NegatedPredicate = 16,
}
