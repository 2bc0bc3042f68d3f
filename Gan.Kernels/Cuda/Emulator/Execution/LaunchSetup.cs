using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>What all blocks of a launch share.</summary>
internal sealed unsafe class LaunchSetup(PtxFunction function, DeviceMemory memory, Dim3 grid, Dim3 block, int sharedBytes, byte* parameters, long budget,
    IReadOnlyDictionary<string, nint> globals)
{
    /// <summary>The kernel.</summary>
    public PtxFunction Function { get; } = function;

    /// <summary>Global memory.</summary>
    public DeviceMemory Memory { get; } = memory;

    /// <summary>Blocks.</summary>
    public Dim3 Grid { get; } = grid;

    /// <summary>Threads of a block.</summary>
    public Dim3 Block { get; } = block;

    /// <summary>Static and dynamic shared memory together.</summary>
    public int SharedBytes { get; } = sharedBytes;

    /// <summary>The parameters.</summary>
    public byte* Parameters { get; } = parameters;

    /// <summary>Most instructions of a warp between two barriers.</summary>
    public long Budget { get; } = budget;

    /// <summary>Whether instructions and accesses are counted.</summary>
    public bool IsCounting { get; init; }

    /// <summary>All memory that the launch may use; null if nobody said.</summary>
    public MemoryUse[]? Uses { get; init; }

    /// <summary>For counts: see <see cref="KernelExecutor.CarveOut"/>.</summary>
    public int CarveOut { get; init; } = -1;

    /// <summary>Where to watch for blocks that disturb each other, or null.</summary>
    public GlobalRaces? Races { get; init; }

    /// <summary>Device address of a module's global variable.</summary>
    public nint GlobalAddress(string name) => globals[name];

    /// <summary>Index of block number <paramref name="n"/>, x fastest.</summary>
    public Dim3 BlockIndex(long n) => new((int)(n % Grid.X), (int)(n / Grid.X % Grid.Y), (int)(n / Grid.X / Grid.Y));
}
