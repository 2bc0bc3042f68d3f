namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Instructions between the lanes of a warp, and matrix products.</summary>
internal sealed unsafe partial class Decoder
{
    private void DecodeWarp()
    {
        switch (_now.Opcode, _now.Modifiers)
        {
            case ("shfl", ["sync", "up" or "down" or "bfly" or "idx", "b32"]):
                DecodeShuffle();
                break;
            case ("vote", ["sync", "all" or "any" or "uni", "pred"]):
                DecodeVote();
                break;
            case ("vote", ["sync", "ballot", "b32"]):
                ExpectOperands(3);
                int predicate = SourcePredicate(Operand(1), out bool negated);
                Emit(Special(&WarpOps.Ballot, Result(Operand(0), PtxType.B32), predicate, Source(Operand(2), PtxType.B32), negated ? 1 : 0));
                break;
            case ("activemask", ["b32"]):
                ExpectOperands(1);
                Emit(Special(&WarpOps.ActiveMask, Result(Operand(0), PtxType.B32), 0, 0, 0));
                break;
            case ("match", ["any", "sync", "b32"]):
                ExpectOperands(3);
                Emit(Special(&WarpOps.MatchAny, Result(Operand(0), PtxType.B32), Source(Operand(1), PtxType.B32), Source(Operand(2), PtxType.B32), 0));
                break;
            case ("redux", ["sync", "add" or "min" or "max" or "and" or "or" or "xor", "u32" or "s32" or "b32"]):
                DecodeReduction();
                break;
            case ("mma", ["sync", "aligned", .. var shape]):
                DecodeMatrixProduct(shape);
                break;
            default:
                throw Unsupported();
        }
    }

    private static Instruction Special(delegate*<Warp, Instruction*, uint, void> code, int d, int a, int b, long immediate) => new()
    {
        Kind = InstructionKind.Special, Code = code, D = d, A = a, B = b, Immediate = immediate,
    };

    /// <summary>shfl.sync.mode.b32 d|p, a, b, c, members.</summary>
    private void DecodeShuffle()
    {
        ExpectOperands(5);
        PtxOperand result = Operand(0);
        PtxOperand value = result.Kind == PtxOperandKind.Pair ? result.Parts[0] : result;
        bool hasPredicate = result.Kind == PtxOperandKind.Pair && result.Parts[1].Kind != PtxOperandKind.Sink;
        Instruction shuffle = Special(&WarpOps.Shuffle, Result(value, PtxType.B32), Source(Operand(1), PtxType.B32), Source(Operand(2), PtxType.B32),
            _now.Modifiers[1] switch { "up" => 0, "down" => 1, "bfly" => 2, _ => 3 });
        shuffle.C = Source(Operand(3), PtxType.B32);
        shuffle.More = More(Source(Operand(4), PtxType.B32), hasPredicate ? Result(result.Parts[1], PtxType.Pred) : -1);
        Emit(shuffle);
    }

    private void DecodeVote()
    {
        ExpectOperands(3);
        int predicate = SourcePredicate(Operand(1), out bool negated);
        int mode = _now.Modifiers[1] switch { "all" => 0, "any" => 1, _ => 2 };
        Emit(Special(&WarpOps.Vote, Result(Operand(0), PtxType.Pred), predicate, Source(Operand(2), PtxType.B32), mode | (negated ? 4 : 0)));
    }

    private void DecodeReduction()
    {
        ExpectOperands(3);
        AtomicOp op = _now.Modifiers[1] switch
        {
            "add" => AtomicOp.Add,
            "min" => AtomicOp.Min,
            "max" => AtomicOp.Max,
            "and" => AtomicOp.And,
            "or" => AtomicOp.Or,
            _ => AtomicOp.Xor,
        };
        if (op is AtomicOp.Add or AtomicOp.Min or AtomicOp.Max == (_now.Modifiers[2] == "b32"))
        {
            throw Unsupported();
        }

        Instruction reduction = Special(&WarpOps.Reduce, Result(Operand(0), PtxType.B32), Source(Operand(1), PtxType.B32), Source(Operand(2), PtxType.B32), (long)op);
        reduction.Flags = _now.Modifiers[2] == "s32" ? InstructionFlags.Signed : InstructionFlags.None;
        Emit(reduction);
    }

    private void DecodeMatrixProduct(string[] shape)
    {
        void* code;
        int registersA = 4;
        switch (shape)
        {
            case ["m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"]:
                code = (delegate*<Warp, Instruction*, uint, void>)&MatrixProducts.Tf32K8;
                break;
            case ["m16n8k4", "row", "col", "f32", "tf32", "tf32", "f32"]:
                code = (delegate*<Warp, Instruction*, uint, void>)&MatrixProducts.Tf32K4;
                registersA = 2;
                break;
            case ["m16n8k16", "row", "col", "f32", "bf16", "bf16", "f32"]:
                code = (delegate*<Warp, Instruction*, uint, void>)&MatrixProducts.BFloat16K16;
                break;
            case ["m16n8k8", "row", "col", "f32", "bf16", "bf16", "f32"]:
                code = (delegate*<Warp, Instruction*, uint, void>)&MatrixProducts.BFloat16K8;
                registersA = 2;
                break;
            default:
                throw Unsupported();
        }

        ExpectOperands(4);
        var places = new List<int>();
        AddVector(places, Operand(0), 4, isResult: true);
        AddVector(places, Operand(1), registersA, isResult: false);
        AddVector(places, Operand(2), registersA / 2, isResult: false);
        AddVector(places, Operand(3), 4, isResult: false);
        Instruction product = Special((delegate*<Warp, Instruction*, uint, void>)code, 0, 0, 0, 0);
        product.More = More([.. places]);
        Emit(product);
    }

    private void AddVector(List<int> places, PtxOperand vector, int count, bool isResult)
    {
        IReadOnlyList<PtxOperand> parts = vector.Kind == PtxOperandKind.Vector ? vector.Parts : [vector];
        if (parts.Count != count)
        {
            throw Unsupported($"{count} registers are expected");
        }

        places.AddRange(parts.Select(p => isResult ? Result(p, PtxType.B32) : Source(p, PtxType.B32)));
    }
}
