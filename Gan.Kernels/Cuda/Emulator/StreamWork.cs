using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Something queued on a stream of the emulator. It runs when somebody waits for it, not before.</summary>
internal abstract class StreamWork
{
    /// <summary>What it is, for messages.</summary>
    public abstract string What { get; }

    /// <summary>Whether a graph may hold it.</summary>
    public virtual bool Capturable => true;

    /// <summary>Whether it counts towards the queue's limit.</summary>
    public virtual bool Counts => true;

    /// <summary>Does it.</summary>
    public abstract void Run(EmulatorDriver driver, IKernelMachine machine);

    /// <summary>Whether it will still touch these host bytes.</summary>
    public virtual bool TouchesHost(nint address, long bytes) => false;
}

/// <summary>A kernel launch.</summary>
internal sealed class LaunchWork(MachineKernel kernel, Dim3 grid, Dim3 block, int dynamicShared, byte[] parameters) : StreamWork
{
    /// <summary>All memory that it may use; null if nobody said.</summary>
    public MemoryUse[]? Uses { get; set; }

    /// <summary>What is launched.</summary>
    public MachineKernel Kernel => kernel;

    public override string What => $"launch of {kernel.Name}";

    public override void Run(EmulatorDriver driver, IKernelMachine machine) => machine.Run(kernel, grid, block, dynamicShared, parameters, Uses);
}

/// <summary>Any other work on the machine's memory.</summary>
internal sealed class MemoryWork(string what, bool counts, Action<IKernelMachine> run) : StreamWork
{
    public override string What => what;

    public override bool Counts => counts;

    public override void Run(EmulatorDriver driver, IKernelMachine machine) => run(machine);
}

/// <summary>
/// A copy from the host. The source is read when the copy runs; if it is not what it was when the copy was queued, whoever queued it changed it too early.
/// </summary>
internal sealed unsafe class UploadWork(nint destination, nint source, long bytes) : StreamWork
{
    private readonly int _hash = HostBytes.Hash(source, bytes);

    public override string What => $"copy of {bytes} bytes to the device";

    public override bool Capturable => false;

    public override bool TouchesHost(nint address, long length) => HostBytes.Overlap(source, bytes, address, length);

    public override void Run(EmulatorDriver driver, IKernelMachine machine)
    {
        if (HostBytes.Hash(source, bytes) != _hash)
        {
            throw new MachineFaultException(CudaResult.LaunchFailed,
                $"the host memory of a queued {What} was changed before the copy ran: wait for the copy (event or stream) first");
        }
        machine.Write(destination, new ReadOnlySpan<byte>((void*)source, checked((int)bytes)));
    }
}

/// <summary>A copy to the host. Until it runs the destination holds poison, which must still be there when it runs.</summary>
internal sealed unsafe class DownloadWork : StreamWork
{
    /// <summary>Fills a destination whose copy has not run: NaN as float, -1 as integer.</summary>
    public const byte Poison = 0xFF;

    private readonly nint _destination, _source;
    private readonly long _bytes;

    public DownloadWork(nint destination, nint source, long bytes)
    {
        (_destination, _source, _bytes) = (destination, source, bytes);
        Target.Fill(Poison);
    }

    public override string What => $"copy of {_bytes} bytes to the host";

    public override bool Capturable => false;

    private Span<byte> Target => new((void*)_destination, checked((int)_bytes));

    public override bool TouchesHost(nint address, long length) => HostBytes.Overlap(_destination, _bytes, address, length);

    public override void Run(EmulatorDriver driver, IKernelMachine machine)
    {
        if (Target.ContainsAnyExcept(Poison))
        {
            throw new MachineFaultException(CudaResult.LaunchFailed,
                $"the host memory of a queued {What} was written before the copy ran: wait for the copy (event or stream) first");
        }
        machine.Read(_source, Target);
    }
}

/// <summary>The point of a stream that an event was recorded at.</summary>
internal sealed class MarkerWork(EmulatorStream stream) : StreamWork
{
    public override string What => "event";

    public override bool Capturable => false;

    public override bool Counts => false;

    /// <summary>The stream it is on.</summary>
    public EmulatorStream Stream => stream;

    /// <summary>Whether all work before it is done.</summary>
    public bool Reached { get; private set; }

    /// <summary>How long the emulator had worked by then, in milliseconds.</summary>
    public double Milliseconds { get; private set; }

    public override void Run(EmulatorDriver driver, IKernelMachine machine) => (Reached, Milliseconds) = (true, driver.WorkMilliseconds);
}

/// <summary>Waits for a point of another stream: runs that stream up to it.</summary>
internal sealed class WaitWork(MarkerWork marker) : StreamWork
{
    public override string What => "wait for an event";

    public override bool Capturable => false;

    public override bool Counts => false;

    public override void Run(EmulatorDriver driver, IKernelMachine machine) => driver.RunUntil(marker);
}

/// <summary>A node of a graph.</summary>
/// <param name="Work">What it does.</param>
/// <param name="After">Places of the nodes that it follows.</param>
/// <param name="WaitsFor">Places of the launches that it waits for by itself, on the card already.</param>
internal sealed record GraphNode(StreamWork Work, int[] After, int[] WaitsFor)
{
    /// <summary>Places of all nodes that must have ended before it may use memory.</summary>
    public IEnumerable<int> Before => After.Concat(WaitsFor);
}

/// <summary>
/// A whole graph. Of the nodes that may run next the one runs that was added last: where an order is not demanded by dependencies, it is as far from the order in which the nodes were
/// made as can be.
/// </summary>
internal sealed class GraphWork(nint executable, GraphNode[] nodes) : StreamWork
{
    public override string What => $"graph of {nodes.Length} nodes";

    public override bool Capturable => false;

    /// <summary>The executable graph it came from.</summary>
    public nint Executable => executable;

    public override void Run(EmulatorDriver driver, IKernelMachine machine)
    {
        int[] waitsFor = [.. nodes.Select(static n => n.Before.Count())];
        ILookup<int, int> followers = nodes.SelectMany(static (n, i) => n.Before.Select(b => (Before: b, After: i))).ToLookup(static e => e.Before, static e => e.After);
        var ready = new PriorityQueue<int, int>(Enumerable.Range(0, nodes.Length).Where(i => waitsFor[i] == 0).Select(static i => (i, -i)));
        while (ready.TryDequeue(out int next, out _))
        {
            nodes[next].Work.Run(driver, machine);
            foreach (int follower in followers[next])
            {
                if (--waitsFor[follower] == 0)
                {
                    ready.Enqueue(follower, -follower);
                }
            }
        }
    }
}

/// <summary>Looks at host memory by address.</summary>
internal static unsafe class HostBytes
{
    public static int Hash(nint address, long bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(new ReadOnlySpan<byte>((void*)address, checked((int)bytes)));
        return hash.ToHashCode();
    }

    public static bool Overlap(nint a, long aBytes, nint b, long bBytes) => a < b + bBytes && b < a + aBytes;
}
