namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Moves, packing, type conversions and conversions between address spaces.</summary>
internal sealed unsafe partial class Decoder
{
    private void DecodeMove(PtxType type)
    {
        Allow();
        ExpectOperands(2);
        PtxOperand to = Operand(0), from = Operand(1);
        if (type == PtxType.Pred)
        {
            DecodePredicateMove(to, from);
        }
        else if (to.Kind == PtxOperandKind.Vector)
        {
            DecodeUnpack(to, from, type);
        }
        else if (from.Kind == PtxOperandKind.Vector)
        {
            DecodePack(to, from, type);
        }
        else if (type.Bytes() == 8)
        {
            EmitAlu(&Lanes.Vector1<ulong, Move<ulong>>, type, type, 1);
        }
        else
        {
            EmitAlu(&Lanes.Vector1<uint, Move<uint>>, type, type, 1);
        }
    }

    private void DecodePredicateMove(PtxOperand to, PtxOperand from)
    {
        int d = Result(to, PtxType.Pred);
        if (from.Kind == PtxOperandKind.Integer)
        {
            Emit(new Instruction
            {
                Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Predicates.Set, Kind = InstructionKind.AluPredicate, D = d,
                Immediate = from.Value != 0 ? uint.MaxValue : 0,
            });
            return;
        }

        int a = SourcePredicate(from, out bool negated);
        Emit(new Instruction
        {
            Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Predicates.Run, Kind = InstructionKind.AluPredicate, D = d, A = a, B = a,
            Immediate = negated ? 4 : 0,
        });
    }

