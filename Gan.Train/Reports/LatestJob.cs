using System.Diagnostics;

namespace Gan.Train.Reports;

/// <summary>
/// Does jobs of one kind on a thread of the pool, one at a time: a job replaces one that still waits. After a job the next waits so long that all of them
/// stay within a share of one processor, however often there is a new one; but never longer than <see cref="Longest"/>.
/// </summary>
/// <param name="share">Of one processor, above 0 and below 1.</param>
internal sealed class LatestJob(double share)
{
    /// <summary>The longest wait: what is shown is no older than this and the job itself.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private Action? _next;
    private bool _running, _hurry;
    private Exception? _failure;
    private TimeSpan _cost;

    /// <summary>Has a job done soon, unless another replaces it before it begins.</summary>
    public void Post(Action job)
    {
        lock (_lock)
        {
            _next = job;
            if (!_running)
            {
                _running = true;
                ThreadPool.UnsafeQueueUserWorkItem(static self => self.Work(), this, preferLocal: false);
            }
        }
    }

    /// <summary>Returns when every job is done or replaced.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            _hurry = true;
            Monitor.PulseAll(_lock);
            while (_running)
            {
                Monitor.Wait(_lock);
            }
            _hurry = false;
        }
    }

    /// <summary>What a job threw since the last call; null when nothing did.</summary>
    public Exception? TakeFailure()
    {
        lock (_lock)
        {
            (Exception? failure, _failure) = (_failure, null);
            return failure;
        }
    }

    private void Work()
    {
        while (Take() is { } job)
        {
            long begin = Stopwatch.GetTimestamp();
            Exception? failure = Try(job);
            _cost = Cost(_cost, Stopwatch.GetElapsedTime(begin));
            Rest(TimeSpan.FromTicks(Math.Min(Longest.Ticks, (long)(_cost.Ticks * (1 / share - 1)))), failure);
        }
    }

    /// <summary>
    /// What a job costs, from the time that jobs took: the least of late, because while others have the processor a job takes long and costs no more for it.
    /// </summary>
    internal static TimeSpan Cost(TimeSpan before, TimeSpan took) => before == TimeSpan.Zero ? took : new(Math.Min(took.Ticks, before.Ticks + before.Ticks / 4));

    private Action? Take()
    {
        lock (_lock)
        {
            (Action? job, _next) = (_next, null);
            if (job is null)
            {
                _running = false;
                Monitor.PulseAll(_lock);
            }
            return job;
        }
    }

    private void Rest(TimeSpan time, Exception? failure)
    {
        long since = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            _failure ??= failure;
            while (!_hurry && time - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } left)
            {
                Monitor.Wait(_lock, left);
            }
        }
    }

    private static Exception? Try(Action job)
    {
        try
        {
            job();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
