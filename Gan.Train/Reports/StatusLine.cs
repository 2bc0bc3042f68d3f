using System.Globalization;
using System.Text;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>The text of the live status line: as much as fits, the most wanted first.</summary>
internal static class StatusLine
{
    private const int MaxBar = 30;
    private const int MinBar = 8;

    /// <param name="width">Columns it may take.</param>
    /// <param name="done">Part of the run that is done, 0 to 1.</param>
    /// <param name="epoch">Such as 2/5.</param>
    /// <param name="imagesPerSecond">Since the program started.</param>
    /// <param name="secondsLeft">Estimated time to the end.</param>
    /// <param name="metrics">Of the latest step read.</param>
    public static string Format(int width, double done, string epoch, double imagesPerSecond, double secondsLeft, in MetricsLine metrics)
    {
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * done),3:0}%"),
            $"{Rate(imagesPerSecond)} images/s",
            $"{Duration(secondsLeft)} left",
            $"epoch {epoch}",
            string.Create(CultureInfo.InvariantCulture, $"D {metrics.LossD:0.000} G {metrics.LossG:0.000}"),
            string.Create(CultureInfo.InvariantCulture, $"D(x) {metrics.DX:0.00} D(G(z)) {metrics.DGz1:0.00}"),
        ];
        var text = new StringBuilder();
        foreach (string part in parts)
        {
            if (text.Length + 2 + part.Length > width)
            {
                break;
            }
            text.Append(text.Length > 0 ? "  " : "").Append(part);
        }
        int bar = Math.Min(MaxBar, width - text.Length - 3);
        if (bar >= MinBar)
        {
            int filled = (int)(bar * Math.Clamp(done, 0, 1));
            text.Insert(0, $"[{new string('#', filled)}{new string('-', bar - filled)}] ");
        }
        return text.ToString();
    }

    /// <summary>Hours may exceed a day: 31:05:09.</summary>
    private static string Duration(double seconds)
    {
        long whole = (long)Math.Min(seconds, 1e10);
        return string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}");
    }

    private static string Rate(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
