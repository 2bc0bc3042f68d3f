namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// What a launch did, for static comparisons of kernels. When only some blocks ran, all figures are scaled by blocks / sampled blocks. Per instruction a
/// guarded-out lane does not count.
/// </summary>
internal sealed class LaunchCounters
{
    /// <summary>The kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Blocks of the grid.</summary>
    public required long Blocks { get; init; }

    /// <summary>Blocks that ran.</summary>
    public required long SampledBlocks { get; init; }

    /// <summary>Instructions issued, one for all lanes of a warp.</summary>
    public double WarpInstructions { get; set; }

    /// <summary>Instructions issued, by mnemonic.</summary>
    public Dictionary<string, double> ByMnemonic { get; } = [];

    /// <summary>Floating-point operations outside tensor cores, over all lanes: fma counts 2; conversions, comparisons, min and max none.</summary>
    public double FloatOperations { get; set; }

    /// <summary>Operations of mma and wgmma: 2 m n k each.</summary>
    public double TensorOperations { get; set; }

    /// <summary>Bytes that lanes loaded from global memory, asynchronous copies included.</summary>
    public double GlobalBytesRead { get; set; }

    /// <summary>Bytes that lanes stored to global memory.</summary>
    public double GlobalBytesWritten { get; set; }

    /// <summary>32-byte sectors touched by global loads, counted per instruction of a warp.</summary>
    public double SectorsRead { get; set; }

    /// <summary>Those of <see cref="SectorsRead"/> that a block's share of the first-level cache did not have: what is asked of the second level.</summary>
    public double SectorsFetched { get; set; }

    /// <summary>32-byte sectors touched by global stores, counted per instruction of a warp.</summary>
    public double SectorsWritten { get; set; }

    /// <summary>Accesses of warps to shared memory.</summary>
    public double SharedAccesses { get; set; }

    /// <summary>Cycles of shared memory beyond the least that their bytes need: bank conflicts.</summary>
    public double BankConflicts { get; set; }
}
