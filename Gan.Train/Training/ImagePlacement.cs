using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Compares the forecast with the device's memory, before anything large is allocated, and decides where the images go.</summary>
internal static class ImagePlacement
{
    /// <summary>Environment variable that, set to 1, has images sent a step at a time even where all of them fit: their memory is then free for others.</summary>
    public const string StreamVariable = "GAN_STREAM_IMAGES";

    private const double MiB = 1048576.0;

    /// <summary>Left to the driver for code, graphs and its own buffers, bytes.</summary>
    private const long Reserve = 32 << 20;

    /// <summary>Whether a run's images have to be streamed: all of them do not fit the device, one step's do, or <see cref="StreamVariable"/> asks for it.</summary>
    /// <param name="device">Where the run goes.</param>
    /// <param name="forecast">Of this run.</param>
    /// <param name="batchSize">As asked for.</param>
    /// <param name="say">Takes the forecast for the console.</param>
    /// <exception cref="UsageException">The run does not fit; the message says what would.</exception>
    public static bool MustStream(Device device, MemoryForecast forecast, int batchSize, Action<string> say)
    {
        long available = Available(device), bytes = forecast.Bytes(streamed: false);
        bool asked = Environment.GetEnvironmentVariable(StreamVariable) == "1", streamed = (bytes > available || asked) && device is not CpuDevice;
        string why = bytes > available ? "; all images do not fit it, so each step's are sent to it" : $"; each step's images are sent to it, as {StreamVariable}=1 asks";
        if (streamed)
        {
            bytes = forecast.Bytes(streamed: true);
        }
        say($"Memory: {bytes / MiB:0.0} MiB on the device (forecast){(device is CpuDevice ? $", {forecast.ProcessBytes() / MiB:0} MiB for the whole process" : "")}{(streamed ? why : "")}");
        return bytes <= available
            ? streamed
            : throw new UsageException($"the run needs {bytes >> 20} MiB of memory on {device.Name}, {available >> 20} MiB are there; {Advice(forecast, available, batchSize)}.");
    }

    /// <summary>What would fit into <paramref name="available"/> bytes.</summary>
    public static string Advice(MemoryForecast forecast, long available, int batchSize)
    {
        int fits = forecast.LargestBatch(available);
        return fits == 0 ? "not even --batch-size 1 fits: use fewer images or narrower networks"
            : fits < batchSize ? $"--batch-size {fits} fits, {batchSize} was asked for"
            : "a smaller --batch-size needs less";
    }

    /// <summary>Bytes a run may take: what is free now, and what this program holds already.</summary>
    public static long Available(Device device) => device.FreeMemory() is var (free, _)
        ? Math.Max(0, free + device.Memory.Reserved - Reserve)
        : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The images of a run, put where they go.</summary>
    public static unsafe IImageSource Place(Device device, ImageDataset data, GanOptions options, bool streamed) => streamed
        ? new StreamedImages(device, new HostImages(data.Pointer, data.Count, data.ImageBytes, options.Seed, options.Shuffle),
            (int)Math.Min(data.Count, (long)options.BatchSize * options.DSteps))
        : new ImageStore(device, data.Pointer, data.Count, data.ImageBytes);
}
