namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What an operand is.</summary>
internal enum PtxOperandKind
{
    /// <summary>A declared register.</summary>
    Register,

    /// <summary>A register that the hardware sets, such as %tid.x.</summary>
    Special,

    /// <summary>An integer.</summary>
    Integer,

    /// <summary>A number with its exact bits, 0f or 0d or decimal.</summary>
    Float,

    /// <summary>A variable or parameter (its address), a label, or a name with an offset.</summary>
    Symbol,

    /// <summary>[base + offset].</summary>
    Address,

    /// <summary>{a, b, ...}.</summary>
    Vector,

    /// <summary>a|b.</summary>
    Pair,

    /// <summary>_: a result nobody wants.</summary>
    Sink,
}

/// <summary>A declared register; two of one name in different scopes are two.</summary>
internal sealed record PtxRegister(string Name, PtxType Type, int Index);

/// <summary>An operand as written, with names of registers resolved.</summary>
internal sealed class PtxOperand(PtxOperandKind kind)
{
    /// <summary>What it is.</summary>
    public PtxOperandKind Kind { get; } = kind;

    /// <summary>The register, when it is one.</summary>
    public PtxRegister? Register { get; init; }

    /// <summary>Name of a special register, variable or label.</summary>
    public string Name { get; init; } = "";

    /// <summary>Value of an integer, bits of a float (of its own width), or offset to a symbol or address.</summary>
    public long Value { get; init; }

    /// <summary>Of a float: 4 (0f) or 8 (0d and decimal) bytes.</summary>
    public int FloatBytes { get; init; }

    /// <summary>Written with ! before it.</summary>
    public bool Negated { get; init; }

    /// <summary>Parts of a vector or pair; the base of an address.</summary>
    public IReadOnlyList<PtxOperand> Parts { get; init; } = [];
}

/// <summary>A guard @p or @!p.</summary>
internal sealed record PtxGuard(PtxRegister Register, bool Negated);

/// <summary>An instruction as written: opcode and modifiers split at the dots.</summary>
internal sealed class PtxStatement
{
    /// <summary>Line in the text, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>First part of the opcode, e.g. "ld".</summary>
    public required string Opcode { get; init; }

    /// <summary>The opcode's other parts, without dots.</summary>
    public required string[] Modifiers { get; init; }

    /// <summary>Operands in the order written.</summary>
    public required IReadOnlyList<PtxOperand> Operands { get; init; }

    /// <summary>The guard, or null.</summary>
    public PtxGuard? Guard { get; init; }

    /// <summary>Opcode with modifiers, as written.</summary>
    public string Mnemonic => Modifiers.Length == 0 ? Opcode : Opcode + "." + string.Join('.', Modifiers);
}

/// <summary>Where a variable lives.</summary>
internal enum PtxSpace
{
    Global, Const, Shared, Param,
}

/// <summary>A variable: its space, bytes, alignment and first contents.</summary>
internal sealed record PtxVariable(string Name, PtxSpace Space, int Bytes, int Alignment, byte[]? Initial, bool IsExternal);

/// <summary>A kernel as written.</summary>
internal sealed class PtxKernelSyntax(string name, int line)
{
    /// <summary>Its entry's name.</summary>
    public string Name { get; } = name;

    /// <summary>Line of its declaration.</summary>
    public int Line { get; } = line;

    /// <summary>Parameters in order.</summary>
    public List<PtxVariable> Parameters { get; } = [];

    /// <summary>Variables declared inside, all in shared memory.</summary>
    public List<PtxVariable> Shared { get; } = [];

    /// <summary>All declared registers; a register's index is its place here.</summary>
    public List<PtxRegister> Registers { get; } = [];

    /// <summary>Instructions in order.</summary>
    public List<PtxStatement> Statements { get; } = [];

    /// <summary>Label to the number of the statement that follows.</summary>
    public Dictionary<string, int> Labels { get; } = [];

    /// <summary>Threads of a block by .maxntid or .reqntid; 0 when not given.</summary>
    public int MaxThreads { get; set; }

    /// <summary>Blocks that should fit on a multiprocessor, by .minnctapersm; 0 when not given.</summary>
    public int MinBlocks { get; set; }
}
