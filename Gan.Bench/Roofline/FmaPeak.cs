using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gan.Bench.Roofline;

/// <summary>
/// The most multiply-adds that the processor can do: independent chains in registers, no memory, on every thread at once. Twelve chains hide the
/// latency (4 cycles on two ports need eight) and fit sixteen registers together with the two constants.
/// </summary>
internal static class FmaPeak
{
    private const int Chains = 12;
    private static float s_sink;

    /// <summary>
    /// GFLOP/s of the best of many short samples: the peak is a property of the hardware, and whatever else runs on the machine can only lower a sample.
    /// </summary>
    /// <param name="threads">Threads that compute at once.</param>
    /// <param name="vectorBits">512, 256, 128 or 32 (no vectors).</param>
    /// <param name="seconds">Time to spend.</param>
    public static double Measure(int threads, int vectorBits, double seconds) => vectorBits switch
    {
        512 => Measure<Fma512, Vector512<float>>(threads, seconds),
        256 => Measure<Fma256, Vector256<float>>(threads, seconds),
        128 => Measure<Fma128, Vector128<float>>(threads, seconds),
        32 => Measure<FmaScalar, float>(threads, seconds),
        _ => throw new ArgumentOutOfRangeException(nameof(vectorBits), $"FmaPeak: {vectorBits} is not a vector width; use 512, 256, 128 or 32."),
    };

    private static double Measure<TWidth, TV>(int threads, double seconds) where TWidth : struct, IFmaWidth<TV> where TV : struct
    {
        long rounds = Calibrate<TWidth, TV>();
        double operations = 2.0 * Chains * TWidth.Lanes * rounds * threads, best = 0;
        (long Start, long End)[] times = new (long, long)[threads];
        long deadline = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        bool done = false;
        int arrived = 0;
        // The barrier's action runs while every thread waits: it scores the sample just taken.
        using var barrier = new Barrier(threads, _ =>
        {
            if (times[0].End != 0)
            {
                double elapsed = Stopwatch.GetElapsedTime(times.Min(static t => t.Start), times.Max(static t => t.End)).TotalSeconds;
                best = Math.Max(best, operations / elapsed / 1e9);
                done = Stopwatch.GetTimestamp() >= deadline;
            }
            arrived = 0;
        });
        void Work(int thread)
        {
            while (true)
            {
                barrier.SignalAndWait();
                if (Volatile.Read(ref done))
                {
                    return;
                }
                // The barrier may wake a thread late; a sample starts when all are awake.
                Interlocked.Increment(ref arrived);
                while (Volatile.Read(ref arrived) < threads)
                {
                    Thread.SpinWait(1);
                }
                long start = Stopwatch.GetTimestamp();
                s_sink = Run<TWidth, TV>(rounds);
                times[thread] = (start, Stopwatch.GetTimestamp());
            }
        }
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Work(i)))];
        foreach (Thread thread in others)
        {
            thread.Start();
        }
        Work(0);
        foreach (Thread thread in others)
        {
            thread.Join();
        }
        return best;
    }

    /// <summary>Rounds that take 1 to 2 ms: long against the clock, short against a scheduler's time slice.</summary>
    private static long Calibrate<TWidth, TV>() where TWidth : struct, IFmaWidth<TV> where TV : struct
    {
        for (long rounds = 1 << 14; ; rounds *= 2)
        {
            long start = Stopwatch.GetTimestamp();
            s_sink = Run<TWidth, TV>(rounds);
            if (Stopwatch.GetElapsedTime(start).TotalSeconds > 0.001)
            {
                return rounds;
            }
        }
    }

    /// <summary>Each chain goes to 1: no overflow, no denormal.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Run<TWidth, TV>(long rounds) where TWidth : struct, IFmaWidth<TV> where TV : struct
    {
        TV b = TWidth.Of(0.999f), c = TWidth.Of(0.001f);
        TV a0 = TWidth.Of(0.1f), a1 = TWidth.Of(0.2f), a2 = TWidth.Of(0.3f), a3 = TWidth.Of(0.4f), a4 = TWidth.Of(0.5f), a5 = TWidth.Of(0.6f);
        TV a6 = TWidth.Of(0.7f), a7 = TWidth.Of(0.8f), a8 = TWidth.Of(0.9f), a9 = TWidth.Of(1.1f), a10 = TWidth.Of(1.2f), a11 = TWidth.Of(1.3f);
        for (long i = 0; i < rounds; i++)
        {
            a0 = TWidth.MultiplyAdd(a0, b, c);
            a1 = TWidth.MultiplyAdd(a1, b, c);
            a2 = TWidth.MultiplyAdd(a2, b, c);
            a3 = TWidth.MultiplyAdd(a3, b, c);
            a4 = TWidth.MultiplyAdd(a4, b, c);
            a5 = TWidth.MultiplyAdd(a5, b, c);
            a6 = TWidth.MultiplyAdd(a6, b, c);
            a7 = TWidth.MultiplyAdd(a7, b, c);
            a8 = TWidth.MultiplyAdd(a8, b, c);
            a9 = TWidth.MultiplyAdd(a9, b, c);
            a10 = TWidth.MultiplyAdd(a10, b, c);
            a11 = TWidth.MultiplyAdd(a11, b, c);
        }
        return TWidth.Sum(a0) + TWidth.Sum(a1) + TWidth.Sum(a2) + TWidth.Sum(a3) + TWidth.Sum(a4) + TWidth.Sum(a5)
            + TWidth.Sum(a6) + TWidth.Sum(a7) + TWidth.Sum(a8) + TWidth.Sum(a9) + TWidth.Sum(a10) + TWidth.Sum(a11);
    }
}
