using System.Globalization;

namespace Gan.Bench.Reports;

/// <summary>A table as text: columns as wide as their longest cell, two spaces between them.</summary>
internal static class TextColumns
{
    /// <param name="output">Where it goes.</param>
    /// <param name="rows">The headings first.</param>
    /// <param name="leftAligned">Columns of words; numbers stand right.</param>
    public static void Write(TextWriter output, IReadOnlyList<string[]> rows, params int[] leftAligned)
    {
        int[] widths = [.. rows[0].Select((_, i) => rows.Max(r => r[i].Length))];
        foreach (string[] row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, i) =>
                leftAligned.Contains(i) ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        }
    }

    /// <summary>About three significant digits; a number below 1 gets four decimals.</summary>
    public static string Number(double value) => value.ToString(value switch
    {
        >= 100 => "0",
        >= 10 => "0.0",
        >= 1 => "0.00",
        _ => "0.0000",
    }, CultureInfo.InvariantCulture);
}
