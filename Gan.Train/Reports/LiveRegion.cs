using System.Text;

namespace Gan.Train.Reports;

/// <summary>
/// Lines at the end of a terminal's output that are rewritten in place, with others scrolling away above. The cursor rests behind them and is never hidden, and
/// nothing else of the terminal is changed: however the program ends, the terminal is as it was.
/// </summary>
/// <param name="output">A terminal that understands escape sequences.</param>
internal sealed class LiveRegion(TextWriter output)
{
    private string[] _lines = [];

    /// <summary>Puts these lines in place of the last ones.</summary>
    /// <param name="lines">Each narrower than the window.</param>
    public void Show(string[] lines)
    {
        var text = new StringBuilder(ToTop());
        foreach (string line in lines)
        {
            text.Append(line).Append("\e[K\n");
        }
        text.Append("\e[J");
        Write(text);
        _lines = lines;
    }

    /// <summary>Writes a line above.</summary>
    public void WriteAbove(string line)
    {
        var text = new StringBuilder(ToTop()).Append("\e[J").Append(line).Append('\n');
        foreach (string each in _lines)
        {
            text.Append(each).Append('\n');
        }
        Write(text);
    }

    /// <summary>Takes the lines away.</summary>
    public void Clear()
    {
        if (_lines.Length > 0)
        {
            Write(new StringBuilder(ToTop()).Append("\e[J"));
            _lines = [];
        }
    }

    /// <summary>
    /// Back to the first line. A window that has just become narrower may have broken lines into several, or not: terminals differ. Going up by the lines
    /// drawn may leave a part of the old panel behind once, and never touches the log.
    /// </summary>
    private string ToTop() => _lines.Length > 0 ? $"\r\e[{_lines.Length}A" : "\r";

    private void Write(StringBuilder text)
    {
        output.Write(text.ToString());
        output.Flush();
    }
}
