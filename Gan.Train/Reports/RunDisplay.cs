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
    void Start(long finishedSteps, string folder);

    /// <summary>A line of progress; not printed with --quiet.</summary>
    void WriteLine(string line);

    /// <summary>A line that must be seen: a warning, or how to go on.</summary>
    void Note(string line);

    /// <summary>Fresh values.</summary>
    void Update(long finishedSteps, long images, in MetricsLine metrics);
}

/// <summary>Chooses the display.</summary>
internal static class RunDisplay
{
    /// <summary>A live one on a terminal, plain lines when piped, only notes with --quiet.</summary>
    public static IRunDisplay Open(TrainSettings settings, Schedule schedule, TextWriter output) =>
        !settings.Quiet && output is ConsoleWriter { IsTerminal: true }
            ? new LiveDisplay(schedule.TotalSteps, schedule.Epochs, output, LiveDisplay.ConsoleWidth)
            : new PlainDisplay(output, settings.Quiet);
}

/// <summary>Lines only.</summary>
internal sealed class PlainDisplay(TextWriter output, bool quiet) : IRunDisplay
{
    public bool WantsUpdate => false;

    public void Start(long finishedSteps, string folder) => WriteLine($"Run: {folder}");

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

    public void Update(long finishedSteps, long images, in MetricsLine metrics)
    {
    }

    public void Dispose() => output.Flush();
}
