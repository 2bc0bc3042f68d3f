using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>The device that the emulator pretends to be.</summary>
/// <param name="ComputeCapability">10 * major + minor.</param>
/// <param name="MemoryBytes">Size of its memory: allocations beyond it fail as on a GPU.</param>
/// <param name="Multiprocessors">Streaming multiprocessors; launch code sizes grids by it.</param>
/// <param name="Devices">How many such devices the driver lists.</param>
/// <param name="QueueLimit">Launches and copies that wait at most; beyond it the oldest run, as a real queue fills up.</param>
internal sealed record EmulatorProfile(int ComputeCapability = 90, long MemoryBytes = 4L << 30, int Multiprocessors = 16, int Devices = 1, int QueueLimit = 1024)
{
    /// <summary>Programmatic dependent launch: "Available starting with devices of compute capability 9.0" (CUDA Programming Guide).</summary>
    public const int DependentLaunchCapability = 90;

    /// <summary>The default device, its memory bounded by half of the host's.</summary>
    public static EmulatorProfile Default => new(MemoryBytes: Math.Min(4L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2));

    /// <summary>Shared memory a block may have when asked for, as the CUDA C++ programming guide's table of compute capabilities has it.</summary>
    public int SharedOptIn => ComputeCapability switch
    {
        < 75 => 96 * 1024,
        < 80 => 64 * 1024,
        80 or 87 => 163 * 1024,
        < 90 => 99 * 1024,
        _ => 227 * 1024,
    };

    /// <summary>Value of an attribute; null for one that this driver does not know.</summary>
    public int? Attribute(CudaAttribute attribute) => attribute switch
    {
        CudaAttribute.MaxThreadsPerBlock => 1024,
        CudaAttribute.MaxSharedMemoryPerBlock => EmulatorDriver.DefaultShared,
        CudaAttribute.WarpSize => 32,
        CudaAttribute.ClockRateKilohertz => 1_000_000,
        CudaAttribute.MultiprocessorCount => Multiprocessors,
        CudaAttribute.ComputeMode => 0,
        CudaAttribute.MemoryClockRateKilohertz => 1_000_000,
        CudaAttribute.GlobalMemoryBusWidth => 256,
        CudaAttribute.L2CacheBytes => 4 << 20,
        CudaAttribute.ComputeCapabilityMajor => ComputeCapability / 10,
        CudaAttribute.ComputeCapabilityMinor => ComputeCapability % 10,
        CudaAttribute.MaxSharedMemoryPerBlockOptIn => SharedOptIn,
        _ => null,
    };
}
