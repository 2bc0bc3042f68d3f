using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>Queues the launches of <see cref="CudaKernels"/> on a device's stream, and notes them while a plan is captured.</summary>
internal sealed class LaunchContext(CudaDevice device, CudaSession session, ModuleCache modules, int computeCapability, int multiprocessors, int mostShared, Precision precision)
    : ILaunchContext
{
    /// <summary>What every block takes besides, from compute capability 8.0 on (CUDA C++ Programming Guide, "Compute Capability 8.x").</summary>
    private const int ReservedShared = 1024;

    public Precision Precision => precision;

    public bool Warpgroups { get => field && precision != Precision.Fp32 && computeCapability == 90; set; } = Environment.GetEnvironmentVariable(CudaDevice.WarpgroupVariable) == "1";

    /// <summary>Whether captured steps become graphs with branches; see <see cref="GraphReplay"/>.</summary>
    public bool Branches { get; set; } = Environment.GetEnvironmentVariable(CudaDevice.BranchVariable) == "1";

    /// <summary>Whether the launches of a captured step are brought onto the card while those before them still work; to be set before kernels are loaded.</summary>
    public bool DependentLaunch { get => modules.DependentLaunch; set => modules.DependentLaunch = value; }

    public int ComputeCapability => computeCapability;

    public int Multiprocessors => multiprocessors;

    /// <summary>Whether to wait after every eager launch, to learn which kernel failed.</summary>
    public bool WaitAfterEach { get; set; } = Environment.GetEnvironmentVariable(CudaDevice.SyncVariable) == "1";

    /// <summary>Where launches are noted as well; null outside <see cref="Device.Capture"/>.</summary>
    public GraphReplay? Recording { get; set; }

    public DeviceBuffer Scratch(long bytes) => device.Allocate(bytes);

    public void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, in KernelParameters parameters, int blocksAtOnce = 0) =>
        Launch(kernel, grid, block, dynamicShared, parameters.Bytes, parameters.Uses, blocksAtOnce);

    /// <summary>A launch that may use any memory.</summary>
    public void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters) => Launch(kernel, grid, block, dynamicShared, parameters, [MemoryUse.Anything], 0);

    private void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, ReadOnlySpan<MemoryUse> uses, int blocksAtOnce)
    {
        session.Enter();
        KernelFunction function = modules.Get(kernel);
        if (dynamicShared > function.DynamicSharedLimit)
        {
            session.Check(session.Driver.FunctionSetDynamicShared(function.Handle, dynamicShared), $"FunctionSetDynamicShared of {kernel}, {dynamicShared} bytes,");
            function.DynamicSharedLimit = dynamicShared;
        }
        if (blocksAtOnce > 0 && !function.HasCarveOut)
        {
            long shared = (long)blocksAtOnce * (function.StaticShared + dynamicShared + ReservedShared), most = mostShared + ReservedShared;
            int percent = (int)Math.Min(100, ((100 * shared) + most - 1) / most);
            session.Check(session.Driver.FunctionSetCarveOut(function.Handle, percent), $"FunctionSetCarveOut of {kernel}, {percent} %,");
            function.HasCarveOut = true;
        }
        Queue(function, grid, block, dynamicShared, parameters);
        Recording?.Note(function, grid, block, dynamicShared, parameters, uses);
        if (WaitAfterEach)
        {
            session.Synchronize();
        }
    }

    /// <summary>Queues a launch whose kernel is loaded and may have its shared memory: all that a replay needs.</summary>
    public void Queue(KernelFunction function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters)
    {
        CudaResult result = session.Driver.Launch(function.Handle, grid, block, dynamicShared, session.Stream, parameters);
        if (result != CudaResult.Success)
        {
            throw session.Failure(result, $"Launch of {function.Id}, grid {grid}, block {block}, {dynamicShared} bytes of dynamic shared memory, {parameters.Length} bytes of arguments,");
        }
        session.LastKernel = function.Id.ToString();
        session.Queued();
    }
}
