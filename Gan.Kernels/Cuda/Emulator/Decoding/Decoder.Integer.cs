namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Integer, logic and shift instructions.</summary>
internal sealed unsafe partial class Decoder
{
    private void DecodeStatement()
    {
        switch (_now.Opcode)
        {
            case "add" or "sub" or "mul" or "mad" or "div" or "rem" or "min" or "max" or "neg" or "abs" or "fma" or "sqrt" or "rcp" or "copysign":
                PtxType type = LastType();
                if (type.IsFloat())
                {
                    DecodeFloat(type);
                }
                else
                {
                    DecodeInteger(type);
                }

                break;
            case "and" or "or" or "xor" or "not" or "cnot":
                DecodeLogic(LastType());
                break;
            case "shl" or "shr":
                DecodeShift(LastType());
                break;
            case "shf" or "lop3" or "prmt" or "bfe" or "bfi" or "popc" or "clz" or "brev" or "bfind":
                DecodeBits(LastType());
                break;
            case "setp" or "selp" or "slct" or "testp" or "set":
                DecodeComparison();
                break;
            case "mov":
                DecodeMove(LastType());
                break;
            case "cvt":
                DecodeConversion();
                break;
            case "cvta":
                DecodeAddressConversion();
                break;
            case "ld" or "ldu" or "st" or "red" or "atom" or "prefetch" or "cp" or "ldmatrix" or "membar" or "fence":
                DecodeMemory();
                break;
            case "bra" or "ret" or "exit" or "bar" or "barrier" or "trap" or "griddepcontrol":
                DecodeControl();
                break;
            case "shfl" or "vote" or "activemask" or "match" or "redux" or "mma" or "elect":
                DecodeWarp();
                break;
            case "wgmma":
                DecodeWarpgroup();
                break;
            default:
                throw Unsupported();
        }
    }

    /// <summary>The type at the end of the opcode.</summary>
    private PtxType LastType()
    {
        PtxType type = _now.Modifiers.Length == 0 ? PtxType.None : PtxTypes.Parse(_now.Modifiers[^1]);
        return type == PtxType.None ? throw Unsupported("no type") : type;
    }

    /// <summary>The modifiers without the type must be these.</summary>
    private void Allow(params ReadOnlySpan<string> known)
    {
        foreach (string modifier in _now.Modifiers.AsSpan(0, _now.Modifiers.Length - 1))
        {
            if (!known.Contains(modifier))
            {
                throw Unsupported($".{modifier}");
            }
        }
    }

    private bool Has(string modifier) => Array.IndexOf(_now.Modifiers, modifier) >= 0;

    private void DecodeInteger(PtxType type)
    {
        bool isWide = Has("wide"), isHigh = Has("hi");
        switch (_now.Opcode)
        {
            case "mul" or "mad" when !isWide && !isHigh && !Has("lo"):
                throw Unsupported("one of .lo, .hi, .wide");
            case "mul" or "mad":
                Allow("wide", "hi", "lo");
                break;
            default:
                Allow();
                break;
        }

        if (isWide)
        {
            DecodeWide(type);
        }
        else if (type.Bytes() == 2)
        {
            DecodeNarrow(type);
        }
        else
        {
            DecodeFullInteger(type, isHigh);
        }
    }

    private void DecodeWide(PtxType type)
    {
        if (type is not (PtxType.U16 or PtxType.S16 or PtxType.U32 or PtxType.S32))
        {
            throw Unsupported();
        }

        bool isSum = _now.Opcode == "mad";
        ExpectOperands(isSum ? 4 : 3);
        bool isNarrow = type.Bytes() == 2, isSigned = type.IsSigned();
        PtxType wide = isNarrow ? PtxType.U32 : PtxType.U64;
        delegate*<byte*, byte*, byte*, byte*, long, void> code = isNarrow
            ? (isSum ? &Narrow.MultiplyAddWide : &Narrow.MultiplyWide)
            : (isSum ? (isSigned ? &Wide.MultiplyAddSigned : &Wide.MultiplyAddUnsigned) : (isSigned ? &Wide.MultiplySigned : &Wide.MultiplyUnsigned));
        Emit(new Instruction
        {
            Code = code, Kind = KindOf(wide), Immediate = isSigned ? 1 : 0, D = Result(Operand(0), wide), A = Source(Operand(1), type),
            B = Source(Operand(2), type), C = isSum ? Source(Operand(3), wide) : 0,
        });
    }

