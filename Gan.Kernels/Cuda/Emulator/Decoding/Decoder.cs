namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Turns a kernel's statements into <see cref="Instruction"/>s: one partial file a family. Whatever is not known here is refused at load, by name.
/// </summary>
internal sealed unsafe partial class Decoder
{
    private static readonly HashSet<string> s_special =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
        "%laneid", "%warpid", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
    ];

    private readonly PtxSource _source;
    private readonly PtxKernelSyntax _kernel;
    private readonly ModuleLayout _module;
    private readonly string _target;
    private readonly BankLayout _bank;
    private readonly RegisterSets? _sets;
    private readonly Dictionary<string, (int Offset, int Bytes)> _parameters = [];
    private readonly Dictionary<string, int> _shared = [];
    private readonly int[] _slots;
    private readonly Dictionary<(bool Is64, int Slot), int> _slotPlaces = [];
    private readonly int[] _places;
    private readonly bool[] _written;
    private readonly List<Instruction> _code = [];
    private readonly List<int> _operands = [0]; // no list of operands has number 0
    private readonly List<(int Instruction, string Label, int Line)> _jumps = [];
    private readonly int[] _firstInstruction;
    private PtxStatement _now;
    private int _registers;

    /// <summary>Prepares the layout; <see cref="Decode"/> does the work.</summary>
    public Decoder(PtxSource source, PtxKernelSyntax kernel, ModuleLayout module, string target)
    {
        _source = source;
        _kernel = kernel;
        _module = module;
        _target = target;
        _sets = RegisterSets.Of(kernel);
        _bank = new BankLayout(kernel.Registers.Count(r => r.Type == PtxType.Pred));
        _slots = RegisterAllocation.Assign(kernel);
        _places = new int[kernel.Registers.Count];
        _written = new bool[kernel.Registers.Count];
        _firstInstruction = new int[kernel.Statements.Count + 1];
        _now = null!;
        Array.Fill(_places, -1);
    }

    /// <summary>Decodes everything.</summary>
    /// <exception cref="PtxException">An instruction, modifier, type or operand is not supported, or a register is read that nothing writes.</exception>
    public PtxFunction Decode()
    {
        int parameterBytes = LayOutParameters();
        int sharedBytes = LayOutShared();
        FindWrittenRegisters();
        for (int i = 0; i < _kernel.Statements.Count; i++)
        {
            _now = _kernel.Statements[i];
            _firstInstruction[i] = _code.Count;
            NoteRegisters();
            DecodeStatement();
        }

        _firstInstruction[^1] = _code.Count;
        _code.Add(new Instruction { Kind = InstructionKind.Exit, Line = _now?.Line ?? _kernel.Line, Guard = BankLayout.True });
        var labels = _kernel.Labels.ToDictionary(l => l.Key, l => _firstInstruction[l.Value]);
        foreach ((int index, string label, int line) in _jumps)
        {
            Instruction jump = _code[index];
            jump.Target = labels.TryGetValue(label, out int target) ? target : throw _source.Error(line, $"unknown label {label}");
            _code[index] = jump;
        }

        Instruction[] code = ControlFlow.AddJoins([.. _code]);
        int granularity = SharedGranularity(code);
        return new PtxFunction(_source, _module, _kernel, _bank, code, [.. _operands], parameterBytes, sharedBytes, granularity, _sets);
    }

    private int LayOutParameters()
    {
        int bytes = 0;
        foreach (PtxVariable parameter in _kernel.Parameters)
        {
            bytes = (bytes + parameter.Alignment - 1) / parameter.Alignment * parameter.Alignment;
            _parameters.Add(parameter.Name, (bytes, parameter.Bytes));
            bytes += parameter.Bytes;
        }

        return bytes;
    }

    /// <summary>Static shared variables from address 0 on; the one dynamic array lies behind them, aligned as it asks, to 16 at least.</summary>
    private int LayOutShared()
    {
        int bytes = 0;
        foreach (PtxVariable variable in _kernel.Shared.Concat(_module.Shared.Where(v => !v.IsExternal && Uses(v.Name))))
        {
            bytes = (bytes + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
            _shared.Add(variable.Name, bytes);
            bytes += variable.Bytes;
        }

        List<PtxVariable> dynamic = [.. _module.Shared.Where(v => v.IsExternal && Uses(v.Name))];
        int alignment = dynamic.Select(v => v.Alignment).Append(16).Max(), start = (bytes + alignment - 1) / alignment * alignment;
        dynamic.ForEach(v => _shared.Add(v.Name, start));
        return dynamic.Count > 0 ? start : bytes;
    }

    private bool Uses(string name) => _kernel.Statements.Any(s => s.Operands.Any(o => Names(o, name)));

    private static bool Names(PtxOperand operand, string name) =>
        (operand.Kind == PtxOperandKind.Symbol && operand.Name == name) || operand.Parts.Any(p => Names(p, name));

    /// <summary>Smallest shared access: races and unwritten memory are tracked in units of this many bytes.</summary>
    private static int SharedGranularity(Instruction[] code) =>
        code.Where(i => i.Kind == InstructionKind.Special && SharedAccess.IsShared(i)).Select(i => (int)i.Width).Append(4).Min();

    private void FindWrittenRegisters()
    {
        foreach (PtxStatement statement in _kernel.Statements)
        {
            foreach (PtxRegister register in RegisterAllocation.Results(statement))
            {
                _written[register.Index] = true;
            }
        }
    }

    private int Emit(Instruction instruction)
    {
        instruction.Guard = BankLayout.True;
        instruction.Line = _now.Line;
        instruction.Registers = _registers;
        if (_now.Guard is { } guard)
        {
            instruction.Guard = Place(guard.Register);
            instruction.GuardInverted = guard.Negated ? uint.MaxValue : 0;
        }

        _code.Add(instruction);
        return _code.Count - 1;
    }

    private PtxException Unsupported(string? what = null) =>
        _source.Error(_now.Line, what == null ? $"unsupported instruction {_now.Mnemonic}" : $"unsupported instruction {_now.Mnemonic}: {what}");
}
