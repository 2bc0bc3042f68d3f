using System.Diagnostics;
using Gan.Train.Runs;
using Spectre.Console;

namespace Gan.Train.Reports;

/// <summary>
/// Log lines with a panel under them that shows where the run stands; a single line where the window is too small. Drawn by the training thread between steps,
/// a few times a second.
/// </summary>
internal sealed class LiveDisplay : IRunDisplay
{
    private const int FallbackColumns = 80, FallbackRows = 24;

    /// <summary>Columns left free behind a single status line.</summary>
    private const int Margin = 3;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly string _title;
    private readonly int _epochs, _stepsPerEpoch;
    private readonly long _totalSteps;
    private readonly LiveRegion _region;
    private readonly TextWriter _output;
    private readonly Func<TerminalView> _view;
    private readonly Stopwatch _clock = new();
    private TimeSpan _next;
    private bool _stopped;

    /// <param name="title">Model, device and why.</param>
    /// <param name="epochs">Of the whole run.</param>
    /// <param name="totalSteps">Of the whole run.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="output">A terminal that understands escape sequences.</param>
    /// <param name="view">The terminal now; asked again each time, because windows are resized.</param>
    public LiveDisplay(string title, int epochs, long totalSteps, int stepsPerEpoch, TextWriter output, Func<TerminalView> view)
    {
        (_title, _epochs, _totalSteps, _stepsPerEpoch, _output, _view) = (title, epochs, totalSteps, stepsPerEpoch, output, view);
        _region = new LiveRegion(output);
    }

    public bool WantsUpdate => _clock.IsRunning && !_stopped && _clock.Elapsed >= _next;

    /// <summary>The terminal that the console is.</summary>
    public static TerminalView ConsoleView()
    {
        Capabilities has = AnsiConsole.Profile.Capabilities;
        (int columns, int rows) = (FallbackColumns, FallbackRows);
        try
        {
            (columns, rows) = (Console.WindowWidth, Console.WindowHeight);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            // A terminal that does not say.
        }
        var colours = has.ColorSystem switch
        {
            ColorSystem.NoColors => ColorSystemSupport.NoColors,
            ColorSystem.Legacy => ColorSystemSupport.Legacy,
            ColorSystem.Standard => ColorSystemSupport.Standard,
            ColorSystem.EightBit => ColorSystemSupport.EightBit,
            _ => ColorSystemSupport.TrueColor,
        };
        return new(columns > 0 ? columns : FallbackColumns, rows > 0 ? rows : FallbackRows, colours, has.Unicode);
    }

    public void Start(string folder)
    {
        Note($"Run: {folder}");
        _clock.Restart();
    }

    public void WriteLine(string line) => Note(line);

    public void Note(string line)
    {
        lock (_lock)
        {
            _region.WriteAbove(line);
        }
    }

    public void Update(RunStatus status, MetricsSeries series)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }
            try
            {
                Draw(status, series);
            }
            catch (Exception)
            {
                _stopped = true; // a terminal that surprises us costs the panel, not the run
            }
            _next = _clock.Elapsed + s_interval;
        }
    }

    /// <summary>Takes the panel away and shows it no more; also called when an interrupt is heard, from another thread.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _region.Clear();
            _stopped = true;
            _output.Flush();
        }
    }

    public void Dispose() => Stop();

    private void Draw(RunStatus status, MetricsSeries series)
    {
        TerminalView view = _view();
        bool panel = view.Columns >= StatusPanel.MinColumns && view.Rows >= StatusPanel.MinRows;
        _region.Show(panel
            ? StatusPanel.Render(_title, _epochs, _totalSteps, _stepsPerEpoch, status, series, view)
            : [StatusLine.Format(view.Columns - Margin, status, _totalSteps, _stepsPerEpoch, _epochs)]);
    }
}