    private void DecodeNarrow(PtxType type)
    {
        (NarrowOp op, int operands) = _now.Opcode switch
        {
            "add" => (NarrowOp.Add, 2),
            "sub" => (NarrowOp.Subtract, 2),
            "mul" => (Has("hi") ? NarrowOp.MultiplyHigh : NarrowOp.Multiply, 2),
            "mad" when !Has("hi") => (NarrowOp.MultiplyAdd, 3),
            "div" => (NarrowOp.Divide, 2),
            "rem" => (NarrowOp.Remainder, 2),
            "min" => (NarrowOp.Minimum, 2),
            "max" => (NarrowOp.Maximum, 2),
            "neg" => (NarrowOp.Negate, 1),
            "abs" => (NarrowOp.Absolute, 1),
            _ => throw Unsupported(),
        };
        EmitAlu(&Narrow.Run, type, type, operands, (long)op + (type.IsSigned() ? 256 : 0));
    }

    private void DecodeFullInteger(PtxType type, bool isHigh)
    {
        switch (_now.Opcode, type)
        {
            case ("add", PtxType.U32 or PtxType.S32): EmitAlu(&Lanes.Vector2<uint, Add<uint>>, type, type, 2); break;
            case ("add", PtxType.U64 or PtxType.S64): EmitAlu(&Lanes.Vector2<ulong, Add<ulong>>, type, type, 2); break;
            case ("sub", PtxType.U32 or PtxType.S32): EmitAlu(&Lanes.Vector2<uint, Subtract<uint>>, type, type, 2); break;
            case ("sub", PtxType.U64 or PtxType.S64): EmitAlu(&Lanes.Vector2<ulong, Subtract<ulong>>, type, type, 2); break;
            case ("mul", PtxType.U32) when isHigh: EmitAlu(&Lanes.Scalar3<uint, uint, MultiplyHigh>, type, type, 2); break;
            case ("mul", PtxType.S32) when isHigh: EmitAlu(&Lanes.Scalar3<int, int, MultiplyHigh>, type, type, 2); break;
            case ("mul", PtxType.U64) when isHigh: EmitAlu(&Lanes.Scalar3<ulong, ulong, MultiplyHigh>, type, type, 2); break;
            case ("mul", PtxType.S64) when isHigh: EmitAlu(&Lanes.Scalar3<long, long, MultiplyHigh>, type, type, 2); break;
            case ("mad", PtxType.U32) when isHigh: EmitAlu(&Lanes.Scalar3<uint, uint, MultiplyHigh>, type, type, 3, 1); break;
            case ("mad", PtxType.S32) when isHigh: EmitAlu(&Lanes.Scalar3<int, int, MultiplyHigh>, type, type, 3, 1); break;
            case ("mad", PtxType.U64) when isHigh: EmitAlu(&Lanes.Scalar3<ulong, ulong, MultiplyHigh>, type, type, 3, 1); break;
            case ("mad", PtxType.S64) when isHigh: EmitAlu(&Lanes.Scalar3<long, long, MultiplyHigh>, type, type, 3, 1); break;
            case ("mul", PtxType.U32 or PtxType.S32): EmitAlu(&Lanes.Vector2<uint, Multiply<uint>>, type, type, 2); break;
            case ("mul", PtxType.U64 or PtxType.S64): EmitAlu(&Lanes.Vector2<ulong, Multiply<ulong>>, type, type, 2); break;
            case ("mad", PtxType.U32 or PtxType.S32): EmitAlu(&Lanes.Vector3<uint, MultiplyAdd<uint>>, type, type, 3); break;
            case ("mad", PtxType.U64 or PtxType.S64): EmitAlu(&Lanes.Vector3<ulong, MultiplyAdd<ulong>>, type, type, 3); break;
            case ("div", PtxType.U32): EmitAlu(&Lanes.Scalar3<uint, uint, Divide<uint>>, type, type, 2); break;
            case ("div", PtxType.S32): EmitAlu(&Lanes.Scalar3<int, int, Divide<int>>, type, type, 2); break;
            case ("div", PtxType.U64): EmitAlu(&Lanes.Scalar3<ulong, ulong, Divide<ulong>>, type, type, 2); break;
            case ("div", PtxType.S64): EmitAlu(&Lanes.Scalar3<long, long, Divide<long>>, type, type, 2); break;
            case ("rem", PtxType.U32): EmitAlu(&Lanes.Scalar3<uint, uint, Remainder<uint>>, type, type, 2); break;
            case ("rem", PtxType.S32): EmitAlu(&Lanes.Scalar3<int, int, Remainder<int>>, type, type, 2); break;
            case ("rem", PtxType.U64): EmitAlu(&Lanes.Scalar3<ulong, ulong, Remainder<ulong>>, type, type, 2); break;
            case ("rem", PtxType.S64): EmitAlu(&Lanes.Scalar3<long, long, Remainder<long>>, type, type, 2); break;
            case ("min", PtxType.U32): EmitAlu(&Lanes.Vector2<uint, Minimum<uint>>, type, type, 2); break;
            case ("min", PtxType.S32): EmitAlu(&Lanes.Vector2<int, Minimum<int>>, type, type, 2); break;
            case ("min", PtxType.U64): EmitAlu(&Lanes.Vector2<ulong, Minimum<ulong>>, type, type, 2); break;
            case ("min", PtxType.S64): EmitAlu(&Lanes.Vector2<long, Minimum<long>>, type, type, 2); break;
            case ("max", PtxType.U32): EmitAlu(&Lanes.Vector2<uint, Maximum<uint>>, type, type, 2); break;
            case ("max", PtxType.S32): EmitAlu(&Lanes.Vector2<int, Maximum<int>>, type, type, 2); break;
            case ("max", PtxType.U64): EmitAlu(&Lanes.Vector2<ulong, Maximum<ulong>>, type, type, 2); break;
            case ("max", PtxType.S64): EmitAlu(&Lanes.Vector2<long, Maximum<long>>, type, type, 2); break;
            case ("neg", PtxType.S32): EmitAlu(&Lanes.Vector1<int, Negate<int>>, type, type, 1); break;
            case ("neg", PtxType.S64): EmitAlu(&Lanes.Vector1<long, Negate<long>>, type, type, 1); break;
            case ("abs", PtxType.S32): EmitAlu(&Lanes.Vector1<int, Absolute<int>>, type, type, 1); break;
            case ("abs", PtxType.S64): EmitAlu(&Lanes.Vector1<long, Absolute<long>>, type, type, 1); break;
            default: throw Unsupported();
        }
    }

