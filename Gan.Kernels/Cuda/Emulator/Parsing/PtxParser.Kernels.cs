using System.Globalization;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Reads a kernel: parameters, registers, labels, instructions and their operands.</summary>
internal sealed partial class PtxParser
{
    /// <summary>A register file larger than this is no kernel of ours.</summary>
    private const int MaxRegisters = 100_000;

    private readonly List<Dictionary<string, PtxRegister>> _scopes = [];

    private void ParseKernel()
    {
        PtxToken name = Take();
        var kernel = new PtxKernelSyntax(name.Text, name.Line);
        if (TryTake('('))
        {
            while (!TryTake(')'))
            {
                PtxToken space = Take();
                if (space.Text != ".param")
                {
                    throw Error(space, "a .param is expected");
                }

                kernel.Parameters.Add(ParseDeclaration(PtxSpace.Param, false));
                TryTake(',');
            }
        }

        while (!TryTake('{'))
        {
            PtxToken directive = Take();
            if (directive.Text is not (".maxntid" or ".reqntid" or ".minnctapersm" or ".maxnctapersm" or ".maxnreg" or ".pragma"))
            {
                throw Error(directive, $"unknown directive {directive.Text}");
            }

            int threads = 1;
            do
            {
                PtxToken value = Take();
                threads *= value.Kind == PtxTokenKind.Number ? int.Parse(value.Text, CultureInfo.InvariantCulture) : 1;
            }
            while (TryTake(','));
            kernel.MaxThreads = directive.Text is ".maxntid" or ".reqntid" ? threads : kernel.MaxThreads;
            kernel.MinBlocks = directive.Text == ".minnctapersm" ? threads : kernel.MinBlocks;
            TryTake(';');
        }

        _scopes.Clear();
        ParseBlock(kernel);
        Kernels.Add(kernel);
    }

    /// <summary>After the opening brace; takes the closing one.</summary>
    private void ParseBlock(PtxKernelSyntax kernel)
    {
        _scopes.Add([]);
        while (!TryTake('}'))
        {
            if (TryTake('{'))
            {
                ParseBlock(kernel);
            }
            else if (Now.Kind == PtxTokenKind.Word && Now.Text.StartsWith('.'))
            {
                ParseBodyDirective(kernel);
            }
            else if (Now.Kind == PtxTokenKind.Word && _tokens[_at + 1].Is(':'))
            {
                PtxToken label = Take();
                Expect(':');
                if (!kernel.Labels.TryAdd(label.Text, kernel.Statements.Count))
                {
                    throw Error(label, $"label {label.Text} occurs twice");
                }
            }
            else
            {
                kernel.Statements.Add(ParseStatement());
            }
        }

        _scopes.RemoveAt(_scopes.Count - 1);
    }

    private void ParseBodyDirective(PtxKernelSyntax kernel)
    {
        PtxToken token = Take();
        switch (token.Text)
        {
            case ".reg":
                ParseRegisters(kernel);
                break;
            case ".shared":
                kernel.Shared.Add(ParseVariable(token.Text, false));
                break;
            case ".loc" or ".file":
                SkipLine(token.Line);
                break;
            case ".pragma":
                Take();
                Expect(';');
                break;
            default:
                throw Error(token, token.Text == ".local" ? "local memory is not supported: kernels keep their values in registers"
                    : token.Text == ".param" ? "function calls are not supported: inline them" : $"unknown directive {token.Text}");
        }
    }

    private void ParseRegisters(PtxKernelSyntax kernel)
    {
        PtxToken typeToken = Take();
        PtxType type = PtxTypes.Parse(typeToken.Text.TrimStart('.'));
        if (type == PtxType.None)
        {
            throw Error(typeToken, $"unknown register type {typeToken.Text}");
        }

        do
        {
            PtxToken name = Take();
            if (TryTake('<'))
            {
                int count = TakeCount();
                Expect('>');
                for (int i = 0; i < count; i++)
                {
                    Declare(kernel, name, name.Text + i.ToString(CultureInfo.InvariantCulture), type);
                }
            }
            else
            {
                Declare(kernel, name, name.Text, type);
            }
        }
        while (TryTake(','));
        Expect(';');
    }

    private void Declare(PtxKernelSyntax kernel, PtxToken at, string name, PtxType type)
    {
        var register = new PtxRegister(name, type, kernel.Registers.Count);
        if (register.Index >= MaxRegisters || !_scopes[^1].TryAdd(name, register))
        {
            throw Error(at, register.Index >= MaxRegisters ? $"more than {MaxRegisters} registers" : $"register {name} is declared twice");
        }

        kernel.Registers.Add(register);
    }