    private void DecodeUnpack(PtxOperand to, PtxOperand from, PtxType type)
    {
        if (to.Parts.Count != 2 || type.Bytes() < 4)
        {
            throw Unsupported("only two halves");
        }

        bool is64 = type.Bytes() == 8;
        int a = Source(from, type);
        int kept = is64 ? a : _bank.Register(false);
        if (!is64)
        {
            // A copy, as the first result may be the source's own register.
            Emit(new Instruction
            {
                Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Vector1<uint, Move<uint>>, Kind = InstructionKind.Alu32, D = kept, A = a,
            });
        }

        for (int i = 0; i < 2; i++)
        {
            if (to.Parts[i].Kind == PtxOperandKind.Sink)
            {
                continue;
            }

            int d = Result(to.Parts[i], is64 ? PtxType.B32 : PtxType.B16);
            Emit(is64
                ? new Instruction
                {
                    Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)(i == 0 ? &Conversions.Low32 : &Conversions.High32),
                    Kind = InstructionKind.Alu32, D = d, A = a,
                }
                : new Instruction
                {
                    Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Scalar3<uint, uint, Half16>, Kind = InstructionKind.Alu32,
                    D = d, A = kept, B = kept, C = kept, Immediate = 16 * i,
                });
        }
    }

    private void DecodePack(PtxOperand to, PtxOperand from, PtxType type)
    {
        if (from.Parts.Count != 2 || type.Bytes() < 4)
        {
            throw Unsupported("only two halves");
        }

        PtxType half = type.Bytes() == 8 ? PtxType.B32 : PtxType.B16;
        int a = Source(from.Parts[0], half), b = Source(from.Parts[1], half);
        Emit(new Instruction
        {
            Code = half == PtxType.B32 ? (delegate*<byte*, byte*, byte*, byte*, long, void>)&Conversions.Join64 : &Lanes.Scalar3<uint, uint, Join16>,
            Kind = KindOf(type), D = Result(to, type), A = a, B = b, C = b,
        });
    }

    private void DecodeConversion()
    {
        string[] modifiers = _now.Modifiers;
        PtxType from = LastType(), to = modifiers.Length < 2 ? PtxType.None : PtxTypes.Parse(modifiers[^2]);
        bool saturate = false, toIntegral = false, hasMode = false;
        RoundingMode mode = RoundingMode.Nearest;
        foreach (string modifier in modifiers.AsSpan(0, Math.Max(0, modifiers.Length - 2)))
        {
            switch (modifier)
            {
                case "rn": hasMode = true; break;
                case "rz": (mode, hasMode) = (RoundingMode.Zero, true); break;
                case "rm": (mode, hasMode) = (RoundingMode.Down, true); break;
                case "rp": (mode, hasMode) = (RoundingMode.Up, true); break;
                case "rna": (mode, hasMode) = (RoundingMode.NearestAway, true); break;
                case "rni": (mode, toIntegral) = (RoundingMode.Nearest, true); break;
                case "rzi": (mode, toIntegral) = (RoundingMode.Zero, true); break;
                case "rmi": (mode, toIntegral) = (RoundingMode.Down, true); break;
                case "rpi": (mode, toIntegral) = (RoundingMode.Up, true); break;
                case "sat": saturate = true; break;
                default: throw Unsupported($".{modifier}");
            }
        }

        if (to == PtxType.BF16x2 && from == PtxType.F32 && !saturate && mode is RoundingMode.Nearest or RoundingMode.Zero)
        {
            ExpectOperands(3);
            EmitAlu(&Conversions.PackBFloat16, PtxType.B32, PtxType.F32, 2, mode == RoundingMode.Zero ? 1 : 0);
            return;
        }

        CheckConversion(to, from, mode, toIntegral, hasMode);
        ExpectOperands(2);
        EmitConversion(to, from, mode, toIntegral, saturate);
    }

    /// <summary>Refuses pairs and roundings that PTX does not have or that the loops do not do.</summary>
    private void CheckConversion(PtxType to, PtxType from, RoundingMode mode, bool toIntegral, bool hasMode)
    {
        bool isPlain = to is >= PtxType.U8 and <= PtxType.S64 or PtxType.F32 or PtxType.F64 or PtxType.F16 or PtxType.BF16 or PtxType.TF32;
        bool isSource = from is >= PtxType.U8 and <= PtxType.S64 or PtxType.F32 or PtxType.F64 or PtxType.F16 or PtxType.BF16;
        bool isSmall = to is PtxType.BF16 or PtxType.F16 or PtxType.TF32;
        bool fits = to switch
        {
            PtxType.TF32 => from == PtxType.F32 && mode is RoundingMode.NearestAway or RoundingMode.Nearest or RoundingMode.Zero,
            PtxType.BF16 => from == PtxType.F32 && mode is RoundingMode.Nearest or RoundingMode.Zero,
            PtxType.F16 => (from == PtxType.F32 || !from.IsFloat()) && mode == RoundingMode.Nearest,
            _ => mode != RoundingMode.NearestAway,
        };
        bool needsIntegral = from.IsFloat() && !to.IsFloat();
        bool needsMode = to.IsFloat() && (!from.IsFloat() || from.Bytes() > to.Bytes() || to == PtxType.TF32);
        if (!isPlain || !isSource || !fits || (needsIntegral && !toIntegral) || (needsMode && !hasMode) || (isSmall && toIntegral))
        {
            throw Unsupported();
        }
    }

    private void EmitConversion(PtxType to, PtxType from, RoundingMode mode, bool toIntegral, bool saturate)
    {
        delegate*<byte*, byte*, byte*, byte*, long, void> code = (saturate || toIntegral, mode, to, from) switch
        {
            (false, _, PtxType.U64 or PtxType.S64, PtxType.U32) => &Conversions.ZeroExtend64,
            (false, _, PtxType.U64 or PtxType.S64, PtxType.S32) => &Conversions.SignExtend64,
            (false, _, PtxType.U32 or PtxType.S32, PtxType.U64 or PtxType.S64) => &Conversions.Low32,
            (false, _, PtxType.U32 or PtxType.S32, PtxType.U16) => &Lanes.Vector1<uint, Move<uint>>,
            (false, _, PtxType.U32 or PtxType.S32, PtxType.S16) => &Narrow.SignExtend,
            (false, RoundingMode.Nearest, PtxType.F32, PtxType.S32) => &Lanes.Scalar1<int, float, SingleFromInt32>,
            (false, _, PtxType.F64, PtxType.F32) => &Lanes.Scalar1<float, double, DoubleFromSingle>,
            (false, RoundingMode.Nearest, PtxType.F32, PtxType.F64) => &Lanes.Scalar1<double, float, SingleFromDouble>,
            (false, RoundingMode.NearestAway, PtxType.TF32, PtxType.F32) => &Lanes.Vector1<uint, Tf32FromSingle>,
            (false, RoundingMode.Nearest, PtxType.BF16, PtxType.F32) => &Lanes.Scalar1<float, uint, BFloat16FromSingle>,
            _ => &Conversions.Run,
        };
        PtxOperand result = Operand(0), source = Operand(1);

        // Registers may be wider than the types; 8-bit values live in registers of 16 bits and more.
        int a = source is { Kind: PtxOperandKind.Register } && source.Register!.Type.Bytes() == 8 && from.Bytes() < 8 ? Low(source) : Source(source, from);
        bool widens = result.Register is { } register && register.Type.Bytes() == 8 && to.Bytes() < 8;
        if (widens)
        {
            throw Unsupported("result register wider than its type");
        }

        Emit(new Instruction
        {
            Code = code, Kind = KindOf(to), D = Result(result, to), A = a, B = a, C = a,
            Immediate = Conversions.Pack(to, from, mode, toIntegral, saturate),
        });
    }

    /// <summary>The low 32 bits of a 64-bit register.</summary>
    private int Low(PtxOperand source)
    {
        int low = _bank.Register(false);
        Emit(new Instruction
        {
            Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Conversions.Low32, Kind = InstructionKind.Alu32, D = low,
            A = Source(source, PtxType.U64),
        });
        return low;
    }

    /// <summary>cvta: global addresses are generic ones; shared and constant memory lie in windows of the generic space.</summary>
    private void DecodeAddressConversion()
    {
        bool isTo = Has("to");
        if (LastType() != PtxType.U64)
        {
            throw Unsupported("only .u64");
        }

        Allow("to", "global", "shared", "const");
        if (Has("global"))
        {
            EmitAlu(&Lanes.Vector1<ulong, Move<ulong>>, PtxType.U64, PtxType.U64, 1);
            return;
        }

        ExpectOperands(2);
        long window = Has("shared") ? DeviceMemory.SharedWindow : DeviceMemory.ConstWindow;
        Emit(new Instruction
        {
            Code = (delegate*<byte*, byte*, byte*, byte*, long, void>)&Lanes.Vector2<ulong, Add<ulong>>, Kind = InstructionKind.Alu64,
            D = Result(Operand(0), PtxType.U64), A = Source(Operand(1), PtxType.U64), B = _bank.Constant(isTo ? -window : window, true),
        });
    }
}
