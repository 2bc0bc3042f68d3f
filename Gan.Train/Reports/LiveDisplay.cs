using System.Diagnostics;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>
/// Log lines with one status line under them, rewritten in place. One line that never wraps, drawn by the training thread between steps: nothing on the
/// screen has to be counted, the cursor is never hidden, and however the program ends the terminal is as it was.
/// </summary>
/// <param name="totalSteps">Of the whole run.</param>
/// <param name="epochs">Of the whole run.</param>
/// <param name="output">A terminal that understands escape sequences.</param>
/// <param name="width">Columns now; asked again for every line, because windows are resized.</param>
internal sealed class LiveDisplay(long totalSteps, int epochs, TextWriter output, Func<int> width) : IRunDisplay
{
    private const string ClearLine = "\r\e[2K";
    private const int FallbackWidth = 80;

    /// <summary>Columns left free behind the status, for the "^C" that a terminal adds.</summary>
    private const int Margin = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch _clock = new();
    private string _status = "";
    private TimeSpan _next;
    private long _start;

    public bool WantsUpdate => _clock.IsRunning && _clock.Elapsed >= _next;

    /// <summary>Columns of the terminal.</summary>
    public static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : FallbackWidth;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return FallbackWidth;
        }
    }

    public void Start(long finishedSteps, string folder)
    {
        _start = finishedSteps;
        Note($"Run: {folder}");
        _clock.Restart();
        Show("starting");
    }

    public void WriteLine(string line) => Note(line);

    public void Note(string line)
    {
        output.Write($"{ClearLine}{line}\n{_status}");
        output.Flush();
    }

    public void Update(long finishedSteps, long images, in MetricsLine metrics)
    {
        TimeSpan now = _clock.Elapsed;
        _next = now + Interval;
        double seconds = Math.Max(1e-9, now.TotalSeconds);
        double left = finishedSteps > _start ? seconds * (totalSteps - finishedSteps) / (finishedSteps - _start) : 0;
        Show(StatusLine.Format(width() - Margin, (double)finishedSteps / totalSteps, $"{metrics.Epoch + 1}/{epochs}", images / seconds, left, metrics));
    }

    public void Dispose()
    {
        if (_status.Length > 0)
        {
            output.Write(ClearLine);
            output.Flush();
        }
        _status = "";
        _clock.Stop();
    }

    private void Show(string status)
    {
        _status = status;
        output.Write(ClearLine + status);
        output.Flush();
    }
}
