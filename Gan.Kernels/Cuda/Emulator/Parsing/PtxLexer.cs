namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What a token is.</summary>
internal enum PtxTokenKind
{
    /// <summary>A name, opcode with its modifiers, directive, register or label: letters, digits and _ $ % . in one piece.</summary>
    Word,

    /// <summary>A number as it is written, without sign.</summary>
    Number,

    /// <summary>A text in quotes.</summary>
    Text,

    /// <summary>One punctuation mark.</summary>
    Mark,

    /// <summary>After the last token.</summary>
    End,
}

/// <summary>A token with its line, from 1.</summary>
internal readonly record struct PtxToken(PtxTokenKind Kind, string Text, int Line)
{
    /// <summary>True for this punctuation mark.</summary>
    public bool Is(char mark) => Kind == PtxTokenKind.Mark && Text[0] == mark;
}

/// <summary>Splits PTX text into tokens; comments and blanks go.</summary>
internal static class PtxLexer
{
    private const string Marks = "{}[]()<>,;:@!=+-|";

    /// <exception cref="PtxException">A character that PTX does not have, or a comment or text without end.</exception>
    public static List<PtxToken> Split(PtxSource source)
    {
        string text = source.Text;
        var tokens = new List<PtxToken>(text.Length / 4);
        int line = 1;
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                i++;
            }
            else if (char.IsWhiteSpace(c))
            {
                i++;
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '/')
            {
                i = EndOfLine(text, i);
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '*')
            {
                int end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                end = end >= 0 ? end + 2 : throw source.Error(line, "comment without end");
                line += text.AsSpan(i, end - i).Count('\n');
                i = end;
            }
            else if (c == '"')
            {
                int end = text.IndexOf('"', i + 1);
                end = end >= 0 ? end + 1 : throw source.Error(line, "text without closing quote");
                tokens.Add(new PtxToken(PtxTokenKind.Text, text[(i + 1)..(end - 1)], line));
                i = end;
            }
            else if (char.IsAsciiDigit(c) || IsWord(c))
            {
                int end = i + 1;
                while (end < text.Length && (IsWord(text[end]) || IsScope(text, end) || (char.IsAsciiDigit(c) && IsExponentSign(text, i, end))))
                {
                    end += IsScope(text, end) ? 2 : 1;
                }

                tokens.Add(new PtxToken(char.IsAsciiDigit(c) ? PtxTokenKind.Number : PtxTokenKind.Word, text[i..end], line));
                i = end;
            }
            else if (Marks.Contains(c, StringComparison.Ordinal))
            {
                tokens.Add(new PtxToken(PtxTokenKind.Mark, c.ToString(), line));
                i++;
            }
            else
            {
                throw source.Error(line, $"unexpected character '{c}'");
            }
        }

        tokens.Add(new PtxToken(PtxTokenKind.End, "", line));
        return tokens;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '%' or '.';

    /// <summary>The :: of .shared::cta or .L2::128B.</summary>
    private static bool IsScope(string text, int at) => text[at] == ':' && at + 1 < text.Length && text[at + 1] == ':';

    /// <summary>The sign in 1.5e-3, but not the one in 0x1e-3.</summary>
    private static bool IsExponentSign(string text, int start, int at) =>
        text[at] is '+' or '-' && text[at - 1] is 'e' or 'E' && text.AsSpan(start, at - start).Contains('.');

    private static int EndOfLine(string text, int from)
    {
        int end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end;
    }
}
