using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// One kernel's part of a PTX file. The driver compiles all of the text it is given, and a training step needs fewer than half of the kernels of the files it uses
/// (a DCGAN step in TF32 at batch 128: 38 of 90, 0.8 of 2.1 MB), so each is loaded as a module of its own.
/// </summary>
internal static class PtxCut
{
    private const string EntryDirective = ".entry";

    private static readonly ConditionalWeakTable<string, ConcurrentDictionary<string, string?>> s_cuts = [];

    /// <summary>
    /// The text without its other entries, whose lines are left empty so that line numbers stay what they are; null when it has no such entry. The same object
    /// each time for the same text.
    /// </summary>
    /// <param name="ptx">A PTX file (PTX ISA, section 2: comments as in C; section 5.4: entries stand at the outermost level).</param>
    /// <param name="entry">The kernel's name.</param>
    public static string? Entry(string ptx, string entry) =>
        s_cuts.GetOrCreateValue(ptx).GetOrAdd(entry, static (name, text) => Cut(text, name), ptx);

    private static string? Cut(string ptx, string wanted)
    {
        char[] text = ptx.ToCharArray();
        bool found = false;
        for (int at = Next(ptx, 0); at < ptx.Length; at = Next(ptx, at))
        {
            int directive = -1;
            // A statement of the outermost level: up to its semicolon, or to the brace that closes its body. The lines of .version, .target and .address_size,
            // which end without either, count to the statement that follows.
            for (int depth = 0; at < ptx.Length; at = Next(ptx, at + 1))
            {
                char c = ptx[at];
                if (depth == 0 && directive < 0 && string.CompareOrdinal(ptx, at, EntryDirective, 0, EntryDirective.Length) == 0)
                {
                    directive = at;
                }
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
                if ((c == ';' && depth == 0) || (c == '}' && depth <= 0))
                {
                    at++;
                    break;
                }
            }
            if (directive < 0)
            {
                continue;
            }
            if (NameAt(ptx, Next(ptx, directive + EntryDirective.Length)).SequenceEqual(wanted))
            {
                found = true;
            }
            else
            {
                Blank(text, WithLinking(ptx, directive), at);
            }
        }
        return found ? new string(text) : null;
    }

    /// <summary>Where the statement of an entry begins: at .visible, .weak or .extern, if one stands before it.</summary>
    private static int WithLinking(string ptx, int directive)
    {
        ReadOnlySpan<char> before = ptx.AsSpan(0, directive).TrimEnd();
        foreach (string linking in (ReadOnlySpan<string>)[".visible", ".weak", ".extern"])
        {
            if (before.EndsWith(linking))
            {
                return before.Length - linking.Length;
            }
        }
        return directive;
    }

    private static void Blank(char[] text, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            text[i] = text[i] == '\n' ? '\n' : ' ';
        }
    }

    private static ReadOnlySpan<char> NameAt(string ptx, int at)
    {
        int end = at;
        while (end < ptx.Length && (char.IsAsciiLetterOrDigit(ptx[end]) || ptx[end] is '_' or '$' or '%'))
        {
            end++;
        }
        return ptx.AsSpan(at, end - at);
    }

    /// <summary>The first character from <paramref name="at"/> on that is neither white space nor in a comment.</summary>
    private static int Next(string ptx, int at)
    {
        while (at < ptx.Length)
        {
            if (char.IsWhiteSpace(ptx[at]))
            {
                at++;
            }
            else if (string.CompareOrdinal(ptx, at, "//", 0, 2) == 0)
            {
                at = End(ptx, "\n", at);
            }
            else if (string.CompareOrdinal(ptx, at, "/*", 0, 2) == 0)
            {
                at = End(ptx, "*/", at + 2);
            }
            else
            {
                return at;
            }
        }
        return ptx.Length;
    }

    private static int End(string ptx, string mark, int from)
    {
        int at = ptx.IndexOf(mark, Math.Min(from, ptx.Length), StringComparison.Ordinal);
        return at < 0 ? ptx.Length : at + mark.Length;
    }
}
