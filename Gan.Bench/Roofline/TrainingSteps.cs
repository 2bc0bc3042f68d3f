using System.Diagnostics;
using Gan.Bench.Cases;
using Gan.Kernels;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Bench.Roofline;

/// <summary>A measured training step.</summary>
/// <param name="Seconds">Median.</param>
/// <param name="ManagedBytes">Managed memory allocated a step, all threads.</param>
/// <param name="PoolBytes">Most that the device's pool and the step's plan held.</param>
internal readonly record struct StepTime(double Seconds, long ManagedBytes, long PoolBytes);

/// <summary>Whole steps of the real trainer, as gan-train runs them, on generated pixels.</summary>
internal static class TrainingSteps
{
    /// <summary>Batches in the data set, so that steps of all but the first epoch's end are alike.</summary>
    public const int Batches = 8;

    /// <summary>Runs the trainer for as long as the budget says; the first steps, which capture and fill the caches, are not counted.</summary>
    /// <param name="device">Where the trainer runs.</param>
    /// <param name="model">Which networks.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="budget">Time to spend.</param>
    /// <param name="together">Steps that are queued together and share a time.</param>
    /// <param name="clock">Seconds that the work it is given took; null: the host's clock, waiting for the device.</param>
    public static StepTime Measure(Device device, ModelKind model, int batch, TimeBudget budget, int together = 1, Func<Action, double>? clock = null)
    {
        GanOptions options = Options(model, batch);
        int elements = options.ImageSize * options.ImageSize * options.Nc;
        using ImageStore images = RandomImages(device, batch * Batches, elements);
        using var trainer = new GanTrainer(device, options, images, latents: null);
        var schedule = new Schedule(images.Count, batch, options.DSteps, epochs: null, steps: long.MaxValue);
        long step = 0;
        void Step()
        {
            for (int i = 0; i < together; i++)
            {
                trainer.Step(schedule[step++]);
            }
        }
        double OnTheHost(Action work)
        {
            long before = Stopwatch.GetTimestamp();
            work();
            device.Synchronize();
            return Stopwatch.GetElapsedTime(before).TotalSeconds;
        }
        clock ??= OnTheHost;
        long start = Stopwatch.GetTimestamp();
        Step();
        if (Stopwatch.GetElapsedTime(start).TotalSeconds < budget.PatienceSeconds)
        {
            Step();
        }
        device.Synchronize();
        var samples = new double[budget.MaxSamples];
        int count = 0;
        start = Stopwatch.GetTimestamp();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        while (count < samples.Length)
        {
            samples[count++] = clock(Step) / together;
            double spent = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (spent > budget.PatienceSeconds || (spent > budget.Seconds && count >= budget.MinSamples))
            {
                break;
            }
        }
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return new(Timing.Median(samples.AsSpan(0, count).ToArray()), allocated / (count * together), device.Memory.PeakReserved);
    }

    /// <summary>The command line's defaults.</summary>
    public static GanOptions Options(ModelKind model, int batch) => model == ModelKind.Dcgan
        ? new()
        {
            Model = model, BatchSize = batch, Lr = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Nz = Layers.Nz, ImageSize = Layers.ImageSize,
            Nc = Layers.Nc, Ngf = Layers.Ngf, Ndf = Layers.Ndf,
        }
        : new()
        {
            Model = model, BatchSize = batch, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = Layers.Nz, ImageSize = 28, Hidden = Layers.Hidden,
        };

    public static unsafe ImageStore RandomImages(Device device, int count, int elements)
    {
        var pixels = new byte[count * elements];
        new Random(20151119).NextBytes(pixels);
        fixed (byte* p = pixels)
        {
            return new ImageStore(device, p, count, elements);
        }
    }
}
