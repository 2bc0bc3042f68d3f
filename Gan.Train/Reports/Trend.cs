using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>A curve as one line of text: eight heights a character.</summary>
internal static class Trend
{
    /// <summary>Steps that a line shows at most, the latest.</summary>
    public const int Window = MetricsSeries.Window;

    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Ascii = "_.,-~=*#"; // by height of their ink

    /// <param name="values">A value a step; those that are not finite leave a blank.</param>
    /// <param name="columns">Characters.</param>
    /// <param name="low">The bottom; null for the least value shown.</param>
    /// <param name="high">The top; null for the largest value shown.</param>
    /// <param name="unicode">Whether the terminal has block characters.</param>
    /// <returns>Exactly <paramref name="columns"/> characters, the newest at the right.</returns>
    public static string Line(IReadOnlyList<float> values, int columns, float? low, float? high, bool unicode)
    {
        int shown = Math.Min(values.Count, Window), points = Math.Min(shown, columns), first = values.Count - shown;
        var means = new float[points];
        float least = float.PositiveInfinity, largest = float.NegativeInfinity;
        for (int p = 0; p < points; p++)
        {
            means[p] = Mean(values, first + (int)((long)p * shown / points), first + (int)((p + 1L) * shown / points));
            if (float.IsFinite(means[p]))
            {
                (least, largest) = (MathF.Min(least, means[p]), MathF.Max(largest, means[p]));
            }
        }
        (float bottom, float top) = (low ?? least, high ?? largest);
        string marks = unicode ? Blocks : Ascii;
        char Mark(float mean)
        {
            if (!float.IsFinite(mean))
            {
                return ' ';
            }
            float part = top > bottom ? (mean - bottom) / (top - bottom) : 0.5f;
            return marks[Math.Clamp((int)(part * marks.Length), 0, marks.Length - 1)];
        }
        return string.Concat(means.Select(Mark)).PadLeft(columns);
    }

    private static float Mean(IReadOnlyList<float> values, int from, int to)
    {
        double sum = 0;
        for (int i = from; i < to; i++)
        {
            sum += values[i];
        }
        return (float)(sum / (to - from));
    }
}
