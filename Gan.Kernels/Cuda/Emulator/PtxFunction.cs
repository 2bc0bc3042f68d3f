namespace Gan.Kernels.Cuda.Emulator;

/// <summary>A decoded kernel. Immutable.</summary>
internal sealed class PtxFunction
{
    private readonly PtxSource _source;

    /// <summary>Takes over what a decoder made.</summary>
    public PtxFunction(PtxSource source, ModuleLayout module, PtxKernelSyntax kernel, BankLayout bank, Instruction[] code, int[] operands,
        int parameterBytes, int staticSharedBytes, int sharedGranularity, RegisterSets? sets)
    {
        _source = source;
        Module = module;
        Name = kernel.Name;
        MaxThreads = kernel.MaxThreads;
        MinBlocks = kernel.MinBlocks;
        Registers = kernel.Registers.Count;
        Statements = kernel.Statements;
        Bank = bank;
        Code = GC.AllocateArray<Instruction>(code.Length, pinned: true);
        code.CopyTo(Code, 0);
        Operands = GC.AllocateArray<int>(Math.Max(operands.Length, 1), pinned: true);
        operands.CopyTo(Operands, 0);
        ParameterBytes = parameterBytes;
        StaticSharedBytes = staticSharedBytes;
        SharedGranularity = sharedGranularity;
        Sets = sets;
    }

    /// <summary>The entry's name.</summary>
    public string Name { get; }

    /// <summary>Size of the .param space: <see cref="Launch.KernelParameters.Bytes"/> must have this length.</summary>
    public int ParameterBytes { get; }

    /// <summary>Bytes of shared memory that every block has without asking.</summary>
    public int StaticSharedBytes { get; }

    /// <summary>Declared registers of all types, before any allocation.</summary>
    public int Registers { get; }

    /// <summary>Most threads of a block by .maxntid; 0 when the kernel does not say.</summary>
    public int MaxThreads { get; }

    /// <summary>Blocks that should fit on a multiprocessor, by .minnctapersm; 0 when the kernel does not say.</summary>
    public int MinBlocks { get; }

    /// <summary>The instructions as written.</summary>
    public IReadOnlyList<PtxStatement> Statements { get; }

    /// <summary>Shared memory is watched in units of this many bytes.</summary>
    internal int SharedGranularity { get; }

    /// <summary>Registers of wgmma; null when the kernel has none.</summary>
    internal RegisterSets? Sets { get; }

    internal ModuleLayout Module { get; }

    internal BankLayout Bank { get; }

    /// <summary>Pinned.</summary>
    internal Instruction[] Code { get; }

    /// <summary>Bank offsets of instructions with more than four operands; see <see cref="Instruction.More"/>. Pinned.</summary>
    internal int[] Operands { get; }

    /// <summary>The PTX text of a line, for messages.</summary>
    public string Line(int number) => _source.Line(number);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
