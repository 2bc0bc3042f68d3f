namespace Gan.Bench.Mutants;

/// <summary>One planted bug: a line of a PTX file, changed or (when <paramref name="Changed"/> is empty) taken out.</summary>
/// <param name="Number">From 1, in the order of the list.</param>
/// <param name="File">PTX file without suffix, e.g. "gemm.sm_70".</param>
/// <param name="Kernel">Entry that holds the line.</param>
/// <param name="Line">Line number, from 1.</param>
/// <param name="Kind">What was done, e.g. "barrier removed".</param>
/// <param name="Original">The line as it ships, trimmed.</param>
/// <param name="Changed">The line in its place, trimmed.</param>
/// <param name="Copy">Which of the entry's lines with this text it is, from 1.</param>
internal sealed record Mutant(int Number, string File, string Kernel, int Line, string Kind, string Original, string Changed, int Copy)
{
    /// <summary>The file's text with the bug in it.</summary>
    public string Apply(string ptx)
    {
        string[] lines = ptx.Split('\n');
        if (Line > lines.Length || lines[Line - 1].Trim() != Original)
        {
            throw new InvalidOperationException($"{File}.ptx line {Line} is not '{Original}': the list was made from another build.");
        }
        lines[Line - 1] = $"\t{Changed}";
        return string.Join('\n', lines);
    }

    /// <summary>What tells this bug from others for as long as its kernel stays as it is, wherever in the file that lies.</summary>
    public string Key => $"{File} {Kernel} | {string.Join(' ', Original.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}{(Copy > 1 ? $" (copy {Copy})" : "")} | {Kind}";
}
