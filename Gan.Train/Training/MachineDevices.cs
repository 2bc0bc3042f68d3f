using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>The devices of this machine.</summary>
internal sealed class MachineDevices : IDeviceCatalogue
{
    public DeviceEntry Emulator => throw new UsageException($"--device {DeviceOptions.Emulator}: this version has no CUDA support yet; use --device cpu.");

    public IReadOnlyList<DeviceEntry> Cuda(out string missing)
    {
        missing = "this version has no CUDA support yet";
        return [];
    }

    public Device Open(string name, Precision precision) => OpenCpu();

    /// <exception cref="UsageException">GAN_VECTOR names no vector width.</exception>
    private static CpuDevice OpenCpu()
    {
        try
        {
            return new CpuDevice();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message, e);
        }
    }
}
