using System.Diagnostics;
using Gan.Bench.Cases;
using Gan.Bench.Reports;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Settings;

namespace Gan.Bench.Roofline;

/// <summary>
/// Measures the whole table in one process: the peak at the start, in the middle and at the end, kernels and steps between. Of the peak the best
/// sample of all counts, since other work on the machine can only lower one. Times of rows and of copies are medians. Rows are measured in three passes over the table, so that a machine
/// that is disturbed for some seconds disturbs the minority of a row's samples.
/// </summary>
internal sealed class RooflineRun(RooflineSettings settings, TextWriter progress)
{
    private static readonly int[] s_cubes = [512, 1024, 2048];
    private const int Passes = 3;
    private readonly TimeBudget _row = settings.Quick ? new(0.07, 2, 1000, 1) : new(0.2, 3, 1000, 2);
    private readonly TimeBudget _step = settings.Quick ? new(1, 3, 2000, 10) : new(3, 5, 10_000, 25);
    private readonly double _peakSeconds = settings.Quick ? 0.4 : 1;
    private readonly TimeBudget _memory = settings.Quick ? new(3, 7, 1000, 10) : new(8, 7, 1000, 25);
    private readonly List<double> _peaks = [];

    /// <exception cref="UsageException">The environment asks for a vector width that doesn't exist.</exception>
    public (RooflineReport Report, string Description) Measure()
    {
        using CpuDevice device = Open(settings.Threads);
        MeasurePeak();
        KernelCase[] cases = [.. KernelCases.Roofline(KernelCases.DcganBatch, KernelCases.MlpBatch, KernelCases.LargeElements, s_cubes)];
        KernelCase[] large = [.. cases.Where(static c => c.Operations == 0)];
        List<(KernelCase Case, double Seconds)> kernels = [.. MeasurePasses(device, [.. cases.Except(large)])];
        MeasurePeak();
        MemoryTimes memory = new MemoryRows(device, settings.Threads).Measure(large, _memory);
        kernels.AddRange(large.Zip(memory.Seconds));
        device.TrimMemory();
        progress.WriteLine($"{large.Length} memory-bound rows, copy {memory.CopyGbps:0.0} GB/s");
        List<(ModelKind Model, int Batch, StepTime Time)> steps = [];
        foreach ((ModelKind model, int batch) in Steps)
        {
            steps.Add((model, batch, TrainingSteps.Measure(device, model, batch, _step)));
            device.TrimMemory();
            progress.WriteLine($"step {Name(model)} {batch}: {steps[^1].Time.Seconds * 1e3:0.###} ms");
        }
        MeasurePeak();
        (double peak, double bandwidth) = (_peaks.Max(), memory.CopyGbps);
        return (new RooflineReport(device.Name, settings.Threads, Rounded.Of(peak), Rounded.Of(bandwidth),
            [.. kernels.Select(k => KernelRow.From(k.Case, k.Seconds, peak, bandwidth))],
            [.. steps.Select(s => StepRow.From(Name(s.Model), s.Batch, StepOperations.Of(s.Model, s.Batch), s.Time, peak))]) { BestCopyGbps = memory.BestCopyGbps }, device.Description);
    }

    private IEnumerable<(ModelKind Model, int Batch)> Steps
    {
        get
        {
            int[] batches = settings.Quick ? [64, 128] : [16, 32, 64, 128];
            return batches.Select(static b => (ModelKind.Dcgan, b)).Append((ModelKind.Mlp, KernelCases.MlpBatch));
        }
    }

    private static string Name(ModelKind model) => model == ModelKind.Dcgan ? "dcgan" : "mlp";

    private static CpuDevice Open(int threads)
    {
        try
        {
            return new CpuDevice(threads);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    private void MeasurePeak()
    {
        _peaks.Add(FmaPeak.Measure(settings.Threads, SimdWidth.Bits, _peakSeconds));
        progress.WriteLine($"peak {_peaks[^1]:0.0} GFLOP/s");
    }

    private IEnumerable<(KernelCase Case, double Seconds)> MeasurePasses(CpuDevice device, KernelCase[] cases)
    {
        List<double>[] samples = [.. cases.Select(static _ => new List<double>())];
        for (int pass = 0; pass < Passes; pass++)
        {
            for (int i = 0; i < cases.Length; i++)
            {
                samples[i].AddRange(Samples(device, cases[i]));
            }
            progress.WriteLine($"pass {pass + 1} of {Passes} over {cases.Length} rows");
        }
        return cases.Zip(samples.Select(Timing.Median));
    }

    private List<double> Samples(CpuDevice device, KernelCase kernel)
    {
        using var workspace = new Workspace(device);
        Action<IKernels> call = kernel.Prepare(workspace);
        List<double> samples = Timing.Samples(() =>
        {
            call(device.Kernels);
            device.Synchronize();
        }, _row);
        workspace.Dispose();
        device.TrimMemory();
        return samples;
    }
}
