using System.Diagnostics;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;
using Spectre.Console;

namespace Gan.Train.Reports;

/// <summary>What the user sees while a run goes on.</summary>
internal interface IRunDisplay : IDisposable
{
    /// <summary>Whether fresh values are wanted now; a live display asks a few times a second, plain lines never.</summary>
    bool WantsUpdate { get; }

    /// <summary>The run starts.</summary>
    void Start(long finishedSteps, string folder);

    /// <summary>A line of its own.</summary>
    void WriteLine(string line);

    /// <summary>Fresh values.</summary>
    void Update(long finishedSteps, long images, in MetricsLine metrics);
}

/// <summary>Chooses the display.</summary>
internal static class RunDisplay
{
    /// <summary>A live one on a terminal, plain lines when piped, nothing with --quiet.</summary>
    public static IRunDisplay Open(TrainSettings settings, Schedule schedule, TextWriter output)
    {
        bool terminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
        return settings.Quiet ? new PlainDisplay(TextWriter.Null) : terminal ? new LiveDisplay(schedule) : new PlainDisplay(output);
    }
}

/// <summary>Lines only.</summary>
internal sealed class PlainDisplay(TextWriter output) : IRunDisplay
{
    public bool WantsUpdate => false;

    public void Start(long finishedSteps, string folder) => output.WriteLine($"Run: {folder}");

    public void WriteLine(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    public void Update(long finishedSteps, long images, in MetricsLine metrics)
    {
    }

    public void Dispose() => output.Flush();
}

/// <summary>
/// Log lines with a progress bar under them. Spectre draws the bar on its own thread until <see cref="Dispose"/>; the loop only hands it numbers.
/// </summary>
internal sealed class LiveDisplay(Schedule schedule) : IRunDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly ManualResetEventSlim _done = new();
    private readonly ManualResetEventSlim _ready = new();
    private readonly Stopwatch _clock = new();
    private Thread? _thread;
    private ProgressTask? _task;
    private TimeSpan _next;

    public bool WantsUpdate => _task is not null && _clock.Elapsed >= _next;

    public void Start(long finishedSteps, string folder)
    {
        WriteLine($"Run: {folder}");
        _thread = new Thread(() => Draw(finishedSteps)) { IsBackground = true, Name = "gan-display" };
        _thread.Start();
        _ready.Wait();
        _clock.Restart();
    }

    public void WriteLine(string line) => AnsiConsole.WriteLine(line);

    public void Update(long finishedSteps, long images, in MetricsLine metrics)
    {
        TimeSpan now = _clock.Elapsed;
        _next = now + Interval;
        double rate = images / Math.Max(1e-9, now.TotalSeconds);
        string text = FormattableString.Invariant(
            $"epoch {metrics.Epoch + 1}/{schedule.Epochs}  {rate,7:0} images/s  D {metrics.LossD:0.000}  G {metrics.LossG:0.000}  D(x) {metrics.DX:0.00}  D(G(z)) {metrics.DGz1:0.00}");
        if (_task is { } task)
        {
            task.Description = text;
            task.Value = finishedSteps;
        }
    }

    public void Dispose()
    {
        _done.Set();
        _thread?.Join();
        _thread = null;
        _task = null;
    }

    private void Draw(long finishedSteps)
    {
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                _task = context.AddTask("starting", maxValue: schedule.TotalSteps);
                _task.Value = finishedSteps;
                _ready.Set();
                _done.Wait();
                _task.StopTask();
            });
    }
}
