using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Train.Training;

namespace Gan.Tests.Cuda;

/// <summary>A machine with a card, which is the emulator behind a driver that can be made to fail.</summary>
/// <param name="profile">The card; null for the emulator's own.</param>
internal sealed class FailingDevices(EmulatorProfile? profile = null) : IDeviceCatalogue
{
    /// <summary>The driver of the card opened last.</summary>
    public FaultyDriver? Driver { get; private set; }

    public DeviceEntry Emulator => new("cuda-emulator", "an emulator", null) { ComputeCapability = 80 };

    public IReadOnlyList<DeviceEntry> Cuda(out string missing)
    {
        missing = "";
        return [new("cuda:0", "a card", null) { ComputeCapability = 80 }];
    }

    public Device Open(string name, Precision precision) => name == "cpu"
        ? new CpuDevice(1)
        : CudaDevice.OpenEmulator(precision, 1, profile ?? EmulatorProfile.Default, wrap: inner => Driver = new FaultyDriver(inner));
}
