using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Whether the interpreter does something, e.g. count; copies of its loop are compiled, so that not doing it costs nothing.</summary>
internal interface ISwitch
{
    static abstract bool IsOn { get; }
}

internal readonly struct Off : ISwitch
{
    public static bool IsOn => false;
}

internal readonly struct On : ISwitch
{
    public static bool IsOn => true;
}

/// <summary>The interpreter's loop, and the stack of diverged lanes.</summary>
internal sealed unsafe partial class Warp
{
    private Frame[] _stack = new Frame[16];
    private int _depth;

    /// <summary>Lanes that run together: the next instruction, the join where they wait for others (-1: none), and who they are.</summary>
    private struct Frame
    {
        public int Pc;
        public int Reconvergence;
        public uint Mask;
    }

    /// <summary>Puts the lanes at the kernel's start.</summary>
    public void Start(uint lanes)
    {
        Live = lanes;
        IsWaiting = false;
        _depth = 1;
        _stack[0] = new Frame { Pc = 0, Reconvergence = -1, Mask = lanes };
        Copies.Clear();
        Products.Start(Block.Function.Sets);
        _mark = (uint)(Index * Lanes.Count);
        Array.Fill(_fences, _mark);
    }

    /// <summary>Runs until the next barrier or the end.</summary>
    /// <typeparam name="TCounting">Whether instructions are counted.</typeparam>
    /// <typeparam name="TProducts">Whether the kernel has wgmma, whose registers are watched.</typeparam>
    /// <returns>Instructions executed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public long Run<TCounting, TProducts>(long budget) where TCounting : struct, ISwitch where TProducts : struct, ISwitch
    {
        Instruction* code = Block.Code;
        byte* registers = Registers, scratch = Block.Scratch;
        ref Frame top = ref _stack[_depth - 1];
        Instruction* i = code + top.Pc, start = i;
        uint active = top.Mask;
        long executed = 0;
        IsWaiting = false;
        while (true)
        {
            uint mask = active & (*(uint*)(registers + i->Guard) ^ i->GuardInverted);
            if (TCounting.IsOn)
            {
                Block.Counts!.Instruction(i - code, mask);
            }

            if (TProducts.IsOn && i->Registers != 0 && mask != 0)
            {
                Products.NoteUse(this, i);
            }

            switch (i->Kind)
            {
                case InstructionKind.Alu32:
                    if (mask == Full)
                    {
                        i->Alu(registers + i->D, registers + i->A, registers + i->B, registers + i->C, i->Immediate);
                    }
                    else
                    {
                        i->Alu(scratch, registers + i->A, registers + i->B, registers + i->C, i->Immediate);
                        Lanes.Blend32(registers + i->D, scratch, registers + i->D, mask);
                    }

                    i++;
                    continue;
                case InstructionKind.Alu64:
                    if (mask == Full)
                    {
                        i->Alu(registers + i->D, registers + i->A, registers + i->B, registers + i->C, i->Immediate);
                    }
                    else
                    {
                        i->Alu(scratch, registers + i->A, registers + i->B, registers + i->C, i->Immediate);
                        Lanes.Blend64(registers + i->D, scratch, registers + i->D, mask);
                    }

                    i++;
                    continue;
                case InstructionKind.AluPredicate:
                    i->Alu(scratch, registers + i->A, registers + i->B, registers + i->C, i->Immediate);
                    *(uint*)(registers + i->D) = (*(uint*)(registers + i->D) & ~mask) | (*(uint*)scratch & mask);
                    i++;
                    continue;
                case InstructionKind.Special:
                    if (mask != 0)
                    {
                        i->Special(this, i, mask);
                    }

                    i++;
                    continue;
                case InstructionKind.Branch:
                    executed += i - start + 1;
                    if (executed > budget)
                    {
                        Fail(EmulatorErrorKind.InstructionBudget, i, BitOperations.TrailingZeroCount(active),
                            $"more than {budget} instructions in one warp between two barriers: an endless loop?");
                    }

                    if (mask == active)
                    {
                        i = code + i->Target;
                    }
                    else if (mask == 0)
                    {
                        i++;
                    }
                    else
                    {
                        Diverge(i, (int)(i - code), mask, active & ~mask);
                        top = ref _stack[_depth - 1];
                        i = code + top.Pc;
                        active = top.Mask;
                    }

                    start = i;
                    continue;
                case InstructionKind.Join:
                    if (top.Reconvergence == i - code)
                    {
                        executed += i - start;
                        _depth--;
                        top = ref _stack[_depth - 1];
                        i = start = code + top.Pc;
                        active = top.Mask;
                    }
                    else
                    {
                        i++;
                    }

                    continue;
                case InstructionKind.Barrier:
                    executed += i - start + 1;
                    CheckBarrier(i, mask, active);
                    top.Pc = (int)(i - code) + 1;
                    IsWaiting = true;
                    return executed;
                default:
                    if (mask == 0)
                    {
                        i++;
                        continue;
                    }

                    executed += i - start + 1;
                    top.Pc = (int)(i - code) + 1;
                    if (!End(mask))
                    {
                        if (TProducts.IsOn)
                        {
                            Products.CheckEnd(this, i);
                        }

                        return executed;
                    }

                    top = ref _stack[_depth - 1];
                    i = start = code + top.Pc;
                    active = top.Mask;
                    continue;
            }
        }
    }

    /// <summary>Splits the running lanes; the taken way runs first.</summary>
    private void Diverge(Instruction* branch, int pc, uint taken, uint others)
    {
        int meeting = branch->Reconvergence;
        ref Frame top = ref _stack[_depth - 1];
        if (meeting == top.Reconvergence)
        {
            _depth--; // the frame below already waits there for these lanes
        }
        else
        {
            top.Pc = meeting;
        }

        Push(pc + 1, meeting, others);
        Push(branch->Target, meeting, taken);
    }

    private void Push(int pc, int meeting, uint mask)
    {
        if (pc == meeting)
        {
            return; // these lanes are there already
        }

        if (_depth == _stack.Length)
        {
            Array.Resize(ref _stack, _stack.Length * 2);
        }

        _stack[_depth++] = new Frame { Pc = pc, Reconvergence = meeting, Mask = mask };
    }

    /// <summary>Ends lanes; false when none is left.</summary>
    private bool End(uint mask)
    {
        Live &= ~mask;
        for (int k = 0; k < _depth; k++)
        {
            _stack[k].Mask &= ~mask;
        }

        while (_depth > 0 && _stack[_depth - 1].Mask == 0)
        {
            _depth--;
        }

        return _depth > 0;
    }

    /// <summary>Ends the launch: this warp waits at a barrier, and another has ended.</summary>
    public void FailAtBarrier(int ended) => Fail(EmulatorErrorKind.DivergentBarrier, Block.Code + _stack[_depth - 1].Pc - 1, 0,
        $"warp {Index} waits at this barrier, but warp {ended} of the block has ended");

    private void CheckBarrier(Instruction* i, uint mask, uint active)
    {
        if (mask != Live || Live != Block.LanesOf(Index))
        {
            uint missing = Block.LanesOf(Index) & ~mask;
            int lane = BitOperations.TrailingZeroCount(missing);
            Fail(EmulatorErrorKind.DivergentBarrier, i, lane, (Live & missing) == 0
                ? $"lane {lane} of the warp has ended before this barrier (active: 0x{active:x8})"
                : $"lane {lane} of the warp is not at this barrier (active: 0x{mask:x8})");
        }
    }
}