    private void DecodeLogic(PtxType type)
    {
        Allow();
        if (type == PtxType.Pred)
        {
            DecodePredicateLogic();
            return;
        }

        bool is64 = type == PtxType.B64;
        switch (_now.Opcode, type)
        {
            case ("and", PtxType.B16 or PtxType.B32): EmitAlu(&Lanes.Vector2<uint, And<uint>>, type, type, 2); break;
            case ("or", PtxType.B16 or PtxType.B32): EmitAlu(&Lanes.Vector2<uint, Or<uint>>, type, type, 2); break;
            case ("xor", PtxType.B16 or PtxType.B32): EmitAlu(&Lanes.Vector2<uint, Xor<uint>>, type, type, 2); break;
            case ("not", PtxType.B16): EmitAlu(&Narrow.Run, type, type, 1, (long)NarrowOp.Not); break;
            case ("not", PtxType.B32): EmitAlu(&Lanes.Vector1<uint, Not<uint>>, type, type, 1); break;
            case ("cnot", PtxType.B16 or PtxType.B32): EmitAlu(&Lanes.Scalar1<uint, uint, LogicalNot<uint>>, type, type, 1); break;
            case ("and", _) when is64: EmitAlu(&Lanes.Vector2<ulong, And<ulong>>, type, type, 2); break;
            case ("or", _) when is64: EmitAlu(&Lanes.Vector2<ulong, Or<ulong>>, type, type, 2); break;
            case ("xor", _) when is64: EmitAlu(&Lanes.Vector2<ulong, Xor<ulong>>, type, type, 2); break;
            case ("not", _) when is64: EmitAlu(&Lanes.Vector1<ulong, Not<ulong>>, type, type, 1); break;
            case ("cnot", _) when is64: EmitAlu(&Lanes.Scalar1<ulong, ulong, LogicalNot<ulong>>, type, type, 1); break;
            default: throw Unsupported();
        }
    }

    private void DecodePredicateLogic()
    {
        bool isNot = _now.Opcode == "not";
        ExpectOperands(isNot ? 2 : 3);
        int a = SourcePredicate(Operand(1), out bool invertA), b = a;
        bool invertB = false;
        if (!isNot)
        {
            b = SourcePredicate(Operand(2), out invertB);
        }

        int op = _now.Opcode switch { "and" => 0, "or" => 1, "xor" => 2, "not" => 3, _ => throw Unsupported() };
        Emit(new Instruction
        {
            Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Predicates.Run, Kind = InstructionKind.AluPredicate,
            D = Result(Operand(0), PtxType.Pred), A = a, B = b, Immediate = op | (invertA ? 4 : 0) | (invertB ? 8 : 0),
        });
    }

