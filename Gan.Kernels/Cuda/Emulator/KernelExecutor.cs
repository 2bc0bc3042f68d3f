using System.Runtime.CompilerServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>
/// Runs launches on the processor, blocks spread over threads. Results do not depend on the number of threads; of several errors the one in the lowest block
/// is reported. One launch at a time.
/// </summary>
/// <param name="memory">Global memory.</param>
/// <param name="threads">Threads that run blocks.</param>
internal sealed unsafe class KernelExecutor(DeviceMemory memory, int threads)
{
    /// <summary>Threads that a block may have on every NVIDIA GPU.</summary>
    public const int MaxThreadsPerBlock = 1024;

    /// <summary>Shared memory of a block on compute capability 9.0, static and dynamic.</summary>
    public const int MaxSharedBytes = 227 * 1024;

    private readonly BlockRunner?[] _runners = new BlockRunner?[Math.Max(threads, 1)];
    private readonly GlobalRaces _races = new();
    private readonly ConditionalWeakTable<ModuleLayout, Dictionary<string, nint>> _globals = [];

    /// <summary>Most instructions of a warp between two barriers, or to the end.</summary>
    public long InstructionBudget { get; set; } = 1L << 26;

    /// <summary>Instructions of warps executed since the start.</summary>
    public long Executed { get; private set; }

    /// <summary>Whether two blocks of a launch that use a global address, one of them to write, are an error. Slow; blocks then run on one thread.</summary>
    public bool WatchesBlocks { get; set; }

    /// <summary>Whether launches are counted; off, it costs nothing.</summary>
    public bool IsCounting { get; set; }

    /// <summary>When not null, only the blocks run whose number (x fastest) it accepts: for counting on large grids. Results are then incomplete.</summary>
    public Func<long, bool>? Sample { get; set; }

    /// <summary>For counts: how much of a multiprocessor's memory is wished for as shared memory, in percent; -1 without a preference.</summary>
    public int CarveOut { get; set; } = -1;

    /// <summary>Counts of the last launch that was counted.</summary>
    public LaunchCounters? Counters { get; private set; }

    /// <summary>Runs a launch to its end.</summary>
    /// <exception cref="EmulatorException">The launch is malformed, or a thread did what is not allowed; memory then holds what was written so far.</exception>
    public void Run(PtxFunction function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, MemoryUse[]? uses = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        Check(function, grid, block, dynamicShared, parameters);
        Span<byte> copy = stackalloc byte[parameters.Length + 16];
        parameters.CopyTo(copy);
        fixed (byte* pinned = copy)
        {
            var setup = new LaunchSetup(function, memory, grid, block, function.StaticSharedBytes + dynamicShared, pinned, InstructionBudget,
                PlaceGlobals(function.Module)) { IsCounting = IsCounting, CarveOut = CarveOut, Uses = uses, Races = WatchesBlocks ? _races : null };
            _races.NextLaunch(grid.Count);
            RunBlocks(setup);
        }
    }

    private static void Check(PtxFunction function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters)
    {
        string? wrong =
            block.X < 1 || block.Y < 1 || block.Z < 1 || block.Count > MaxThreadsPerBlock || block.Z > 64 ? $"a block of {block} threads; at most {MaxThreadsPerBlock}"
            : grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535 ? $"a grid of {grid} blocks; each at least 1, y and z at most 65535"
            : function.MaxThreads > 0 && block.Count > function.MaxThreads ? $"a block of {block} threads; the kernel is compiled for at most {function.MaxThreads}"
            : dynamicShared < 0 || function.StaticSharedBytes + (long)dynamicShared > MaxSharedBytes
                ? $"{function.StaticSharedBytes} + {dynamicShared} bytes of shared memory; at most {MaxSharedBytes}"
            : parameters.Length != function.ParameterBytes ? $"{parameters.Length} bytes of parameters; the kernel takes {function.ParameterBytes}"
            : null;
        if (wrong != null)
        {
            throw new EmulatorException(EmulatorErrorKind.Launch, function.Name, $"launch with {wrong}");
        }
    }

    /// <summary>Addresses of a module's global variables in this memory; they are placed at its first launch.</summary>
    private Dictionary<string, nint> PlaceGlobals(ModuleLayout module) => _globals.GetValue(module, layout =>
    {
        var places = new Dictionary<string, nint>();
        foreach (PtxVariable variable in layout.Globals.Values)
        {
            places[variable.Name] = memory.Allocate(Math.Max(variable.Bytes, 1));
            var contents = new byte[variable.Bytes];
            variable.Initial?.CopyTo(contents, 0);
            memory.Write(places[variable.Name], contents);
        }

        return places;
    });

    private void RunBlocks(LaunchSetup setup)
    {
        long blocks = setup.Grid.Count, next = 0, executed = 0, ran = 0, firstFailed = long.MaxValue;
        Exception? failure = null;
        var gate = new Lock();
        int workers = setup.Races != null ? 1 : (int)Math.Min(_runners.Length, blocks);
        var counts = new List<BlockCounts>();

        void Work(int worker)
        {
            BlockRunner runner = _runners[worker] ??= new BlockRunner();
            long mine = 0;
            runner.Prepare(setup);
            while (true)
            {
                long n = Interlocked.Increment(ref next) - 1;
                if (n >= blocks || n > Volatile.Read(ref firstFailed))
                {
                    break;
                }

                if (Sample?.Invoke(n) == false)
                {
                    continue;
                }

                try
                {
                    Interlocked.Increment(ref ran);
                    mine += runner.Run(n, setup);
                }
                catch (EmulatorException exception)
                {
                    lock (gate)
                    {
                        if (n < firstFailed)
                        {
                            firstFailed = n;
                            failure = exception;
                        }
                    }
                }
            }

            lock (gate)
            {
                counts.AddRange(runner.Counts is { } count ? [count] : []);
            }

            runner.Release();
            Interlocked.Add(ref executed, mine);
        }

        if (workers == 1)
        {
            Work(0);
        }
        else
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, Work);
        }

        Executed += executed;
        if (setup.IsCounting)
        {
            Counters = new LaunchCounters { Kernel = setup.Function.Name, Blocks = blocks, SampledBlocks = ran };
            counts.ForEach(c => c.AddTo(Counters, setup.Function, ran == 0 ? 0 : (double)blocks / ran));
        }

        if (failure != null)
        {
            throw failure;
        }
    }
}
