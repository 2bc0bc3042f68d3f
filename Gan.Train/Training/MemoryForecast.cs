using Gan.Kernels;
using Gan.Kernels.Plans;
using Gan.Train.Models;

namespace Gan.Train.Training;

/// <summary>How much device memory a run will take, by running its first step on a device that only counts.</summary>
internal static class MemoryForecast
{
    /// <summary>Bytes the pool will have reserved after the first step of every kind in an epoch.</summary>
    public static unsafe long Bytes(GanOptions options, int imageCount, int imageElements, Schedule schedule, long latentRows)
    {
        using var device = new ForecastDevice();
        using var images = new ImageStore(device, null, imageCount, imageElements);
        using Core.Tensor? latents = latentRows > 0 ? Core.Tensor.Empty(device, new Core.Shape((int)latentRows, options.Nz)) : null;
        using var trainer = new GanTrainer(device, options, images, latents);
        trainer.Step(schedule[0]);
        if (schedule.TotalSteps >= schedule.StepsPerEpoch)
        {
            trainer.Step(schedule[schedule.StepsPerEpoch - 1]);
        }
        return device.Memory.PeakReserved;
    }
}
