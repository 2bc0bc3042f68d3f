using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>A device that this machine has, or could have.</summary>
/// <param name="Name">As --device takes it.</param>
/// <param name="Description">Model, memory, what it computes with.</param>
/// <param name="Unusable">Why it can't be used; null when it can.</param>
internal sealed record DeviceEntry(string Name, string Description, string? Unusable)
{
    /// <summary>NVIDIA compute capability, 10 * major + minor; 0 for the cpu.</summary>
    public int ComputeCapability { get; init; }
}

/// <summary>Where devices come from. The program has <see cref="MachineDevices"/>; tests put one in its place whose devices fail.</summary>
internal interface IDeviceCatalogue
{
    /// <summary>NVIDIA devices by ordinal, usable or not.</summary>
    /// <param name="missing">Why the list is empty: no driver, no device.</param>
    IReadOnlyList<DeviceEntry> Cuda(out string missing);

    /// <summary>The emulator, always there.</summary>
    DeviceEntry Emulator { get; }

    /// <summary>Opens a device by the name of its entry ("cpu" included).</summary>
    /// <exception cref="Settings.UsageException">It can't be opened; the message says why.</exception>
    Device Open(string name, Precision precision);
}
