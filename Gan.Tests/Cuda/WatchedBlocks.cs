using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Tests.Cuda;

/// <summary>The emulator, watching what the blocks of a launch do to each other: a GPU runs them in no order, the emulator one after the other.</summary>
internal static class WatchedBlocks
{
    /// <param name="precision">How products multiply.</param>
    /// <param name="ptx">Where PTX files come from; those that are shipped if null.</param>
    /// <param name="profile">The device.</param>
    public static CudaDevice Open(Precision precision, Func<string, string?>? ptx = null, EmulatorProfile? profile = null)
    {
        var machine = new PtxMachine(1);
        machine.Executor.WatchesBlocks = true;
        var driver = new EmulatorDriver(machine, profile ?? EmulatorProfile.Default);
        driver.Initialize();
        return new CudaDevice(driver, 0, CudaDevice.EmulatorName, precision, ptx ?? PtxResources.Read, driver);
    }
}
