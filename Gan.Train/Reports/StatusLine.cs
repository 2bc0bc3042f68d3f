using System.Globalization;
using System.Text;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>The live display of a small window: one line, as much as fits, the most wanted first.</summary>
internal static class StatusLine
{
    private const int MaxBar = 30;
    private const int MinBar = 8;

    /// <param name="width">Columns it may take.</param>
    /// <param name="status">Where the run stands.</param>
    /// <param name="totalSteps">Of the whole run.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="epochs">Of the whole run.</param>
    public static string Format(int width, RunStatus status, long totalSteps, int stepsPerEpoch, int epochs)
    {
        double done = totalSteps == 0 ? 1 : (double)status.FinishedSteps / totalSteps;
        List<string> parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(100 * done),3:0}%"),
            $"{HumanText.Rate(status.ImagesPerSecond)} images/s",
            $"{(status.Left is { } left ? HumanText.Duration(left.TotalSeconds) : "-:--:--")} left",
            $"epoch {Math.Min(status.FinishedSteps / stepsPerEpoch + 1, epochs)}/{epochs}",
        ];
        if (status.Metrics is { } m)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"D {m.LossD:0.000} G {m.LossG:0.000}"));
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"D(x) {m.DX:0.00} D(G(z)) {m.DGz1:0.00}"));
        }
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
}
