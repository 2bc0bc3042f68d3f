using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>A kernel by the PTX file that holds it (without suffix, e.g. "activations.sm_70") and its entry's name (e.g. "relu_forward").</summary>
internal readonly record struct KernelId(string File, string Entry)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}/{Entry}";
}

/// <summary>What the launch code of a kernel needs from its device. All work goes to the device's one stream, in order.</summary>
internal interface ILaunchContext
{
    /// <summary>How matrix products multiply on this device.</summary>
    Precision Precision { get; }

    /// <summary>Whether products may run by warpgroups (<see cref="ProductTileKind.Warpgroup"/>).</summary>
    bool Warpgroups { get; }

    /// <summary>10 * major + minor, e.g. 90.</summary>
    int ComputeCapability { get; }

    /// <summary>Streaming multiprocessors; for the size of grids.</summary>
    int Multiprocessors { get; }

    /// <summary>Queues one launch.</summary>
    /// <param name="kernel">What runs.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="dynamicShared">Shared memory of a block in bytes, besides what the kernel declares.</param>
    /// <param name="parameters">The arguments, and which of them are memory that it writes.</param>
    /// <param name="blocksAtOnce">
    /// Blocks that should share a multiprocessor and leave the rest of its memory to the first-level cache; 0: as many as fit. Must be the same in all launches of a kernel.
    /// </param>
    /// <exception cref="CudaException">The driver refused it; the message names the kernel, grid, block and the driver's reason.</exception>
    void Launch(KernelId kernel, Dim3 grid, Dim3 block, int dynamicShared, in KernelParameters parameters, int blocksAtOnce = 0);

    /// <summary>Scratch memory from the active pool; dispose it after the launches that use it are queued (later users come later in the stream).</summary>
    DeviceBuffer Scratch(long bytes);
}
