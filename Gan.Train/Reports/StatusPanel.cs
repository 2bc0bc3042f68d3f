using System.Globalization;
using Gan.Train.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gan.Train.Reports;

/// <summary>What a terminal can show.</summary>
/// <param name="Columns">Of the window.</param>
/// <param name="Rows">Of the window.</param>
/// <param name="Colours">None with NO_COLOR.</param>
/// <param name="Unicode">Whether it shows box drawing and blocks.</param>
internal sealed record TerminalView(int Columns, int Rows, ColorSystemSupport Colours, bool Unicode);

/// <summary>
/// The live display's panel as lines of text: device and why, epoch and step, speed and time left, the four statistics with their latest course, memory, and the
/// last sample written.
/// </summary>
internal static class StatusPanel
{
    /// <summary>Below this there is room for a single line only.</summary>
    public const int MinColumns = 64;

    /// <summary>Rows that the panel takes at most, and two of the log.</summary>
    public const int MinRows = 9;

    private const int Wide = 130;
    private const int NumberWidth = 8;

    /// <param name="title">Model, device and why.</param>
    /// <param name="epochs">Of the whole run.</param>
    /// <param name="totalSteps">Of the whole run.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="status">Where the run stands.</param>
    /// <param name="series">All steps read.</param>
    /// <param name="view">Where it is shown.</param>
    /// <returns>Lines without line ends, with colour sequences unless there are no colours; each takes at most one column less than there are.</returns>
    public static string[] Render(string title, int epochs, long totalSteps, int stepsPerEpoch, RunStatus status, MetricsSeries series, TerminalView view)
    {
        int width = view.Columns - 1, inside = width - 4;
        var rows = new List<IRenderable> { Progress(inside, epochs, totalSteps, stepsPerEpoch, status, view.Unicode), Statistics(inside, series, view) };
        string memory = $"memory {HumanText.Bytes(status.DeviceBytes)} device, {HumanText.Bytes(status.WorkingSet)} process";
        string sample = status.LastSample is { } path ? $"sample {Path.GetFileName(path)}" : "";
        rows.Add(Line($"{memory}{new string(' ', Math.Max(2, inside - memory.Length - sample.Length))}{sample}", "grey", inside));
        var panel = new Panel(new Rows(rows))
        {
            Border = view.Unicode ? BoxBorder.Rounded : BoxBorder.Ascii,
            BorderStyle = new Style(Color.Grey),
            Expand = true,
            Header = new PanelHeader($" {Markup.Escape(Cut(title, width - 8))} "),
            Padding = new Padding(1, 0),
        };
        return ToLines(panel, width, view);
    }

    private static IRenderable Progress(int width, int epochs, long totalSteps, int stepsPerEpoch, RunStatus s, bool unicode)
    {
        double done = totalSteps == 0 ? 1 : (double)s.FinishedSteps / totalSteps;
        string left = $"epoch {Math.Min(s.FinishedSteps / stepsPerEpoch + 1, epochs)}/{epochs}  step {s.FinishedSteps}/{totalSteps}  ";
        string right = string.Create(CultureInfo.InvariantCulture,
            $" {Math.Floor(100 * done),3:0}%  {HumanText.Rate(s.ImagesPerSecond)} images/s  {(s.Left is { } time ? HumanText.Duration(time.TotalSeconds) : "-:--:--")} left");
        int bar = width - left.Length - right.Length, filled = (int)(Math.Max(bar, 0) * Math.Clamp(done, 0, 1));
        if (bar < 4)
        {
            return Line(left.TrimEnd() + right, "default", width);
        }
        (char full, char rest) = unicode ? ('━', '─') : ('#', '-');
        return new Markup($"{Markup.Escape(left)}[green]{new string(full, filled)}[/][grey]{new string(rest, bar - filled)}[/]{Markup.Escape(right)}");
    }

    /// <summary>Two beside two, or four in a row where there is room.</summary>
    private static Rows Statistics(int width, MetricsSeries series, TerminalView view)
    {
        bool any = series.Count > 0;
        MetricsLine m = series.Latest;
        (string Name, string Colour, float Value, IReadOnlyList<float> Values, float? Low, float? High)[] four =
        [
            ("loss D", "deepskyblue1", m.LossD, series.Recent(Metric.LossD), null, null),
            ("loss G", "orange1", m.LossG, series.Recent(Metric.LossG), null, null),
            ("D(x)", "green", m.DX, series.Recent(Metric.DX), 0, 1),
            ("D(G(z))", "hotpink", m.DGz1, series.Recent(Metric.DGz1), 0, 1),
        ];
        int perRow = width >= Wide ? 4 : 2, cell = (width - 3 * (perRow - 1)) / perRow;
        string[] cells =
        [
            .. four.Select(one =>
            {
                string head = $"{one.Name,-7} {(any ? Number(one.Value) : "-"),NumberWidth} ";
                return $"{head}[{one.Colour}]{Trend.Line(one.Values, Math.Max(1, cell - head.Length), one.Low, one.High, view.Unicode)}[/]";
            }),
        ];
        // Losses above each other, scores above each other.
        string[] lines = perRow == 4 ? [string.Join("   ", cells)] : [$"{cells[0]}   {cells[2]}", $"{cells[1]}   {cells[3]}"];
        return new Rows(lines.Select(static l => new Markup(l)));
    }

    private static Markup Line(string text, string style, int width) => new($"[{style}]{Markup.Escape(Cut(text, width))}[/]");

    private static string[] ToLines(IRenderable panel, int width, TerminalView view)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = view.Colours,
            Interactive = InteractionSupport.No,
            Out = new FixedOutput(text, width, view.Rows),
        });
        console.Profile.Capabilities.Unicode = view.Unicode;
        console.Write(panel);
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    private static string Number(float value)
    {
        string text = ConsoleLines.Fixed(value, 4);
        return text.Length <= NumberWidth ? text : value.ToString("0.0E+0", CultureInfo.InvariantCulture);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..Math.Max(0, length)];

    /// <summary>A writer that has the size of the terminal the text is for.</summary>
    private sealed class FixedOutput(TextWriter writer, int width, int height) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => height;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }
}
