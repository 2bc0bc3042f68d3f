using System.Diagnostics;

namespace Gan.Train.Reports;

/// <summary>Lets reports take no more than a share of the run's time: after an expensive one the next waits longer.</summary>
/// <param name="share">Of the time since the start.</param>
/// <param name="least">Time between two, however cheap.</param>
internal sealed class ReportPacer(double share, TimeSpan least)
{
    /// <summary>Of the whole run.</summary>
    public const double DefaultShare = 0.01;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _spent, _last, _previous;
    private bool _any;

    /// <summary>At most every 5 seconds and 1 % of the time.</summary>
    public static ReportPacer Default() => new(DefaultShare, TimeSpan.FromSeconds(5));

    /// <summary>Time that reports have taken.</summary>
    public TimeSpan Spent => _spent;

    /// <summary>Whether the next would stay within the share, if it costs what the last did; the first is always due.</summary>
    public bool IsDue => !_any || IsDueAt(_clock.Elapsed);

    /// <summary>Time between two that the last one's cost leads to.</summary>
    public TimeSpan Period => TimeSpan.FromTicks(Math.Max(least.Ticks, (long)(_last.Ticks / share)));

    internal bool IsDueAt(TimeSpan now) => now - _previous >= least && (_spent + _last).Ticks <= share * now.Ticks;

    /// <summary>Does work that counts as reporting.</summary>
    /// <param name="work">What is timed.</param>
    /// <param name="isReport">False for a part that belongs to no single report, such as compressing a sample.</param>
    public void Measure(Action work, bool isReport = true)
    {
        TimeSpan begin = _clock.Elapsed;
        try
        {
            work();
        }
        finally
        {
            Count(begin, _clock.Elapsed, isReport);
        }
    }

    internal void Count(TimeSpan begin, TimeSpan end, bool isReport = true)
    {
        _spent += end - begin;
        if (isReport)
        {
            (_last, _previous, _any) = (end - begin, end, true);
        }
    }
}