    private void DecodeShift(PtxType type)
    {
        Allow();
        ExpectOperands(3);
        bool isLeft = _now.Opcode == "shl";
        delegate*<byte*, byte*, byte*, byte*, long, void> code = (isLeft, type) switch
        {
            (_, PtxType.B16 or PtxType.U16 or PtxType.S16) => &Narrow.Run,
            (true, PtxType.B32) => &Lanes.Vector2<uint, ShiftLeft32>,
            (true, PtxType.B64) => &Shift.Left64,
            (false, PtxType.B32 or PtxType.U32) => &Lanes.Vector2<uint, ShiftRight32>,
            (false, PtxType.S32) => &Lanes.Vector2<int, ShiftRightSigned32>,
            (false, PtxType.B64 or PtxType.U64) => &Shift.Right64,
            (false, PtxType.S64) => &Shift.RightSigned64,
            _ => throw Unsupported(),
        };
        Emit(new Instruction
        {
            Code = code, Kind = KindOf(type), D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), PtxType.U32),
            Immediate = (long)(isLeft ? NarrowOp.ShiftLeft : NarrowOp.ShiftRight) + (type.IsSigned() ? 256 : 0),
        });
    }

    private void DecodeBits(PtxType type)
    {
        switch (_now.Opcode, type)
        {
            case ("lop3", PtxType.B32):
                Allow();
                ExpectOperands(5);
                Emit(new Instruction
                {
                    Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Scalar3<uint, uint, Logic3>, Kind = InstructionKind.Alu32,
                    D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), type), C = Source(Operand(3), type),
                    Immediate = Operand(4).Kind == PtxOperandKind.Integer ? Operand(4).Value & 255 : throw Unsupported("table must be a number"),
                });
                break;
            case ("shf", PtxType.B32):
                Allow("l", "r", "clamp", "wrap");
                EmitAlu(&Lanes.Scalar3<uint, uint, FunnelShift>, type, type, 3, (Has("r") ? 1 : 0) | (Has("wrap") ? 2 : 0));
                break;
            case ("prmt", PtxType.B32):
                Allow();
                EmitAlu(&Lanes.Scalar3<uint, uint, Permute>, type, type, 3);
                break;
            case ("bfe", PtxType.U32 or PtxType.S32):
                Allow();
                EmitAlu(&Lanes.Scalar3<uint, uint, ExtractField>, type, type, 3, type.IsSigned() ? 1 : 0);
                break;
            case ("bfe", PtxType.U64 or PtxType.S64):
                Allow();
                ExpectOperands(4);
                Emit(new Instruction
                {
                    Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Shift.Extract64, Kind = InstructionKind.Alu64, Immediate = type.IsSigned() ? 1 : 0,
                    D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), PtxType.U32), C = Source(Operand(3), PtxType.U32),
                });
                break;
            case ("bfi", PtxType.B32):
                Allow();
                ExpectOperands(5);
                int position = Source(Operand(3), PtxType.U32);
                Emit(new Instruction
                {
                    Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&InsertField.Run, Kind = InstructionKind.Alu32,
                    D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), type), C = position,
                    Immediate = Source(Operand(4), PtxType.U32) - position,
                });
                break;
            case ("popc", PtxType.B32): EmitAlu(&Lanes.Scalar1<uint, uint, PopulationCount>, PtxType.U32, type, 1); break;
            case ("popc", PtxType.B64): EmitAlu(&Lanes.Scalar1<ulong, uint, PopulationCount>, PtxType.U32, type, 1); break;
            case ("clz", PtxType.B32): EmitAlu(&Lanes.Scalar1<uint, uint, LeadingZeros>, PtxType.U32, type, 1); break;
            case ("clz", PtxType.B64): EmitAlu(&Lanes.Scalar1<ulong, uint, LeadingZeros>, PtxType.U32, type, 1); break;
            case ("brev", PtxType.B32): EmitAlu(&Lanes.Scalar1<uint, uint, BitReverse>, type, type, 1); break;
            case ("brev", PtxType.B64): EmitAlu(&Lanes.Scalar1<ulong, ulong, BitReverse>, type, type, 1); break;
            case ("bfind", PtxType.U32): Allow(); EmitAlu(&Lanes.Scalar1<uint, uint, HighestBit>, PtxType.U32, type, 1); break;
            case ("bfind", PtxType.U64): Allow(); EmitAlu(&Lanes.Scalar1<ulong, uint, HighestBit>, PtxType.U32, type, 1); break;
            default: throw Unsupported();
        }
    }
}
