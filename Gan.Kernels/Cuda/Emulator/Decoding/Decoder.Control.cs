using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Jumps, barriers and ends.</summary>
internal sealed unsafe partial class Decoder
{
    private void DecodeControl()
    {
        switch (_now.Opcode)
        {
            case "bra" when _now.Modifiers is [] or ["uni"]:
                ExpectOperands(1);
                PtxOperand label = Operand(0);
                if (label.Kind != PtxOperandKind.Symbol)
                {
                    throw _source.Error(_now.Line, "bra needs a label");
                }

                int index = Emit(new Instruction { Kind = InstructionKind.Branch });
                _jumps.Add((index, label.Name, _now.Line));
                break;
            case "ret" or "exit" when _now.Modifiers is [] or ["uni"]:
                ExpectOperands(0);
                Emit(new Instruction { Kind = InstructionKind.Exit });
                break;
            case "bar" or "barrier":
                DecodeBarrier();
                break;
            case "griddepcontrol" when _now.Modifiers is ["wait"] or ["launch_dependents"]:
                ExpectOperands(0);
                if (!PtxTarget.TryParse(_target, out PtxTarget target) || target.Capability < EmulatorProfile.DependentLaunchCapability)
                {
                    throw Unsupported($"it needs .target sm_{EmulatorProfile.DependentLaunchCapability}, this is {_target}");
                }

                break; // grids run one after the other: the wait is over, and who may come does so later
            case "trap":
                Emit(new Instruction { Kind = InstructionKind.Special, Code = (delegate*<Warp, Instruction*, uint, void>)&WarpOps.Trap });
                break;
            default:
                throw Unsupported();
        }
    }

    /// <summary>bar.sync, barrier.sync and barrier.sync.aligned of the whole block; bar.warp.sync.</summary>
    private void DecodeBarrier()
    {
        if (_now.Modifiers is ["warp", "sync"])
        {
            ExpectOperands(1);
            Emit(new Instruction
            {
                Kind = InstructionKind.Special, Code = (delegate*<Warp, Instruction*, uint, void>)&WarpOps.WarpBarrier, A = Source(Operand(0), PtxType.B32),
            });
            return;
        }

        bool isSync = _now.Modifiers.AsSpan().TrimEnd("aligned").SequenceEqual(["sync"]) || _now.Modifiers.AsSpan().TrimEnd("aligned").SequenceEqual(["cta", "sync"]);
        if (!isSync || _now.Operands is not [{ Kind: PtxOperandKind.Integer, Value: >= 0 and < 16 } barrier])
        {
            throw Unsupported("only bar.sync of the whole block");
        }

        Emit(new Instruction { Kind = InstructionKind.Barrier, Immediate = barrier.Value });
    }
}
