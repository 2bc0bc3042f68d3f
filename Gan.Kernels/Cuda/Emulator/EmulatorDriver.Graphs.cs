using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

// Captures and graphs; the end of everything.
internal sealed unsafe partial class EmulatorDriver
{
    private readonly Dictionary<nint, List<GraphNode>> _graphs = [];
    private readonly Dictionary<nint, GraphNode[]> _executables = [];

    public CudaResult StreamBeginCapture(nint stream)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_streams.TryGetValue(stream, out EmulatorStream? known))
            {
                return CudaResult.InvalidHandle;
            }
            if (known.Capture is not null)
            {
                return Refuse(CudaResult.InvalidValue, "the stream is being captured already");
            }
            known.Capture = new EmulatorCapture();
            return CudaResult.Success;
        }
    }

    public CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        lock (_lock)
        {
            graph = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_streams.TryGetValue(stream, out EmulatorStream? known))
            {
                return CudaResult.InvalidHandle;
            }
            if (known.Capture is not EmulatorCapture capture)
            {
                return Refuse(CudaResult.InvalidValue, "the stream is not being captured");
            }
            if (capture.Thread != Environment.CurrentManagedThreadId)
            {
                return CudaResult.StreamCaptureWrongThread;
            }
            known.Capture = null;
            if (capture.BrokenBy is string call)
            {
                return Refuse(CudaResult.StreamCaptureInvalidated, $"{call} was called during the capture");
            }
            graph = ++_handles;
            _graphs[graph] = [.. capture.Nodes.Select(static (work, i) => new GraphNode(work, i == 0 ? [] : [i - 1], []))];
            return CudaResult.Success;
        }
    }

    private CudaResult Note(EmulatorCapture capture, Func<StreamWork> make)
    {
        if (capture.BrokenBy is not null)
        {
            return CudaResult.StreamCaptureInvalidated;
        }
        StreamWork work = make();
        if (!work.Capturable)
        {
            capture.BrokenBy = work.What;
            return Refuse(CudaResult.StreamCaptureUnsupported, $"a {work.What} can't be captured");
        }
        capture.Nodes.Add(work);
        return CudaResult.Success;
    }

    public CudaResult GraphCreate(out nint graph) => Create(out graph, handle => _graphs[handle] = []);

    public CudaResult GraphAddKernelNode(nint graph, ReadOnlySpan<nint> dependencies, nint function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, out nint node)
    {
        lock (_lock)
        {
            node = 0;
            return Guard() is var refused and not CudaResult.Success ? refused
                : Prepare(function, grid, block, dynamicShared, parameters, out LaunchWork? launch) is var wrong and not CudaResult.Success ? wrong
                : AddNode(graph, dependencies, launch!, out node);
        }
    }

    /// <inheritdoc/>
    CudaResult IMemoryMarks.GraphAddRented(nint graph, ReadOnlySpan<nint> dependencies, nint block, long bytes, out nint node)
    {
        lock (_lock)
        {
            node = 0;
            return MarkOf("rent", block, machine => Rent(machine, block, bytes)) is { } work ? AddNode(graph, dependencies, work, out node) : CudaResult.InvalidValue;
        }
    }

    /// <inheritdoc/>
    CudaResult IMemoryMarks.GraphAddReturned(nint graph, ReadOnlySpan<nint> dependencies, nint block, out nint node)
    {
        lock (_lock)
        {
            node = 0;
            return MarkOf("return", block, machine => machine.Restrict(block, 0)) is { } work ? AddNode(graph, dependencies, work, out node) : CudaResult.InvalidValue;
        }
    }

    /// <inheritdoc/>
    void IMemoryMarks.Declare(nint graph, nint node, MemoryUse[] uses)
    {
        lock (_lock)
        {
            ((LaunchWork)_graphs[graph][(int)node - 1].Work).Uses = uses;
        }
    }

    /// <summary>Adds a node; its handle is its place in the graph, from 1.</summary>
    private CudaResult AddNode(nint graph, ReadOnlySpan<nint> dependencies, StreamWork work, out nint node)
    {
        node = 0;
        if (!_graphs.TryGetValue(graph, out List<GraphNode>? nodes))
        {
            return CudaResult.InvalidHandle;
        }
        if (!Places(nodes, dependencies, out int[] after))
        {
            return CudaResult.InvalidValue;
        }
        nodes.Add(new GraphNode(work, after, []));
        node = nodes.Count;
        return CudaResult.Success;
    }

    private bool Places(List<GraphNode> nodes, ReadOnlySpan<nint> handles, out int[] places)
    {
        places = new int[handles.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = (int)handles[i] - 1;
            if (places[i] < 0 || places[i] >= nodes.Count)
            {
                Refuse(CudaResult.InvalidValue, $"a node depends on node {handles[i]} of a graph of {nodes.Count}");
                return false;
            }
        }
        return true;
    }

    public bool HasProgrammaticDependencies => true;

    /// <summary>As the real driver, but a kernel that does not begin with its wait is refused: it could read what the kernels before it have yet to write.</summary>
    public CudaResult GraphAddProgrammaticDependencies(nint graph, ReadOnlySpan<nint> after, nint node)
    {
        lock (_lock)
        {
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_graphs.TryGetValue(graph, out List<GraphNode>? nodes))
            {
                return CudaResult.InvalidHandle;
            }
            if (!Places(nodes, [.. after, node], out int[] places))
            {
                return CudaResult.InvalidValue;
            }
            if (_profile.ComputeCapability < EmulatorProfile.DependentLaunchCapability)
            {
                return Refuse(CudaResult.InvalidValue, $"kernels can't be launched before others have ended on sm_{_profile.ComputeCapability}");
            }
            (int[] before, int at) = (places[..^1], places[^1]);
            GraphNode known = nodes[at];
            if (Array.FindIndex(places, p => nodes[p].Work is not LaunchWork) is var other and >= 0)
            {
                return Refuse(CudaResult.InvalidValue, $"a {nodes[places[other]].Work.What} is no kernel: only kernels let others come, or wait by themselves");
            }
            if (Array.Exists(before, b => b >= at) || before.Distinct().Except(known.Before).Count() < before.Length)
            {
                return Refuse(CudaResult.InvalidValue, $"the {known.Work.What} depends on itself, on a later node, or twice on one");
            }
            if (!((LaunchWork)known.Work).Kernel.WaitsForGrids)
            {
                return Refuse(CudaResult.InvalidValue, $"the {known.Work.What} would not wait for the kernels before it: griddepcontrol.wait must be its first instruction");
            }
            nodes[at] = known with { WaitsFor = [.. known.WaitsFor, .. before] };
            return CudaResult.Success;
        }
    }

    public CudaResult GraphInstantiate(nint graph, out nint executable)
    {
        lock (_lock)
        {
            executable = 0;
            if (Guard() is var refused and not CudaResult.Success)
            {
                return refused;
            }
            if (!_graphs.TryGetValue(graph, out List<GraphNode>? nodes))
            {
                return CudaResult.InvalidHandle;
            }
            executable = ++_handles;
            _executables[executable] = [.. nodes];
            return CudaResult.Success;
        }
    }

    public CudaResult GraphLaunch(nint executable, nint stream)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : _executables.TryGetValue(executable, out GraphNode[]? nodes) ? Enqueue(stream, () => new GraphWork(executable, nodes))
                : CudaResult.InvalidHandle;
        }
    }

    public CudaResult GraphExecutableDestroy(nint executable)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused
                : !_executables.Remove(executable) ? CudaResult.InvalidHandle
                : Queued().OfType<GraphWork>().Any(work => work.Executable == executable)
                    ? Fault(CudaResult.LaunchFailed, "an executable graph was destroyed while a launch of it was queued: wait for it first")
                    : CudaResult.Success;
        }
    }

    public CudaResult GraphDestroy(nint graph)
    {
        lock (_lock)
        {
            return Guard() is var refused and not CudaResult.Success ? refused : _graphs.Remove(graph) ? CudaResult.Success : CudaResult.InvalidHandle;
        }
    }

    /// <summary>Frees all objects and memory; queued work is dropped.</summary>
    private void DropEverything()
    {
        foreach (nint block in _blocks.Keys)
        {
            _machine.Free(block);
        }
        foreach (nint block in _hostBlocks.Keys)
        {
            NativeMemory.AlignedFree((void*)block);
        }
        _blocks.Clear();
        _hostBlocks.Clear();
        _streams.Clear();
        _events.Clear();
        _modules.Clear();
        _functions.Clear();
        _graphs.Clear();
        _executables.Clear();
        _used = 0;
    }
}
