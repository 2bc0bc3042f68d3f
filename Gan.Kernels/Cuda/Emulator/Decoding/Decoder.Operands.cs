namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Operands: registers and constants become bank offsets, with their widths checked.</summary>
internal sealed unsafe partial class Decoder
{
    private PtxOperand Operand(int index) =>
        index < _now.Operands.Count ? _now.Operands[index] : throw _source.Error(_now.Line, $"{_now.Mnemonic} needs more operands");

    private void ExpectOperands(int count)
    {
        if (_now.Operands.Count != count)
        {
            throw _source.Error(_now.Line, $"{_now.Mnemonic} takes {count} operands, found {_now.Operands.Count}");
        }
    }

    private int Place(PtxRegister register)
    {
        ref int place = ref _places[register.Index];
        if (place < 0)
        {
            place = register.Type == PtxType.Pred ? _bank.Predicate() : SlotPlace(register.Type.Bytes() == 8, _slots[register.Index]);
        }

        return place;
    }

    private int SlotPlace(bool is64, int slot)
    {
        if (!_slotPlaces.TryGetValue((is64, slot), out int place))
        {
            place = _bank.Register(is64);
            _slotPlaces.Add((is64, slot), place);
        }

        return place;
    }

    private int Read(PtxRegister register) => _written[register.Index]
        ? Place(register)
        : throw _source.Error(_now.Line, $"register {register.Name} is read but never written");

    /// <summary>Place of an operand that is read; its lanes have 64 bits when <paramref name="type"/> has, else 32.</summary>
    private int Source(PtxOperand operand, PtxType type)
    {
        bool is64 = type.Bytes() == 8;
        switch (operand.Kind)
        {
            case PtxOperandKind.Register when type == PtxType.Pred == (operand.Register!.Type == PtxType.Pred)
                && (operand.Register.Type.Bytes() == 8) == is64 && !operand.Negated:
                return Read(operand.Register);
            case PtxOperandKind.Special when s_special.Contains(operand.Name) && !is64:
                return _bank.SpecialRegister(operand.Name);
            case PtxOperandKind.Integer when type != PtxType.Pred:
                return _bank.Constant(type.Bytes() == 2 ? (ushort)operand.Value : operand.Value, is64);
            case PtxOperandKind.Float when type != PtxType.Pred:
                return _bank.Constant(FloatBits(operand, is64), is64);
            case PtxOperandKind.Symbol when type != PtxType.Pred:
                return SymbolAddress(operand, is64);
            default:
                throw _source.Error(_now.Line, $"{_now.Mnemonic}: operand {Describe(operand)} does not fit its type {type}");
        }
    }

    private static string Describe(PtxOperand operand) => operand.Register?.Name ?? (operand.Name.Length > 0 ? operand.Name : operand.Kind.ToString());

    private long FloatBits(PtxOperand operand, bool is64)
    {
        if (operand.FloatBytes == (is64 ? 8 : 4))
        {
            return operand.Value;
        }

        return !is64 ? BitConverter.SingleToInt32Bits((float)BitConverter.Int64BitsToDouble(operand.Value))
            : throw _source.Error(_now.Line, $"{_now.Mnemonic}: a 32-bit number as 64-bit operand");
    }

    /// <summary>The address of a variable or parameter in its own space.</summary>
    private int SymbolAddress(PtxOperand operand, bool is64)
    {
        string name = operand.Name;
        if (_parameters.TryGetValue(name, out (int Offset, int Bytes) parameter))
        {
            return _bank.Constant(parameter.Offset + operand.Value, is64);
        }

        if (_shared.TryGetValue(name, out int shared))
        {
            return _bank.Constant(shared + operand.Value, is64);
        }

        if (_module.Constants.TryGetValue(name, out int constant))
        {
            return _bank.Constant(constant + operand.Value, is64);
        }

        return _module.Globals.ContainsKey(name) && is64
            ? _bank.Constant(operand.Value, true, name)
            : throw _source.Error(_now.Line, $"unknown name {name}");
    }

    /// <summary>A predicate to read, and whether it is negated.</summary>
    private int SourcePredicate(PtxOperand operand, out bool negated)
    {
        negated = operand.Negated;
        return operand is { Kind: PtxOperandKind.Register, Register.Type: PtxType.Pred }
            ? Read(operand.Register)
            : throw _source.Error(_now.Line, $"{_now.Mnemonic}: a predicate is expected");
    }

    /// <summary>Place of the result; _ gets a place that nobody reads.</summary>
    private int Result(PtxOperand operand, PtxType type)
    {
        if (operand.Kind == PtxOperandKind.Sink)
        {
            return type == PtxType.Pred ? throw Unsupported("_ as predicate") : _bank.Register(type.Bytes() == 8);
        }

        return operand is { Kind: PtxOperandKind.Register, Negated: false }
            && (operand.Register!.Type == PtxType.Pred) == (type == PtxType.Pred)
            && (operand.Register.Type.Bytes() == 8) == (type.Bytes() == 8)
            ? Place(operand.Register)
            : throw _source.Error(_now.Line, $"{_now.Mnemonic}: result {Describe(operand)} does not fit its type {type}");
    }

    private static InstructionKind KindOf(PtxType type) =>
        type == PtxType.Pred ? InstructionKind.AluPredicate : type.Bytes() == 8 ? InstructionKind.Alu64 : InstructionKind.Alu32;

    /// <summary>An arithmetic instruction whose operands all have one type, and whose result has <paramref name="resultType"/>.</summary>
    private void EmitAlu(delegate*<byte*, byte*, byte*, byte*, long, void> alu, PtxType resultType, PtxType type, int operands, long immediate = 0)
    {
        ExpectOperands(operands + 1);
        Emit(new Instruction
        {
            Code = alu, Kind = KindOf(resultType), Immediate = immediate,
            D = Result(Operand(0), resultType),
            A = operands > 0 ? Source(Operand(1), type) : 0,
            B = operands > 1 ? Source(Operand(2), type) : operands > 0 ? Source(Operand(1), type) : 0,
            C = operands > 2 ? Source(Operand(3), type) : operands > 0 ? Source(Operand(1), type) : 0,
        });
    }
}
