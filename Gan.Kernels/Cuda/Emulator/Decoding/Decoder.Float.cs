namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Floating-point arithmetic and comparisons. Only IEEE forms: an approximate or flushing instruction has no portable result.</summary>
internal sealed unsafe partial class Decoder
{
    private void DecodeFloat(PtxType type)
    {
        if (Direction() is { } direction && Rounded() is { } operation)
        {
            DecodeDirected(type, operation, direction);
            return;
        }
        if (_now.Opcode is "div" or "sqrt" or "rcp" or "fma" && !Has("rn"))
        {
            throw Unsupported("only .rn, .rz, .rm and .rp");
        }

        bool isNaN = Has("NaN");
        Allow(_now.Opcode is "min" or "max" ? "NaN" : _now.Opcode is "neg" or "abs" or "copysign" ? "" : "rn");
        switch (_now.Opcode, type)
        {
            case ("add", PtxType.F32): EmitAlu(&Lanes.Vector2<float, Add<float>>, type, type, 2); break;
            case ("add", PtxType.F64): EmitAlu(&Lanes.Vector2<double, Add<double>>, type, type, 2); break;
            case ("sub", PtxType.F32): EmitAlu(&Lanes.Vector2<float, Subtract<float>>, type, type, 2); break;
            case ("sub", PtxType.F64): EmitAlu(&Lanes.Vector2<double, Subtract<double>>, type, type, 2); break;
            case ("mul", PtxType.F32): EmitAlu(&Lanes.Vector2<float, Multiply<float>>, type, type, 2); break;
            case ("mul", PtxType.F64): EmitAlu(&Lanes.Vector2<double, Multiply<double>>, type, type, 2); break;
            case ("fma" or "mad", PtxType.F32): EmitAlu(&Lanes.Vector3<float, FusedMultiplyAdd>, type, type, 3); break;
            case ("fma" or "mad", PtxType.F64): EmitAlu(&Lanes.Vector3<double, FusedMultiplyAdd>, type, type, 3); break;
            case ("div", PtxType.F32): EmitAlu(&Lanes.Vector2<float, Quotient<float>>, type, type, 2); break;
            case ("div", PtxType.F64): EmitAlu(&Lanes.Vector2<double, Quotient<double>>, type, type, 2); break;
            case ("sqrt", PtxType.F32): EmitAlu(&Lanes.Vector1<float, SquareRoot<float>>, type, type, 1); break;
            case ("sqrt", PtxType.F64): EmitAlu(&Lanes.Vector1<double, SquareRoot<double>>, type, type, 1); break;
            case ("rcp", PtxType.F32): EmitAlu(&Lanes.Vector1<float, Reciprocal>, type, type, 1); break;
            case ("rcp", PtxType.F64): EmitAlu(&Lanes.Vector1<double, Reciprocal>, type, type, 1); break;
            case ("min", PtxType.F32): EmitAlu(&Lanes.Scalar3<float, float, FloatMinimum<float>>, type, type, 2, isNaN ? 1 : 0); break;
            case ("min", PtxType.F64) when !isNaN: EmitAlu(&Lanes.Scalar3<double, double, FloatMinimum<double>>, type, type, 2); break;
            case ("max", PtxType.F32): EmitAlu(&Lanes.Scalar3<float, float, FloatMaximum<float>>, type, type, 2, isNaN ? 1 : 0); break;
            case ("max", PtxType.F64) when !isNaN: EmitAlu(&Lanes.Scalar3<double, double, FloatMaximum<double>>, type, type, 2); break;
            case ("neg", PtxType.F32): EmitAlu(&Lanes.Vector1<uint, FlipSign>, type, type, 1); break;
            case ("neg", PtxType.F64): EmitAlu(&Lanes.Vector1<ulong, FlipSign>, type, type, 1); break;
            case ("abs", PtxType.F32): EmitAlu(&Lanes.Vector1<uint, ClearSign>, type, type, 1); break;
            case ("abs", PtxType.F64): EmitAlu(&Lanes.Vector1<ulong, ClearSign>, type, type, 1); break;
            case ("copysign", PtxType.F32): EmitAlu(&Lanes.Vector2<uint, CopySign>, type, type, 2); break;
            case ("copysign", PtxType.F64): EmitAlu(&Lanes.Vector2<ulong, CopySign>, type, type, 2); break;
            default: throw Unsupported();
        }
    }

