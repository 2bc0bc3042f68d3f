namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Loads, stores, atomics, asynchronous copies, matrix loads.</summary>
internal sealed unsafe partial class Decoder
{
    private static readonly HashSet<string> s_cacheHints =
    [
        "ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "weak", "volatile", "relaxed", "acquire", "release", "cta", "gpu", "sys",
        "L1::no_allocate", "L1::evict_last", "L1::evict_first", "L2::64B", "L2::128B", "L2::256B",
    ];

    private void DecodeMemory()
    {
        switch (_now.Opcode)
        {
            case "ld":
                DecodeLoadOrStore(isLoad: true);
                break;
            case "st":
                DecodeLoadOrStore(isLoad: false);
                break;
            case "red" or "atom":
                DecodeAtomic();
                break;
            case "cp" when _now.Modifiers is ["async", ..]:
                DecodeAsyncCopy();
                break;
            case "ldmatrix":
                DecodeMatrixLoad();
                break;
            case "fence" when _now.Modifiers is ["proxy", "async", .. var space]:
                if (space is not ([] or ["shared::cta"]))
                {
                    throw Unsupported("only fence.proxy.async, of all memory or of shared::cta");
                }

                Emit(Special(&WarpgroupProducts.FenceProxy, 0, 0, 0, 0));
                break;
            case "membar" or "fence":
                Emit(Special(&Atomics.Fence, 0, 0, 0, 0));
                break;
            default:
                throw Unsupported();
        }
    }

    /// <summary>The state space among the modifiers; "" when generic. Takes ".shared::cta" for shared.</summary>
    private string Space()
    {
        foreach (string modifier in _now.Modifiers)
        {
            switch (modifier)
            {
                case "global" or "shared" or "param" or "const":
                    return modifier;
                case "shared::cta":
                    return "shared";
                case "local":
                    throw Unsupported("local memory: kernels keep their values in registers");
            }
        }

        return "";
    }

    private void DecodeLoadOrStore(bool isLoad)
    {
        PtxType type = LastType();
        int count = Has("v4") ? 4 : Has("v2") ? 2 : 1;
        string space = Space();
        foreach (string modifier in _now.Modifiers.AsSpan(0, _now.Modifiers.Length - 1))
        {
            if (!s_cacheHints.Contains(modifier) && modifier is not ("v2" or "v4" or "global" or "shared" or "param" or "const" or "shared::cta"))
            {
                throw Unsupported($".{modifier}");
            }
        }

        ExpectOperands(2);
        PtxOperand data = Operand(isLoad ? 0 : 1);
        IReadOnlyList<PtxOperand> elements = data.Kind == PtxOperandKind.Vector ? data.Parts : [data];
        if (type == PtxType.Pred || elements.Count != count || type.Bytes() * count > 16)
        {
            throw Unsupported();
        }

        void* code = (space, isLoad) switch
        {
            ("global", true) => (delegate*<Warp, Instruction*, uint, void>)&GlobalAccess.Load,
            ("global", false) => (delegate*<Warp, Instruction*, uint, void>)&GlobalAccess.Store,
            ("shared", true) => (delegate*<Warp, Instruction*, uint, void>)&SharedAccess.Load,
            ("shared", false) => (delegate*<Warp, Instruction*, uint, void>)&SharedAccess.Store,
            ("param", true) => (delegate*<Warp, Instruction*, uint, void>)&ReadOnlyAccess.LoadParameter,
            ("const", true) => (delegate*<Warp, Instruction*, uint, void>)&ReadOnlyAccess.LoadConstant,
            ("", true) => (delegate*<Warp, Instruction*, uint, void>)&GenericAccess.Load,
            ("", false) => (delegate*<Warp, Instruction*, uint, void>)&GenericAccess.Store,
            _ => throw Unsupported(),
        };
        var instruction = new Instruction
        {
            Kind = InstructionKind.Special, Code = code, Width = (byte)type.Bytes(), Count = (byte)count,
            Flags = type.IsSigned() ? InstructionFlags.Signed : InstructionFlags.None,
        };
        SetAddress(ref instruction, Operand(isLoad ? 1 : 0));
        bool is64 = elements[0].Register?.Type.Bytes() == 8 || type.Bytes() == 8;
        instruction.Flags |= is64 ? InstructionFlags.Register64 : 0;
        PtxType inRegister = is64 ? PtxType.B64 : type.Bytes() < 4 ? PtxType.B16 : PtxType.B32;
        int[] places = [.. elements.Select(e => isLoad ? Result(e, inRegister) : Source(e, inRegister))];
        instruction.D = places[0];
        instruction.More = More(places);
        Emit(instruction);
    }

    /// <summary>Appends further operands; their first index.</summary>
    private int More(params ReadOnlySpan<int> places)
    {
        int first = _operands.Count;
        _operands.AddRange(places);
        return first;
    }

    /// <summary>[register + offset], [name + offset] or [number].</summary>
    private void SetAddress(ref Instruction instruction, PtxOperand operand)
    {
        PtxOperand inner = operand.Kind == PtxOperandKind.Address ? operand.Parts[0] : throw _source.Error(_now.Line, "an address in [ ] is expected");
        bool is32 = inner.Register is { } register && register.Type.Bytes() == 4;
        instruction.A = Source(inner, is32 ? PtxType.B32 : PtxType.B64);
        instruction.Immediate = operand.Value;
        instruction.Flags |= is32 ? InstructionFlags.Address32 : 0;
    }

