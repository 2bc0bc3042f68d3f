using Gan.Kernels;
using Gan.Train.Cli;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>The device of a run failed. The message says what happened, what is safe, and how to go on.</summary>
internal sealed class DeviceFailureException(string message, Exception inner) : Exception(message, inner);

/// <summary>Adds what the user of a run can do to what the device said.</summary>
internal static class DeviceFailure
{
    /// <param name="failure">A <see cref="Gan.Kernels.Cuda.CudaException"/> or a <see cref="DeviceOutOfMemoryException"/>.</param>
    /// <param name="request">The run; tells whether it has begun, and where it is.</param>
    /// <param name="forecast">Of the run.</param>
    /// <param name="batchSize">Of the run.</param>
    public static Exception Explain(Exception failure, TrainRequest request, MemoryForecast forecast, int batchSize)
    {
        string message = failure.Message;
        if (failure is DeviceOutOfMemoryException memory)
        {
            // What was free then, and what this run had taken already.
            message += $" By the forecast, {ImagePlacement.Advice(forecast, (memory.FreeBytes ?? 0) + memory.ReservedBytes, batchSize)}.";
            if (!request.Begun)
            {
                return new UsageException(message, failure);
            }
        }
        return new DeviceFailureException(request.RunFolder is { } folder
            ? $"{message} The newest checkpoint is intact; go on with --resume {folder}"
            : $"{message} Nothing was written.", failure);
    }
}
