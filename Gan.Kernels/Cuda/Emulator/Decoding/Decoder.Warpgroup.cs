using System.Globalization;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Matrix products of a warpgroup (PTX ISA 8.5, section 9.7.15).</summary>
internal sealed unsafe partial class Decoder
{
    /// <summary>Lists which of wgmma's registers the statement uses, if the kernel has any; wgmma looks after its own.</summary>
    private void NoteRegisters()
    {
        int[] uses = _sets == null || _now.Opcode == "wgmma" ? [] : [.. _sets.Used(_now)];
        _registers = uses.Length == 0 ? 0 : More([uses.Length, .. uses]);
    }

    private void DecodeWarpgroup()
    {
        if (_target != "sm_90a")
        {
            throw Unsupported($"it needs .target sm_90a, this is {_target}");
        }

        switch (_now.Modifiers)
        {
            case ["fence", "sync", "aligned"]:
                ExpectOperands(0);
                Emit(Special(&WarpgroupProducts.Fence, 0, 0, 0, 0));
                break;
            case ["commit_group", "sync", "aligned"]:
                ExpectOperands(0);
                Emit(Special(&WarpgroupProducts.Commit, 0, 0, 0, 0));
                break;
            case ["wait_group", "sync", "aligned"] when Operand(0) is { Kind: PtxOperandKind.Integer, Value: >= 0 } groups:
                ExpectOperands(1);
                Emit(Special(&WarpgroupProducts.Wait, 0, 0, 0, groups.Value));
                break;
            case ["mma_async", "sync", "aligned", var shape, "f32", "tf32", "tf32"] when shape.EndsWith("k8", StringComparison.Ordinal):
                DecodeProduct(Columns(shape), isBFloat16: false);
                break;
            case ["mma_async", "sync", "aligned", var shape, "f32", "bf16", "bf16"] when shape.EndsWith("k16", StringComparison.Ordinal):
                DecodeProduct(Columns(shape), isBFloat16: true);
                break;
            default:
                throw Unsupported();
        }
    }

    /// <summary>The N of m64nNkK.</summary>
    private int Columns(string shape)
    {
        const string Start = "m64n";
        int end = shape.LastIndexOf('k');
        return shape.StartsWith(Start, StringComparison.Ordinal)
            && int.TryParse(shape.AsSpan(Start.Length, Math.Max(end - Start.Length, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out int columns)
            && columns is >= 8 and <= 256 && columns % 8 == 0 ? columns : throw Unsupported("m64nN with N a multiple of 8 from 8 to 256");
    }

    /// <summary>d, a, b-desc, scale-d, imm-scale-a, imm-scale-b, and for bfloat16 imm-trans-a (not with a in registers) and imm-trans-b.</summary>
    private void DecodeProduct(int columns, bool isBFloat16)
    {
        PtxOperand d = Operand(0), a = Operand(1);
        if (d.Kind != PtxOperandKind.Vector)
        {
            throw Unsupported($"{columns / 2} registers are expected");
        }

        bool isFragment = a.Kind == PtxOperandKind.Vector;
        ExpectOperands(6 + (!isBFloat16 ? 0 : isFragment ? 1 : 2));
        if (Option(4, -1) < 0 || Option(5, -1) < 0)
        {
            throw Unsupported("imm-scale-a and imm-scale-b of -1");
        }

        bool isTransposedA = isBFloat16 && !isFragment && Option(6, 0) == 1, isTransposedB = isBFloat16 && Option(isFragment ? 6 : 7, 0) == 1;
        var places = new List<int> { columns, _sets!.Number(d), isFragment ? _sets.Number(a) : -1 };
        AddVector(places, d, columns / 2, isResult: true);
        if (d.Parts.DistinctBy(p => p.Register).Count() < d.Parts.Count)
        {
            throw Unsupported("a register occurs twice in d");
        }

        if (isFragment)
        {
            AddVector(places, a, 4, isResult: false);
        }

        Instruction product = Special(&WarpgroupProducts.Multiply, 0, isFragment ? -1 : Source(a, PtxType.B64), Source(Operand(2), PtxType.B64),
            (isTransposedA ? WarpgroupProducts.TransposedA : 0) | (isTransposedB ? WarpgroupProducts.TransposedB : 0));
        PtxOperand scale = Operand(3);
        bool isNegated = scale is { Kind: PtxOperandKind.Integer, Value: 0 };
        product.C = scale.Kind == PtxOperandKind.Integer ? BankLayout.True : SourcePredicate(scale, out isNegated);
        product.Flags = (isBFloat16 ? InstructionFlags.Second : 0) | (isNegated ? InstructionFlags.NegatedPredicate : 0);
        product.More = More([.. places]);
        Emit(product);
    }

    /// <summary>An operand that is 1 or <paramref name="other"/>.</summary>
    private long Option(int index, int other) => Operand(index) is { Kind: PtxOperandKind.Integer } operand && (operand.Value == 1 || operand.Value == other)
        ? operand.Value : throw Unsupported($"operand {index + 1} must be 1 or {other}");
}