    private void DecodeAtomic()
    {
        bool isAtom = _now.Opcode == "atom";
        PtxType type = LastType();
        string space = Space();
        var op = AtomicOp.None;
        foreach (string modifier in _now.Modifiers.AsSpan(0, _now.Modifiers.Length - 1))
        {
            AtomicOp known = modifier switch
            {
                "add" => AtomicOp.Add,
                "min" => AtomicOp.Min,
                "max" => AtomicOp.Max,
                "and" => AtomicOp.And,
                "or" => AtomicOp.Or,
                "xor" => AtomicOp.Xor,
                "exch" => AtomicOp.Exchange,
                "cas" => AtomicOp.CompareAndSwap,
                "inc" => AtomicOp.Increment,
                "dec" => AtomicOp.Decrement,
                _ => AtomicOp.None,
            };
            op = known != AtomicOp.None ? known : op;
            if (known == AtomicOp.None && !s_cacheHints.Contains(modifier) && modifier is not ("global" or "shared" or "shared::cta"))
            {
                throw Unsupported($".{modifier}");
            }
        }

        if (op == AtomicOp.None || space is not ("global" or "shared") || type.Bytes() < 4 || type.IsFloat())
        {
            throw Unsupported("only integers of 32 and 64 bits in global or shared memory: the order of floating-point atomics is open");
        }

        int first = isAtom ? 1 : 0;
        ExpectOperands(first + (op == AtomicOp.CompareAndSwap ? 3 : 2));
        var instruction = new Instruction
        {
            Kind = InstructionKind.Special, Width = (byte)type.Bytes(), Count = 1,
            Code = space == "global" ? (delegate*<Warp, Instruction*, uint, void>)&Atomics.Global : &Atomics.Shared,
            Flags = (type.IsSigned() ? InstructionFlags.Signed : 0) | (type.Bytes() == 8 ? InstructionFlags.Register64 : 0)
                | (isAtom ? InstructionFlags.Second : 0),
            D = isAtom ? Result(Operand(0), type) : 0,
            B = Source(Operand(first + 1), type),
            C = op == AtomicOp.CompareAndSwap ? Source(Operand(first + 2), type) : 0,
        };
        SetAddress(ref instruction, Operand(first));
        instruction.More = (int)op;
        Emit(instruction);
    }

    private void DecodeAsyncCopy()
    {
        var instruction = new Instruction { Kind = InstructionKind.Special, Width = 16, Count = 1 };
        switch (_now.Modifiers)
        {
            case ["async", "commit_group"]:
                ExpectOperands(0);
                instruction.Code = (delegate*<Warp, Instruction*, uint, void>)&AsyncCopies.Commit;
                break;
            case ["async", "wait_all"]:
                ExpectOperands(0);
                instruction.Code = (delegate*<Warp, Instruction*, uint, void>)&AsyncCopies.Wait;
                instruction.Immediate = -1;
                break;
            case ["async", "wait_group"] when Operand(0) is { Kind: PtxOperandKind.Integer, Value: >= 0 } groups:
                ExpectOperands(1);
                instruction.Code = (delegate*<Warp, Instruction*, uint, void>)&AsyncCopies.Wait;
                instruction.Immediate = groups.Value;
                break;
            case ["async", "ca" or "cg", "shared" or "shared::cta", "global", .. var hints] when Array.TrueForAll(hints, s_cacheHints.Contains):
                PtxOperand size = Operand(2);
                bool fits = size is { Kind: PtxOperandKind.Integer, Value: 4 or 8 or 16 } && (size.Value == 16 || !Has("cg"));
                if (!fits || _now.Operands.Count > 4)
                {
                    throw Unsupported("sizes are 4, 8 and 16 bytes, and 16 for .cg");
                }

                instruction.Code = (delegate*<Warp, Instruction*, uint, void>)&AsyncCopies.Copy;
                instruction.Width = (byte)size.Value;
                var destination = default(Instruction);
                SetAddress(ref destination, Operand(0));
                SetAddress(ref instruction, Operand(1));
                instruction.B = destination.A;
                bool isWide = (destination.Flags & InstructionFlags.Address32) == 0;
                instruction.Flags |= isWide ? InstructionFlags.Second : 0;
                instruction.C = _now.Operands.Count == 4 ? Source(Operand(3), PtxType.U32) : _bank.Constant(size.Value, false);
                instruction.More = More((int)destination.Immediate);
                break;
            default:
                throw Unsupported();
        }

        Emit(instruction);
    }

    private void DecodeMatrixLoad()
    {
        int count = Has("x4") ? 4 : Has("x2") ? 2 : Has("x1") ? 1 : 0;
        bool isTransposed = Has("trans");
        string[] expected = isTransposed ? ["sync", "aligned", "m8n8", $"x{count}", "trans"] : ["sync", "aligned", "m8n8", $"x{count}"];
        if (_now.Modifiers.Length != expected.Length + 2 || !_now.Modifiers.AsSpan(0, expected.Length).SequenceEqual(expected)
            || Space() != "shared" || _now.Modifiers[^1] != "b16" || Operand(0) is not { Kind: PtxOperandKind.Vector } to || to.Parts.Count != count)
        {
            throw Unsupported();
        }

        var instruction = new Instruction
        {
            Kind = InstructionKind.Special, Code = (delegate*<Warp, Instruction*, uint, void>)&MatrixLoads.Run, Width = 16, Count = (byte)count,
            Flags = isTransposed ? InstructionFlags.Second : InstructionFlags.None,
        };
        SetAddress(ref instruction, Operand(1));
        instruction.More = More([.. to.Parts.Select(p => Result(p, PtxType.B32))]);
        Emit(instruction);
    }
}
