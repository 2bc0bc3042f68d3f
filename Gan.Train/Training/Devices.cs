using Gan.Kernels.Cpu;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Opens the device that the settings resolved to.</summary>
internal static class Devices
{
    /// <exception cref="UsageException">GAN_VECTOR names no vector width.</exception>
    public static CpuDevice OpenCpu()
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