    private RoundingMode? Direction() => Has("rz") ? RoundingMode.Zero : Has("rm") ? RoundingMode.Down : Has("rp") ? RoundingMode.Up : null;

    private RoundedOperation? Rounded() => _now.Opcode switch
    {
        "add" => RoundedOperation.Add,
        "sub" => RoundedOperation.Subtract,
        "mul" => RoundedOperation.Multiply,
        "fma" => RoundedOperation.MultiplyAdd,
        "div" => RoundedOperation.Divide,
        "sqrt" => RoundedOperation.SquareRoot,
        "rcp" => RoundedOperation.Reciprocal,
        _ => null,
    };

    /// <summary>Arithmetic that does not round to nearest.</summary>
    private void DecodeDirected(PtxType type, RoundedOperation operation, RoundingMode direction)
    {
        Allow("rz", "rm", "rp");
        if (_now.Modifiers.Length != 2 || type is not (PtxType.F32 or PtxType.F64))
        {
            throw Unsupported();
        }
        int operands = operation switch { RoundedOperation.MultiplyAdd => 3, RoundedOperation.SquareRoot or RoundedOperation.Reciprocal => 1, _ => 2 };
        delegate*<byte*, byte*, byte*, byte*, long, void> code = type == PtxType.F32 ? &Lanes.Scalar3<float, float, DirectedSingle> : &Lanes.Scalar3<double, double, DirectedDouble>;
        EmitAlu(code, type, type, operands, (long)direction | (long)operation << 8);
    }

