namespace Gan.Kernels.Cuda.Emulator;

/// <summary>The text of a module, kept for messages.</summary>
internal sealed class PtxSource(string text)
{
    private readonly string[] _lines = text.Split('\n');

    /// <summary>The whole text.</summary>
    public string Text { get; } = text;

    /// <summary>A line without its comment and outer blanks; line 1 is the first.</summary>
    public string Line(int number)
    {
        if (number < 1 || number > _lines.Length)
        {
            return "";
        }

        string line = _lines[number - 1];
        int comment = line.IndexOf("//", StringComparison.Ordinal);
        return string.Join(' ', (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>An error at a line.</summary>
    public PtxException Error(int line, string message) => new(line, Line(line), message);
}
