using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>The devices of this machine.</summary>
internal sealed class MachineDevices : IDeviceCatalogue
{
    private readonly Lazy<CudaSurvey> _survey = new(CudaSurvey.Take);

    public DeviceEntry Emulator { get; } = new(DeviceOptions.Emulator, "runs the CUDA kernels on the processor, slowly, checking every access", null) { ComputeCapability = 80 };

    public IReadOnlyList<DeviceEntry> Cuda(out string missing)
    {
        missing = _survey.Value.Reason ?? "the NVIDIA driver lists no device";
        return [.. _survey.Value.Devices.Select(static d => new DeviceEntry(DeviceOptions.CudaName(d.Ordinal), Describe(d), d.Reason) { ComputeCapability = d.ComputeCapability })];
    }

    public Device Open(string name, Precision precision)
    {
        try
        {
            return name switch
            {
                DeviceOptions.Cpu => new CpuDevice(),
                DeviceOptions.Emulator => CudaDevice.OpenEmulator(precision),
                _ => CudaDevice.Open(DeviceOptions.CudaOrdinal(name) ?? throw new ArgumentException($"{name}: not a device's name."), precision),
            };
        }
        catch (Exception e) when (e is ArgumentException or CudaException)
        {
            throw new UsageException(e.Message, e);
        }
    }

    private static string Describe(CudaDeviceInfo d) => $"{d.Model}, compute capability {d.Capability}, {d.Multiprocessors} multiprocessors, {d.MemoryBytes >> 20} MiB";
}