    private void DecodeComparison()
    {
        PtxType type = LastType();
        switch (_now.Opcode)
        {
            case "selp":
                Allow();
                ExpectOperands(4);
                int predicate = SourcePredicate(Operand(3), out bool negated);
                Emit(new Instruction
                {
                    Code = type.Bytes() == 8 ? (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Select64 : &Lanes.Select32, Kind = KindOf(type),
                    D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), type), C = predicate, Immediate = negated ? 1 : 0,
                });
                break;
            case "slct":
                DecodeSlct(type);
                break;
            case "testp":
                DecodeTest(type);
                break;
            case "setp":
                DecodeSetp(type);
                break;
            default:
                throw Unsupported();
        }
    }

    /// <summary>slct.t.s32 or .f32: a where c is not negative (-0 is not, a NaN is), else b.</summary>
    private void DecodeSlct(PtxType control)
    {
        PtxType type = _now.Modifiers.Length == 2 ? PtxTypes.Parse(_now.Modifiers[0]) : PtxType.None;
        if (type == PtxType.None || type.Bytes() < 4 || control is not (PtxType.S32 or PtxType.F32))
        {
            throw Unsupported();
        }

        ExpectOperands(4);
        int isNotNegative = ExtraPredicate();
        Emit(new Instruction
        {
            Code = control == PtxType.F32 ? (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Compare<float, GreaterEqual<float>>
                : &Lanes.Compare<int, GreaterEqual<int>>,
            Kind = InstructionKind.AluPredicate, D = isNotNegative, A = Source(Operand(3), control), B = _bank.Constant(0, false),
        });
        Emit(new Instruction
        {
            Code = type.Bytes() == 8 ? (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Select64 : &Lanes.Select32, Kind = KindOf(type),
            D = Result(Operand(0), type), A = Source(Operand(1), type), B = Source(Operand(2), type), C = isNotNegative,
        });
    }

    /// <summary>A predicate for a step inside one instruction; it lies in a 32-lane place of its own.</summary>
    private int ExtraPredicate() => _bank.Register(false);

    private void DecodeTest(PtxType type)
    {
        if (_now.Modifiers.Length != 2 || type is not (PtxType.F32 or PtxType.F64))
        {
            throw Unsupported();
        }

        var test = _now.Modifiers[0] switch
        {
            "finite" => FloatTest.Finite,
            "infinite" => FloatTest.Infinite,
            "number" => FloatTest.Number,
            "notanumber" => FloatTest.NotANumber,
            "normal" => FloatTest.Normal,
            "subnormal" => FloatTest.Subnormal,
            _ => throw Unsupported(),
        };
        delegate*<byte*, byte*, byte*, byte*, long, void> code = type == PtxType.F32 ? &FloatTests.Single : &FloatTests.Double;
        EmitAlu(code, PtxType.Pred, type, 1, (long)test);
    }

    private void DecodeSetp(PtxType type)
    {
        string[] modifiers = _now.Modifiers;
        string comparison = modifiers[0];
        int combine = modifiers.Length < 3 ? -1 : modifiers[1] switch { "and" => 0, "or" => 1, "xor" => 2, _ => throw Unsupported($".{modifiers[1]}") };
        if (modifiers.Length > 3)
        {
            throw Unsupported();
        }

        ExpectOperands(combine < 0 ? 3 : 4);
        bool isSigned = type.IsSigned() && type.Bytes() == 2;
        PtxType compared = type switch
        {
            PtxType.B16 or PtxType.U16 => PtxType.U32,
            PtxType.S16 => PtxType.S32,
            PtxType.B32 => PtxType.U32,
            PtxType.B64 => PtxType.U64,
            _ => type,
        };
        int a = Source(Operand(1), type), b = Source(Operand(2), type);
        if (isSigned)
        {
            a = SignExtended(a);
            b = SignExtended(b);
        }

        int c = 0;
        bool negated = false;
        if (combine >= 0)
        {
            c = SourcePredicate(Operand(3), out negated);
        }

        PtxOperand result = Operand(0);
        PtxOperand first = result.Kind == PtxOperandKind.Pair ? result.Parts[0] : result;
        long immediate = Math.Max(combine, 0) | (negated ? 4 : 0);
        int d = first.Kind == PtxOperandKind.Sink ? ExtraPredicate() : Result(first, PtxType.Pred);
        if (result.Kind == PtxOperandKind.Pair && result.Parts[1].Kind != PtxOperandKind.Sink)
        {
            // The second result is the opposite comparison combined with the same predicate; it comes first, as p may be the combined predicate.
            int q = Result(result.Parts[1], PtxType.Pred), opposite = ExtraPredicate();
            Emit(new Instruction { Code = Comparisons.Code(comparison, compared, false), Kind = InstructionKind.AluPredicate, D = opposite, A = a, B = b });
            Emit(new Instruction
            {
                Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Predicates.Run, Kind = InstructionKind.AluPredicate, D = opposite,
                A = opposite, B = combine < 0 ? opposite : c, Immediate = (combine < 0 ? 3 : combine | 4) | (negated ? 8 : 0),
            });
            EmitComparison(comparison, compared, d, a, b, c, combine >= 0, immediate);
            Emit(new Instruction
            {
                Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Predicates.Run, Kind = InstructionKind.AluPredicate, D = q, A = opposite, B = opposite,
            });
            return;
        }

        EmitComparison(comparison, compared, d, a, b, c, combine >= 0, immediate);
    }

    private void EmitComparison(string comparison, PtxType type, int d, int a, int b, int c, bool isCombined, long immediate)
    {
        void* code = Comparisons.Code(comparison, type, isCombined);
        Emit(new Instruction
        {
            Code = code != null ? code : throw Unsupported(), Kind = InstructionKind.AluPredicate, D = d, A = a, B = b, C = c, Immediate = immediate,
        });
    }

    private int SignExtended(int place)
    {
        int extended = _bank.Register(false);
        Emit(new Instruction
        {
            Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Narrow.SignExtend, Kind = InstructionKind.Alu32, D = extended, A = place,
        });
        return extended;
    }
}
