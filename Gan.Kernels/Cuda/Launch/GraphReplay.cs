using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// The launches of one captured step with all their arguments, scratch addresses included, and the CUDA graph made of them at the first replay. Launches
/// are noted below the kernel contract, so a replay repeats grids and addresses exactly, without host work and without renting memory.
/// </summary>
/// <param name="session">The device.</param>
/// <param name="launches">Where launches are queued.</param>
/// <param name="marksLock">Held while marks are noted.</param>
internal sealed class GraphReplay(CudaSession session, LaunchContext launches, Lock marksLock) : IDisposable
{
    /// <summary>Whether launches that use no memory of each other may run in any order, or at once; else the graph is one row. Results are the same, to the bit.</summary>
    private readonly bool _branches = launches.Branches;

    private readonly List<Node> _nodes = [];
    private nint _executable;
    private int _launches;

    /// <summary>Adds a node that follows others to a graph.</summary>
    private delegate CudaResult AddNode(nint graph, ReadOnlySpan<nint> dependencies, out nint node);

    /// <summary>Launches, and how many of them have to run one after the other at least.</summary>
    public (int Launches, int LongestPath) Extent
    {
        get
        {
            Node[] nodes = Noted();
            return (_launches, NodeOrder.LongestPath(Dependencies(nodes), [.. nodes.Select(static n => n.IsLaunch ? 1 : 0)]));
        }
    }

    /// <summary>A launch, or a mark for drivers that check accesses.</summary>
    /// <param name="What">For messages.</param>
    /// <param name="IsLaunch">Whether it is a launch.</param>
    /// <param name="Waits">Whether it is a launch that waits by itself for those before it.</param>
    /// <param name="Uses">What it uses.</param>
    /// <param name="Queue">Queues it on the stream, which is being captured.</param>
    /// <param name="Add">Adds it to a graph, after others that it need not wait for by itself.</param>
    private sealed record Node(string What, bool IsLaunch, bool Waits, MemoryUse[] Uses, Action Queue, AddNode Add);

    /// <summary>Notes a launch.</summary>
    public void Note(KernelFunction function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, ReadOnlySpan<MemoryUse> uses)
    {
        (byte[] copy, MemoryUse[] used) = (parameters.ToArray(), uses.ToArray());
        Note(new(function.Id.ToString(), true, function.Waits, used, () => launches.Queue(function, grid, block, dynamicShared, copy), (nint graph, ReadOnlySpan<nint> dependencies, out nint node) =>
        {
            CudaResult result = session.Driver.GraphAddKernelNode(graph, dependencies, function.Handle, grid, block, dynamicShared, copy, out node);
            if (result == CudaResult.Success)
            {
                session.Driver.Marks?.Declare(graph, node, used);
            }
            return result;
        }));
        _launches++;
    }

    /// <summary>Notes that a block of the plan's pool is rented at this point of the step; for drivers that check accesses.</summary>
    public void NoteRented(IMemoryMarks marks, nint block, long bytes) => Note(new("rent", false, false, [new(block, bytes, true)],
        () => marks.Rented(block, bytes, session.Stream),
        (nint graph, ReadOnlySpan<nint> dependencies, out nint node) => marks.GraphAddRented(graph, dependencies, block, bytes, out node)));

    /// <summary>Notes that a block of the plan's pool is returned at this point of the step.</summary>
    public void NoteReturned(IMemoryMarks marks, nint block, long blockBytes) => Note(new("return", false, false, [new(block, blockBytes, true)],
        () => marks.Returned(block, blockBytes, session.Stream),
        (nint graph, ReadOnlySpan<nint> dependencies, out nint node) => marks.GraphAddReturned(graph, dependencies, block, out node)));

    private void Note(Node node)
    {
        lock (marksLock) // finalizers note returned blocks
        {
            _nodes.Add(node);
        }
    }

    /// <summary>Queues the step once more; the first time, makes the graph.</summary>
    /// <exception cref="CudaException">The driver refused.</exception>
    public void Run()
    {
        if (_launches == 0)
        {
            return;
        }
        session.Enter();
        if (_executable == 0)
        {
            Build();
        }
        session.Check(session.Driver.GraphLaunch(_executable, session.Stream));
        session.Queued();
    }

    private void Build()
    {
        Node[] nodes = Noted();
        nint graph = _branches || Array.Exists(nodes, static n => n.Waits) ? Connect(nodes) : Capture();
        CudaResult result = session.Driver.GraphInstantiate(graph, out nint executable);
        _ = session.Driver.GraphDestroy(graph);
        session.Check(result, $"GraphInstantiate of {_launches} launches");
        _executable = executable;
    }

    /// <summary>The launches in a row.</summary>
    private nint Capture()
    {
        ICudaDriver driver = session.Driver;
        lock (marksLock) // a finalizer's mark must not slip into the graph
        {
            session.Check(driver.StreamBeginCapture(session.Stream));
            try
            {
                foreach (Node node in _nodes)
                {
                    node.Queue();
                }
            }
            catch
            {
                // Leave the stream usable: the capture has to end in any case.
                if (driver.StreamEndCapture(session.Stream, out nint partial) == CudaResult.Success && partial != 0)
                {
                    _ = driver.GraphDestroy(partial);
                }
                throw;
            }
            session.Check(driver.StreamEndCapture(session.Stream, out nint graph));
            return graph;
        }
    }

    /// <summary>Each launch after those that it depends on, or after the one before; where it waits by itself, it need not wait to be launched.</summary>
    private nint Connect(Node[] nodes)
    {
        session.Check(session.Driver.GraphCreate(out nint graph));
        try
        {
            int[][] dependencies = _branches ? Dependencies(nodes) : NodeOrder.Row([.. nodes.Select(static n => n.IsLaunch)]);
            nint[] handles = new nint[nodes.Length];
            for (int i = 0; i < nodes.Length; i++)
            {
                bool waits = nodes[i].Waits;
                nint[] first = [.. dependencies[i].Where(d => !waits || !nodes[d].IsLaunch).Select(d => handles[d])];
                nint[] beside = [.. dependencies[i].Where(d => waits && nodes[d].IsLaunch).Select(d => handles[d])];
                session.Check(nodes[i].Add(graph, first, out handles[i]), $"GraphAddKernelNode of {nodes[i].What}");
                if (beside.Length > 0)
                {
                    session.Check(session.Driver.GraphAddProgrammaticDependencies(graph, beside, handles[i]), $"GraphAddDependencies of {nodes[i].What}");
                }
            }
            return graph;
        }
        catch
        {
            _ = session.Driver.GraphDestroy(graph);
            throw;
        }
    }

    private Node[] Noted()
    {
        lock (marksLock)
        {
            return [.. _nodes];
        }
    }

    private static int[][] Dependencies(Node[] nodes) => NodeOrder.Dependencies([.. nodes.Select(static n => n.Uses)]);

    /// <summary>Destroys the graph; its work is done by then.</summary>
    public void Dispose()
    {
        if (_executable != 0 && session.TryEnter())
        {
            _ = session.Driver.GraphExecutableDestroy(_executable);
        }
        _executable = 0;
    }
}
