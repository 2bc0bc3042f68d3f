namespace Gan.Kernels.Cuda.Driver;

// Streams, events, graphs.
internal sealed unsafe partial class NativeDriver
{
    private const uint StreamNonBlocking = 1; // CU_STREAM_NON_BLOCKING: no implicit order with the legacy default stream
    private const uint EventDefault = 0, EventDisableTiming = 2; // CU_EVENT_DEFAULT, CU_EVENT_DISABLE_TIMING
    private const int CaptureModeThreadLocal = 1; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
    private const byte KernelNodePortProgrammatic = 1, DependencyTypeProgrammatic = 1; // CU_GRAPH_KERNEL_NODE_PORT_PROGRAMMATIC, CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC

    public CudaResult StreamCreate(out nint stream)
    {
        nint value = 0;
        CudaResult result = _cuda.StreamCreate(&value, StreamNonBlocking);
        stream = value;
        return result;
    }

    public CudaResult StreamDestroy(nint stream) => _cuda.StreamDestroy(stream);

    public CudaResult StreamSynchronize(nint stream) => _cuda.StreamSynchronize(stream);

    public CudaResult StreamWaitEvent(nint stream, nint @event) => _cuda.StreamWaitEvent(stream, @event, 0);

    public CudaResult EventCreate(bool timing, out nint @event)
    {
        nint value = 0;
        CudaResult result = _cuda.EventCreate(&value, timing ? EventDefault : EventDisableTiming);
        @event = value;
        return result;
    }

    public CudaResult EventDestroy(nint @event) => _cuda.EventDestroy(@event);

    public CudaResult EventRecord(nint @event, nint stream) => _cuda.EventRecord(@event, stream);

    public CudaResult EventSynchronize(nint @event) => _cuda.EventSynchronize(@event);

    public CudaResult EventElapsed(nint start, nint end, out float milliseconds)
    {
        float value = 0;
        CudaResult result = _cuda.EventElapsedTime(&value, start, end);
        milliseconds = value;
        return result;
    }

    public CudaResult StreamBeginCapture(nint stream) => _cuda.StreamBeginCapture(stream, CaptureModeThreadLocal);

    public CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        nint value = 0;
        CudaResult result = _cuda.StreamEndCapture(stream, &value);
        graph = value;
        return result;
    }

    public CudaResult GraphCreate(out nint graph)
    {
        nint value = 0;
        CudaResult result = _cuda.GraphCreate(&value, 0);
        graph = value;
        return result;
    }

    public CudaResult GraphAddKernelNode(nint graph, ReadOnlySpan<nint> dependencies, nint function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, out nint node)
    {
        nint value = 0;
        CudaResult result;
        fixed (nint* after = dependencies)
        fixed (byte* buffer = parameters)
        {
            nuint size = (nuint)parameters.Length;
            void** extra = stackalloc void*[5];
            PackedParameters(extra, buffer, &size);
            KernelNodeParams kernel = new()
            {
                Function = function, GridX = (uint)grid.X, GridY = (uint)grid.Y, GridZ = (uint)grid.Z, BlockX = (uint)block.X, BlockY = (uint)block.Y, BlockZ = (uint)block.Z,
                SharedBytes = (uint)dynamicShared, Extra = parameters.IsEmpty ? null : extra,
            };
            result = _cuda.GraphAddKernelNode(&value, graph, after, (nuint)dependencies.Length, &kernel);
        }
        node = value;
        return result;
    }

    public bool HasProgrammaticDependencies => _cuda.GraphAddDependencies != null;

    public CudaResult GraphAddProgrammaticDependencies(nint graph, ReadOnlySpan<nint> after, nint node)
    {
        nint[] to = new nint[after.Length];
        GraphEdge[] edges = new GraphEdge[after.Length];
        Array.Fill(to, node);
        Array.Fill(edges, new GraphEdge { FromPort = KernelNodePortProgrammatic, Type = DependencyTypeProgrammatic });
        fixed (nint* first = after, second = to)
        fixed (GraphEdge* data = edges)
        {
            return _cuda.GraphAddDependencies(graph, first, second, data, (nuint)after.Length);
        }
    }

    public CudaResult GraphInstantiate(nint graph, out nint executable)
    {
        nint value = 0;
        CudaResult result = _cuda.GraphInstantiateWithFlags != null
            ? _cuda.GraphInstantiateWithFlags(&value, graph, 0)
            : _cuda.GraphInstantiateWithLog(&value, graph, null, null, 0);
        executable = value;
        return result;
    }

    public CudaResult GraphLaunch(nint executable, nint stream) => _cuda.GraphLaunch(executable, stream);

    public CudaResult GraphExecutableDestroy(nint executable) => _cuda.GraphExecDestroy(executable);

    public CudaResult GraphDestroy(nint graph) => _cuda.GraphDestroy(graph);
}
