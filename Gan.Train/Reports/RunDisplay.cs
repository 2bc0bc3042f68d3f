using Gan.Train.Cli;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Reports;

/// <summary>What the user sees while a run goes on.</summary>
internal interface IRunDisplay : IDisposable
{
    /// <summary>Whether fresh values are wanted now; a live display asks a few times a second, plain lines never.</summary>
    bool WantsUpdate { get; }

    /// <summary>The run starts.</summary>
    void Start(string folder);

    /// <summary>A line of progress; not printed with --quiet.</summary>
    void WriteLine(string line);

    /// <summary>A line that must be seen: a warning, or how to go on.</summary>
    void Note(string line);

    /// <summary>Fresh values.</summary>
    void Update(RunStatus status, MetricsSeries series);
}

/// <summary>Chooses the display.</summary>
internal static class RunDisplay
{
    /// <summary>A live one on a terminal, plain lines when piped, only notes with --quiet.</summary>
    /// <param name="settings">Model, device, --quiet.</param>
    /// <param name="schedule">Steps and epochs.</param>
    /// <param name="output">Where to.</param>
    /// <param name="interrupt">Ends the live part: what is printed from then on must find the screen clean.</param>
    public static IRunDisplay Open(TrainSettings settings, Schedule schedule, TextWriter output, CancellationToken interrupt)
    {
        if (settings.Quiet || output is not ConsoleWriter { IsTerminal: true })
        {
            return new PlainDisplay(output, settings.Quiet);
        }
        string title = $"{settings.Model.ToString().ToLowerInvariant()} on {settings.Device}";
        var live = new LiveDisplay(title, schedule.Epochs, schedule.TotalSteps, schedule.StepsPerEpoch, output, LiveDisplay.ConsoleView);
        interrupt.Register(live.Stop);
        return live;
    }
}

/// <summary>Lines only.</summary>
internal sealed class PlainDisplay(TextWriter output, bool quiet) : IRunDisplay
{
    public bool WantsUpdate => false;

    public void Start(string folder) => WriteLine($"Run: {folder}");

    public void WriteLine(string line)
    {
        if (!quiet)
        {
            Note(line);
        }
    }

    public void Note(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    public void Update(RunStatus status, MetricsSeries series)
    {
    }

    public void Dispose() => output.Flush();
}
