using System.Diagnostics;
using Gan.Bench.Cases;
using Gan.Kernels;

namespace Gan.Bench.Roofline;

/// <summary>Copy bandwidth and the rows that it bounds.</summary>
/// <param name="CopyGbps">GB/s (1e9 bytes), bytes read + bytes written: the median.</param>
/// <param name="BestCopyGbps">The fastest sample.</param>
/// <param name="Seconds">Median seconds a call of each case.</param>
internal sealed record MemoryTimes(double CopyGbps, double BestCopyGbps, IReadOnlyList<double> Seconds);

/// <summary>
/// The memory-bound rows in turn with copies of 64 MiB to 64 MiB, their tensors' size: each round copies before each row and runs every row once. Memory of a shared machine is now and
/// then twice as fast for some seconds; in turn, rows and copies get the same share of that, and medians compare. Two ways to copy are measured, the device's own
/// Copy kernel and one plain memory copy a thread, and the faster one counts: a slow Copy can't flatter the rest.
/// </summary>
internal sealed class MemoryRows(Device device, int threads)
{
    private const int Elements = KernelCases.LargeElements;

    /// <param name="cases">Cases whose calls take milliseconds, so that one call is a sample.</param>
    /// <param name="budget">Time to spend on all of them together, and rounds.</param>
    public MemoryTimes Measure(IReadOnlyList<KernelCase> cases, TimeBudget budget)
    {
        using var workspace = new Workspace(device);
        (DeviceSpan<float> from, DeviceSpan<float> to) = (workspace.Signed(Elements), workspace.Output(Elements));
        Action<IKernels>[] rows = [.. cases.Select(c => c.Prepare(workspace))];
        List<double> byKernel = [], byThreads = [];
        List<double>[] times = [.. rows.Select(static _ => new List<double>())];
        long start = 0;
        for (int round = -1; round < budget.MaxSamples; round++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                byKernel.Add(Time(() => device.Kernels.Copy(from, to)));
                byThreads.Add(Time(() => CopyOnThreads(from.Address, to.Address)));
                times[i].Add(Time(() => rows[i](device.Kernels)));
            }
            if (round < 0)
            {
                // The warm-up is no sample.
                Array.ForEach([byKernel, byThreads, .. times], static t => t.Clear());
                start = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(start).TotalSeconds is var spent && (spent > budget.PatienceSeconds || (spent > budget.Seconds && round >= budget.MinSamples - 1)))
            {
                break;
            }
        }
        return new(Gbps(Math.Min(Timing.Median(byKernel), Timing.Median(byThreads))), Gbps(Math.Min(byKernel.Min(), byThreads.Min())), [.. times.Select(Timing.Median)]);
    }

    private static double Gbps(double seconds) => 2.0 * Elements * sizeof(float) / seconds / 1e9;

    private double Time(Action call)
    {
        long start = Stopwatch.GetTimestamp();
        call();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private unsafe void CopyOnThreads(nint from, nint to)
    {
        long part = Elements * (long)sizeof(float) / threads;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
            Buffer.MemoryCopy((byte*)from + i * part, (byte*)to + i * part, part, part));
    }
}
