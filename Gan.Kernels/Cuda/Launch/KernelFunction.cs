namespace Gan.Kernels.Cuda.Launch;

/// <summary>A loaded kernel.</summary>
/// <param name="Id">Its names.</param>
/// <param name="Handle">The driver's handle.</param>
/// <param name="StaticShared">Shared memory that it declares itself, in bytes.</param>
/// <param name="Waits">Whether it waits by itself for the grids before it (<see cref="PtxDependentLaunch"/>).</param>
internal sealed record KernelFunction(KernelId Id, nint Handle, int StaticShared, bool Waits)
{
    /// <summary>Dynamic shared memory, in bytes, that launches may ask for so far. Unless told otherwise the driver allows a block 48 KiB in all.</summary>
    public int DynamicSharedLimit { get; set; } = 48 * 1024 - StaticShared;

    /// <summary>Whether the driver was told how much shared memory a multiprocessor should have for it.</summary>
    public bool HasCarveOut { get; set; }
}
