using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Lets the launch code run without a device: launches go nowhere, scratch memory is counted by a <see cref="Plans.ForecastDevice"/>. The device is told
/// which kernels it will need.
/// </summary>
internal sealed class ForecastContext(Device device, Precision precision, bool warpgroups, int computeCapability, int multiprocessors, Action<KernelId> foreseen) : ILaunchContext
{
    public Precision Precision => precision;

    public bool Warpgroups => warpgroups;

    public int ComputeCapability => computeCapability;

    public int Multiprocessors => multiprocessors;

    public void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, in KernelParameters parameters, int blocksAtOnce = 0) => foreseen(kernel);

    public DeviceBuffer Scratch(long bytes) => device.Allocate(bytes);
}