    private PtxRegister? FindRegister(string name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].TryGetValue(name, out PtxRegister? register))
            {
                return register;
            }
        }

        return null;
    }

    private PtxStatement ParseStatement()
    {
        PtxToken first = Now;
        PtxGuard? guard = null;
        if (TryTake('@'))
        {
            bool negated = TryTake('!');
            PtxToken name = Take();
            PtxRegister register = FindRegister(name.Text) ?? throw Error(name, $"unknown predicate {name.Text}");
            guard = register.Type == PtxType.Pred ? new PtxGuard(register, negated) : throw Error(name, $"{name.Text} is no predicate");
        }

        PtxToken opcode = Take();
        if (opcode.Kind != PtxTokenKind.Word)
        {
            throw Error(opcode, $"an instruction is expected, found '{opcode.Text}'");
        }

        var operands = new List<PtxOperand>();
        while (!Now.Is(';'))
        {
            operands.Add(ParseOperand(opcode));
            if (!TryTake(','))
            {
                break;
            }
        }

        Expect(';');
        string[] parts = opcode.Text.Split('.');
        return new PtxStatement
        {
            Line = first.Line, Opcode = parts[0], Modifiers = parts[1..], Operands = operands, Guard = guard,
        };
    }

    /// <summary>Reads one operand. Inside a first value (<paramref name="opcode"/> null) only numbers and names occur.</summary>
    private PtxOperand ParseOperand(PtxToken? opcode)
    {
        PtxToken token = Take();
        if (token.Is('{'))
        {
            var parts = new List<PtxOperand>();
            do
            {
                parts.Add(ParseOperand(opcode));
            }
            while (TryTake(','));
            Expect('}');
            return new PtxOperand(PtxOperandKind.Vector) { Parts = parts };
        }

        if (token.Is('['))
        {
            PtxOperand inner = ParseOperand(opcode);
            long offset = inner.Kind is PtxOperandKind.Register ? ParseOffset() : 0;
            Expect(']');
            return new PtxOperand(PtxOperandKind.Address) { Parts = [inner], Value = offset };
        }

        if (token.Is('!') || token.Is('-') || token.Is('+'))
        {
            PtxOperand inner = ParseOperand(opcode);
            return token.Is('+') ? inner : token.Is('!') ? Inverted(token, inner) : Negative(token, inner);
        }

        PtxOperand operand = token.Kind switch
        {
            PtxTokenKind.Number => PtxNumber.Parse(token.Text) ?? throw Error(token, $"'{token.Text}' is no number"),
            PtxTokenKind.Word => ParseName(token),
            _ => throw Error(token, $"an operand is expected, found '{token.Text}'"),
        };
        return TryTake('|') ? new PtxOperand(PtxOperandKind.Pair) { Parts = [operand, ParseOperand(opcode)] } : operand;
    }

    private PtxOperand ParseName(PtxToken token)
    {
        if (token.Text == "_")
        {
            return new PtxOperand(PtxOperandKind.Sink);
        }

        if (FindRegister(token.Text) is { } register)
        {
            return new PtxOperand(PtxOperandKind.Register) { Register = register };
        }

        return token.Text.StartsWith('%')
            ? new PtxOperand(PtxOperandKind.Special) { Name = token.Text }
            : new PtxOperand(PtxOperandKind.Symbol) { Name = token.Text, Value = ParseOffset() };
    }

    /// <summary>Zero or more of +n and -n.</summary>
    private long ParseOffset()
    {
        long offset = 0;
        while (Now.Is('+') || Now.Is('-'))
        {
            bool isMinus = Take().Is('-');
            isMinus ^= TryTake('-');
            PtxToken number = Take();
            PtxOperand? value = number.Kind == PtxTokenKind.Number ? PtxNumber.Parse(number.Text) : null;
            if (value is not { Kind: PtxOperandKind.Integer })
            {
                throw Error(number, $"an offset is expected, found '{number.Text}'");
            }

            offset += isMinus ? -value.Value : value.Value;
        }

        return offset;
    }

    private PtxOperand Inverted(PtxToken token, PtxOperand inner) => inner.Register is { Type: PtxType.Pred }
        ? new PtxOperand(PtxOperandKind.Register) { Register = inner.Register, Negated = !inner.Negated }
        : throw Error(token, "! stands before predicates only");

    private PtxOperand Negative(PtxToken token, PtxOperand inner) => inner.Kind switch
    {
        PtxOperandKind.Integer => new PtxOperand(PtxOperandKind.Integer) { Value = -inner.Value },
        PtxOperandKind.Float => new PtxOperand(PtxOperandKind.Float)
        {
            Value = inner.FloatBytes == 4 ? inner.Value ^ 0x8000_0000L : inner.Value ^ long.MinValue, FloatBytes = inner.FloatBytes,
        },
        _ => throw Error(token, "- stands before numbers only"),
    };
}
