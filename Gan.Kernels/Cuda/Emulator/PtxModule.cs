namespace Gan.Kernels.Cuda.Emulator;

/// <summary>A PTX module, read and decoded. Immutable; may be used by many executors.</summary>
internal sealed class PtxModule
{
    private readonly Dictionary<string, PtxFunction> _functions = [];

    private PtxModule(string target)
    {
        Target = target;
    }

    /// <summary>The .target, e.g. "sm_70".</summary>
    public string Target { get; }

    /// <summary>The kernels by their entries' names.</summary>
    public IReadOnlyDictionary<string, PtxFunction> Functions => _functions;

    /// <summary>Reads and decodes a module.</summary>
    /// <exception cref="PtxException">The text cannot be read, or holds what is not supported; the message names line and text.</exception>
    public static PtxModule Parse(string ptx)
    {
        ArgumentNullException.ThrowIfNull(ptx);
        var source = new PtxSource(ptx);
        var parser = new PtxParser(source);
        parser.ParseModule();
        var module = new PtxModule(parser.Target);
        var layout = new ModuleLayout(parser.Variables);
        foreach (PtxKernelSyntax kernel in parser.Kernels)
        {
            if (!module._functions.TryAdd(kernel.Name, new Decoder(source, kernel, layout, parser.Target).Decode()))
            {
                throw source.Error(kernel.Line, $"kernel {kernel.Name} occurs twice");
            }
        }

        return module;
    }
}

/// <summary>Variables of a module: constant memory with its contents, global variables to be placed by the executor, shared ones.</summary>
internal sealed class ModuleLayout
{
    /// <summary>Address of the first constant: 0 stays a null pointer.</summary>
    public const int FirstConstant = 256;

    private readonly Dictionary<string, int> _constants = [];
    private readonly Dictionary<string, PtxVariable> _globals = [];

    /// <summary>Lays the variables out.</summary>
    public ModuleLayout(IReadOnlyList<PtxVariable> variables)
    {
        int bytes = FirstConstant;
        foreach (PtxVariable variable in variables.Where(v => v.Space == PtxSpace.Const))
        {
            bytes = (bytes + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
            _constants.Add(variable.Name, bytes);
            bytes += variable.Bytes;
        }

        ConstantBank = GC.AllocateArray<byte>(bytes, pinned: true);
        foreach (PtxVariable variable in variables.Where(v => v.Space == PtxSpace.Const))
        {
            variable.Initial?.CopyTo(ConstantBank, _constants[variable.Name]);
        }

        foreach (PtxVariable variable in variables.Where(v => v.Space == PtxSpace.Global))
        {
            _globals.Add(variable.Name, variable);
        }

        Shared = [.. variables.Where(v => v.Space == PtxSpace.Shared)];
    }

    /// <summary>Addresses in constant memory.</summary>
    public IReadOnlyDictionary<string, int> Constants => _constants;

    /// <summary>Constant memory; the first <see cref="FirstConstant"/> bytes are nobody's. Pinned.</summary>
    public byte[] ConstantBank { get; }

    /// <summary>Variables in global memory.</summary>
    public IReadOnlyDictionary<string, PtxVariable> Globals => _globals;

    /// <summary>Shared variables declared outside kernels.</summary>
    public IReadOnlyList<PtxVariable> Shared { get; }
}
