using System.Diagnostics;

namespace Gan.Bench.Roofline;

/// <summary>How long to measure one row.</summary>
/// <param name="Seconds">Time to spend on the samples.</param>
/// <param name="MinSamples">At least this many, unless one of them alone takes longer than <paramref name="PatienceSeconds"/>.</param>
/// <param name="MaxSamples">At most this many.</param>
/// <param name="PatienceSeconds">A row is cut short beyond this.</param>
internal readonly record struct TimeBudget(double Seconds, int MinSamples, int MaxSamples, double PatienceSeconds);

/// <summary>Time of repeated calls.</summary>
internal static class Timing
{
    private const double ShortestSample = 100e-6;

    /// <summary>
    /// Seconds a call: median of samples, each of them long enough for the clock (several calls where one is short), after a warm-up call. Where the
    /// warm-up alone is beyond patience, it is the measurement.
    /// </summary>
    /// <param name="call">What is measured; it waits for its device.</param>
    /// <param name="budget">Time to spend.</param>
    public static double Median(Action call, TimeBudget budget) => Median(Samples(call, budget));

    /// <summary>Seconds a call of each sample.</summary>
    public static List<double> Samples(Action call, TimeBudget budget)
    {
        double warmUp = Time(call, 1);
        if (warmUp > budget.PatienceSeconds)
        {
            return [warmUp];
        }
        int calls = 1;
        while (calls < 1 << 20 && Time(call, calls) < ShortestSample)
        {
            calls *= 2;
        }
        List<double> samples = [];
        long start = Stopwatch.GetTimestamp();
        while (samples.Count < budget.MaxSamples)
        {
            samples.Add(Time(call, calls) / calls);
            double spent = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (spent > budget.PatienceSeconds || (spent > budget.Seconds && samples.Count >= budget.MinSamples))
            {
                break;
            }
        }
        return samples;
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IReadOnlyCollection<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Time(Action call, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            call();
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
