using System.Globalization;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Reads a module: directives, variables, kernels (PTX ISA 8.5, chapters 4 and 5). Instructions are read by the other part.</summary>
internal sealed partial class PtxParser
{
    private readonly PtxSource _source;
    private readonly List<PtxToken> _tokens;
    private int _at;

    /// <summary>Splits the text; nothing is read yet.</summary>
    public PtxParser(PtxSource source)
    {
        _source = source;
        _tokens = PtxLexer.Split(source);
    }

    /// <summary>Variables of the module, in order.</summary>
    public List<PtxVariable> Variables { get; } = [];

    /// <summary>Kernels of the module, in order.</summary>
    public List<PtxKernelSyntax> Kernels { get; } = [];

    /// <summary>The .target, e.g. "sm_70".</summary>
    public string Target { get; private set; } = "";

    private PtxToken Now => _tokens[_at];

    /// <summary>Reads everything.</summary>
    /// <exception cref="PtxException">What the module holds cannot be read or is not supported.</exception>
    public void ParseModule()
    {
        while (Now.Kind != PtxTokenKind.End)
        {
            PtxToken token = Take();
            switch (token.Text)
            {
                case ".version" or ".address_size":
                    Take();
                    break;
                case ".target":
                    Target = Take().Text;
                    while (TryTake(','))
                    {
                        Take();
                    }

                    break;
                case ".visible" or ".extern" or ".weak" or ".common":
                    ParseLinked(token.Text == ".extern");
                    break;
                case ".entry":
                    ParseKernel();
                    break;
                case ".file" or ".loc":
                    SkipLine(token.Line);
                    break;
                case ".section":
                    SkipBraces();
                    break;
                case ".global" or ".const" or ".shared":
                    Variables.Add(ParseVariable(token.Text, false));
                    break;
                default:
                    throw Error(token, token.Text == ".func" ? "functions are not supported: inline them" : $"unknown directive {token.Text}");
            }
        }
    }

    private void ParseLinked(bool isExternal)
    {
        PtxToken token = Take();
        switch (token.Text)
        {
            case ".entry":
                ParseKernel();
                break;
            case ".global" or ".const" or ".shared":
                Variables.Add(ParseVariable(token.Text, isExternal));
                break;
            default:
                throw Error(token, token.Text == ".func" ? "functions are not supported: inline them" : $"unknown declaration {token.Text}");
        }
    }

    /// <summary>After the space: [.align n] .type name[count] [= values];</summary>
    private PtxVariable ParseVariable(string space, bool isExternal)
    {
        PtxVariable variable = ParseDeclaration(SpaceOf(space), isExternal);
        Expect(';');
        return variable;
    }

    private static PtxSpace SpaceOf(string space) => space switch
    {
        ".global" => PtxSpace.Global,
        ".const" => PtxSpace.Const,
        ".shared" => PtxSpace.Shared,
        _ => PtxSpace.Param,
    };

    private PtxVariable ParseDeclaration(PtxSpace space, bool isExternal)
    {
        int alignment = 0;
        PtxType type = PtxType.None;
        PtxToken token = Take();
        for (; token.Text.StartsWith('.'); token = Take())
        {
            if (token.Text == ".align")
            {
                alignment = TakeCount();
            }
            else if (token.Text is ".ptr" or ".global" or ".const" or ".shared" or ".local" or ".attribute")
            {
                continue;
            }
            else if ((type = PtxTypes.Parse(token.Text[1..])) == PtxType.None)
            {
                throw Error(token, $"unknown type {token.Text}");
            }
        }

        if (type is PtxType.None or PtxType.Pred)
        {
            throw Error(token, $"variable {token.Text} has no type");
        }

        long count = 1;
        while (TryTake('['))
        {
            count *= Now.Is(']') ? 0 : TakeCount();
            Expect(']');
        }

        byte[]? initial = null;
        if (TryTake('='))
        {
            initial = ParseInitial(type);
            count = count == 0 ? initial.Length / type.Bytes() : count;
        }

        long bytes = count * type.Bytes();
        if (bytes > int.MaxValue || initial?.Length > bytes)
        {
            throw Error(token, $"variable {token.Text} of {bytes} bytes is too large, or has too many values");
        }

        return new PtxVariable(token.Text, space, (int)bytes, Math.Max(alignment, type.Bytes()), initial, isExternal);
    }

    private byte[] ParseInitial(PtxType type)
    {
        var bytes = new List<byte>();
        bool isList = TryTake('{');
        do
        {
            PtxOperand value = ParseOperand(null);
            if (value.Kind is not (PtxOperandKind.Integer or PtxOperandKind.Float))
            {
                throw Error(Now, "only numbers can be first values");
            }

            long bits = value.Kind == PtxOperandKind.Float && type == PtxType.F32 && value.FloatBytes == 8
                ? BitConverter.SingleToInt32Bits((float)BitConverter.Int64BitsToDouble(value.Value))
                : value.Value;
            bytes.AddRange(BitConverter.GetBytes(bits).AsSpan(0, type.Bytes()));
        }
        while (isList && TryTake(','));
        if (isList)
        {
            Expect('}');
        }

        return [.. bytes];
    }

    private void SkipBraces()
    {
        while (!Take().Is('{'))
        {
        }

        for (int depth = 1; depth > 0;)
        {
            PtxToken token = Take();
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
        }
    }

    private void SkipLine(int line)
    {
        while (Now.Line == line && Now.Kind != PtxTokenKind.End)
        {
            _at++;
        }
    }

    private PtxToken Take()
    {
        PtxToken token = Now;
        if (token.Kind == PtxTokenKind.End)
        {
            throw Error(token, "the text ends too early");
        }

        _at++;
        return token;
    }

    private bool TryTake(char mark)
    {
        bool found = Now.Is(mark);
        _at += found ? 1 : 0;
        return found;
    }

    private void Expect(char mark)
    {
        if (!TryTake(mark))
        {
            throw Error(Now, $"'{mark}' expected, found '{Now.Text}'");
        }
    }

    private int TakeCount()
    {
        PtxToken token = Take();
        return token.Kind == PtxTokenKind.Number && int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Error(token, $"a number is expected, found '{token.Text}'");
    }

    private PtxException Error(PtxToken token, string message) => _source.Error(token.Line, message);
}
