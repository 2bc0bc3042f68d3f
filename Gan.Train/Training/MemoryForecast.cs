using Gan.Kernels;
using Gan.Kernels.Plans;
using Gan.Train.Models;

namespace Gan.Train.Training;

/// <summary>How much device memory a run will take, by running its first step on a device that only counts.</summary>
/// <param name="options">What a step depends on; its batch size is varied.</param>
/// <param name="imageCount">Images of the data set.</param>
/// <param name="imageElements">Bytes an image.</param>
/// <param name="steps">Steps of the run; a partial last batch counts when an epoch is finished.</param>
/// <param name="latentRows">Rows of given latents; 0 for none.</param>
/// <param name="open">Opens a device that counts what the real one would take; null: one whose kernels take nothing.</param>
internal sealed class MemoryForecast(GanOptions options, int imageCount, int imageElements, long steps, long latentRows, Func<ForecastDevice>? open = null)
{
    /// <summary>
    /// What the process holds besides the device's memory when it runs on the cpu, bytes: the runtime, compiled code and stacks (measured; see docs/performance.md),
    /// the images, and a checkpoint's copy of weights and moments.
    /// </summary>
    private const long ProcessBase = 130L << 20;

    private const int PictureRows = 64;

    /// <summary>Bytes the pool will have reserved: the first step of every kind in an epoch, and the sample pictures.</summary>
    /// <param name="streamed">Whether only a step's images are on the device.</param>
    public long Bytes(bool streamed) => Bytes(options, streamed, pictures: true, out _);

    /// <summary>The same for steps alone.</summary>
    public long StepBytes(bool streamed) => Bytes(options, streamed, pictures: false, out _);

    /// <summary>Bytes the whole process will have at its peak, on the cpu, where the device's memory is its own.</summary>
    public long ProcessBytes()
    {
        long device = Bytes(options, streamed: false, pictures: true, out long parameters);
        const int CopiesInACheckpoint = 3; // weights and two moments
        return ProcessBase + device + (long)imageCount * imageElements + CopiesInACheckpoint * sizeof(float) * parameters;
    }

    /// <summary>The largest batch, up to the one asked for, whose forecast stays within <paramref name="available"/> bytes; 0 when none does.</summary>
    public int LargestBatch(long available)
    {
        int fits = 0, tooLarge = options.BatchSize + 1;
        while (tooLarge - fits > 1)
        {
            int batch = fits + (tooLarge - fits) / 2;
            GanOptions smaller = options with { BatchSize = batch };
            if (Bytes(smaller, false, true, out _) <= available || Bytes(smaller, true, true, out _) <= available)
            {
                fits = batch;
            }
            else
            {
                tooLarge = batch;
            }
        }
        return fits;
    }

    private long Bytes(GanOptions options, bool streamed, bool pictures, out long parameters)
    {
        using ForecastDevice device = open?.Invoke() ?? new ForecastDevice();
        var schedule = new Schedule(imageCount, options.BatchSize, options.DSteps, null, steps);
        using var images = new BlankImages(device, imageCount, imageElements, streamed ? (int)Math.Min(imageCount, (long)options.BatchSize * options.DSteps) : imageCount);
        using Core.Tensor? latents = latentRows > 0 ? Core.Tensor.Empty(device, new Core.Shape((int)latentRows, options.Nz)) : null;
        using var trainer = new GanTrainer(device, options, images, latents);
        trainer.Step(schedule[0]);
        if (schedule.TotalSteps >= schedule.StepsPerEpoch)
        {
            trainer.Step(schedule[schedule.StepsPerEpoch - 1]);
        }
        if (pictures)
        {
            trainer.PeekReal(Math.Min(PictureRows, imageCount));
            Sampler.Generate(trainer.NetG, device, new float[Sampler.PassRows * options.Nz], Sampler.PassRows);
        }
        parameters = trainer.NetG.Parameters().Concat(trainer.NetD.Parameters()).Sum(static p => p.Shape.Length);
        return device.Memory.PeakReserved;
    }
}
