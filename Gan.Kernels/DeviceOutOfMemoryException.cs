namespace Gan.Kernels;

/// <summary>The device has no memory left for a request, cached blocks given back already.</summary>
public sealed class DeviceOutOfMemoryException : Exception
{
    private const double MiB = 1048576.0;

    internal DeviceOutOfMemoryException(string device, long bytes, MemoryStatistics memory, (long Free, long Total)? onDevice = null)
        : base($"{device}: out of memory: asked for {bytes / MiB:0.#} MiB while {memory.InUse / MiB:0.#} MiB are in use "
            + $"({memory.Reserved / MiB:0.#} MiB reserved{OnDevice(onDevice)}). A smaller --batch-size needs less.")
    {
        (RequestedBytes, InUseBytes, ReservedBytes, FreeBytes) = (bytes, memory.InUse, memory.Reserved, onDevice?.Free);
    }

    /// <summary>What was asked for, in bytes.</summary>
    public long RequestedBytes { get; }

    /// <summary>Bytes of live buffers at that time.</summary>
    public long InUseBytes { get; }

    /// <summary>Bytes taken from the device at that time, live or cached.</summary>
    public long ReservedBytes { get; }

    /// <summary>Bytes that were free on the device, for all programs that use it; null when the device can't tell.</summary>
    public long? FreeBytes { get; }

    private static string OnDevice((long Free, long Total)? memory) =>
        memory is (var free, var total) ? $"; {free / MiB:0.#} of {total / MiB:0.#} MiB are free on the device" : "";
}
