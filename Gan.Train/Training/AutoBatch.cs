using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Plans;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>--batch-size auto: the largest of 16, 32 ... 1024 whose forecast fits the memory.</summary>
internal static class AutoBatch
{
    private const int Largest = 1024, Smallest = 16;

    /// <param name="settings">Channels resolved; returned as they are unless the batch size is open.</param>
    /// <param name="device">Where the run goes.</param>
    /// <param name="data">Its images.</param>
    /// <param name="say">Told what was chosen.</param>
    /// <exception cref="UsageException">Not even the smallest fits.</exception>
    public static TrainSettings Resolve(TrainSettings settings, Device device, ImageDataset data, Action<string> say)
    {
        if (settings.BatchSize > 0)
        {
            return settings;
        }
        long available = ImagePlacement.Available(device);
        int batch = Choose(settings, data.Count, data.ImageBytes, available, mayStream: device is not CpuDevice, device.Forecast);
        say($"Batch size {batch}: the largest of {Smallest}, {2 * Smallest} ... {Largest} that fits{(batch < Largest && 2 * batch > data.Count ? $" {data.Count} images" : $" {available >> 20} MiB")}");
        return settings with { BatchSize = batch };
    }

    /// <summary>The batch for so many images and so much memory; fewer images than the smallest batch are one batch.</summary>
    public static int Choose(TrainSettings settings, int images, int imageBytes, long available, bool mayStream, Func<ForecastDevice>? open = null)
    {
        int batch = Largest;
        for (; batch > images; batch /= 2)
        {
            if (batch == Smallest)
            {
                batch = images;
                break;
            }
        }
        for (; batch > 0; batch = batch > Smallest ? batch / 2 : 0)
        {
            TrainSettings tried = settings with { BatchSize = batch };
            var forecast = new MemoryForecast(GanOptions.From(tried), images, imageBytes, tried.TotalSteps(tried.StepsPerEpoch(images)), 0, open);
            if (forecast.Bytes(streamed: false) <= available || (mayStream && forecast.Bytes(streamed: true) <= available))
            {
                return batch;
            }
        }
        throw new UsageException($"--batch-size auto: not even {Math.Min(Smallest, images)} images fit the {available >> 20} MiB that are there; use fewer images, narrower networks, or give a smaller --batch-size.");
    }
}
