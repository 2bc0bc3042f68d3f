using Gan.Kernels.Cuda.Driver;

namespace Gan.Tests.Cuda;

/// <summary>
/// Passes calls on to a driver until one of them is made to fail: the n-th call of a method gives a code. With a code that ends a context on a real driver,
/// every later call gives it too.
/// </summary>
internal sealed class FaultyDriver(ICudaDriver inner) : ICudaDriver
{
    private readonly Dictionary<string, int> _calls = [];
    private string? _method;
    private int _at, _times;
    private CudaResult _code, _sticky;

    /// <summary>Calls of each method so far, failed ones included.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>From now on the <paramref name="n"/>-th further call of a method gives <paramref name="code"/>, and so do the next ones up to <paramref name="times"/>.</summary>
    public void Fail(string method, CudaResult code, int n = 1, int times = 1, bool sticky = false) =>
        (_method, _at, _times, _code, Sticky) = (method, Count(method) + n, times, code, sticky);

    /// <summary>Whether the failure stays.</summary>
    public bool Sticky { get; private set; }

    public int Count(string method) => _calls.GetValueOrDefault(method);

    private bool Failing(out CudaResult code, [System.Runtime.CompilerServices.CallerMemberName] string method = "")
    {
        int call = _calls[method] = Count(method) + 1;
        code = _sticky;
        if (code == CudaResult.Success && method == _method && call >= _at && call < _at + _times)
        {
            code = _code;
            _sticky = Sticky ? code : CudaResult.Success;
        }
        return code != CudaResult.Success;
    }

    public string? Detail => _sticky == CudaResult.Success ? inner.Detail : null;

    public IMemoryMarks? Marks => inner.Marks;

    public string Describe(CudaResult result) => inner.Describe(result);

    public CudaResult Initialize() => Failing(out CudaResult code) ? code : inner.Initialize();

    public CudaResult DriverVersion(out int version)
    {
        version = 0;
        return Failing(out CudaResult code) ? code : inner.DriverVersion(out version);
    }

    public CudaResult DeviceCount(out int count)
    {
        count = 0;
        return Failing(out CudaResult code) ? code : inner.DeviceCount(out count);
    }

    public CudaResult DeviceGet(int ordinal, out int device)
    {
        device = 0;
        return Failing(out CudaResult code) ? code : inner.DeviceGet(ordinal, out device);
    }

    public CudaResult DeviceName(int device, out string name)
    {
        name = "";
        return Failing(out CudaResult code) ? code : inner.DeviceName(device, out name);
    }

    public CudaResult DeviceTotalMemory(int device, out long bytes)
    {
        bytes = 0;
        return Failing(out CudaResult code) ? code : inner.DeviceTotalMemory(device, out bytes);
    }

    public CudaResult DeviceAttribute(int device, CudaAttribute attribute, out int value)
    {
        value = 0;
        return Failing(out CudaResult code) ? code : inner.DeviceAttribute(device, attribute, out value);
    }

    public CudaResult PrimaryContextRetain(int device, out nint context)
    {
        context = 0;
        return Failing(out CudaResult code) ? code : inner.PrimaryContextRetain(device, out context);
    }

    public CudaResult PrimaryContextRelease(int device)
    {
        // The process's objects go all the same, as when it ends.
        CudaResult result = inner.PrimaryContextRelease(device);
        return Failing(out CudaResult code) ? code : result;
    }

    public CudaResult ContextSetCurrent(nint context) => Failing(out CudaResult code) ? code : inner.ContextSetCurrent(context);

    public CudaResult ContextSynchronize() => Failing(out CudaResult code) ? code : inner.ContextSynchronize();

    public CudaResult MemoryInfo(out long free, out long total)
    {
        (free, total) = (0, 0);
        return Failing(out CudaResult code) ? code : inner.MemoryInfo(out free, out total);
    }

    public CudaResult MemoryAllocate(long bytes, out nint address)
    {
        address = 0;
        return Failing(out CudaResult code) ? code : inner.MemoryAllocate(bytes, out address);
    }

    public CudaResult MemoryFree(nint address) => Failing(out CudaResult code) ? code : inner.MemoryFree(address);

    public CudaResult HostAllocate(long bytes, out nint address)
    {
        address = 0;
        return Failing(out CudaResult code) ? code : inner.HostAllocate(bytes, out address);
    }

    public CudaResult HostFree(nint address) => Failing(out CudaResult code) ? code : inner.HostFree(address);

    public CudaResult CopyToDeviceAsync(nint destination, nint source, long bytes, nint stream) =>
        Failing(out CudaResult code) ? code : inner.CopyToDeviceAsync(destination, source, bytes, stream);

    public CudaResult CopyToHostAsync(nint destination, nint source, long bytes, nint stream) =>
        Failing(out CudaResult code) ? code : inner.CopyToHostAsync(destination, source, bytes, stream);

    public CudaResult CopyDeviceAsync(nint destination, nint source, long bytes, nint stream) =>
        Failing(out CudaResult code) ? code : inner.CopyDeviceAsync(destination, source, bytes, stream);

    public CudaResult Fill32Async(nint destination, uint value, long count, nint stream) =>
        Failing(out CudaResult code) ? code : inner.Fill32Async(destination, value, count, stream);

    public CudaResult StreamCreate(out nint stream)
    {
        stream = 0;
        return Failing(out CudaResult code) ? code : inner.StreamCreate(out stream);
    }

    public CudaResult StreamDestroy(nint stream) => Failing(out CudaResult code) ? code : inner.StreamDestroy(stream);

    public CudaResult StreamSynchronize(nint stream) => Failing(out CudaResult code) ? code : inner.StreamSynchronize(stream);

    public CudaResult StreamWaitEvent(nint stream, nint @event) => Failing(out CudaResult code) ? code : inner.StreamWaitEvent(stream, @event);

    public CudaResult EventCreate(bool timing, out nint @event)
    {
        @event = 0;
        return Failing(out CudaResult code) ? code : inner.EventCreate(timing, out @event);
    }

    public CudaResult EventDestroy(nint @event) => Failing(out CudaResult code) ? code : inner.EventDestroy(@event);

    public CudaResult EventRecord(nint @event, nint stream) => Failing(out CudaResult code) ? code : inner.EventRecord(@event, stream);

    public CudaResult EventSynchronize(nint @event) => Failing(out CudaResult code) ? code : inner.EventSynchronize(@event);

    public CudaResult EventElapsed(nint start, nint end, out float milliseconds)
    {
        milliseconds = 0;
        return Failing(out CudaResult code) ? code : inner.EventElapsed(start, end, out milliseconds);
    }

    public CudaResult ModuleLoad(string ptx, out nint module, out string log)
    {
        (module, log) = (0, "");
        return Failing(out CudaResult code) ? code : inner.ModuleLoad(ptx, out module, out log);
    }

    public CudaResult ModuleUnload(nint module) => Failing(out CudaResult code) ? code : inner.ModuleUnload(module);

    public CudaResult ModuleGetFunction(nint module, string name, out nint function)
    {
        function = 0;
        return Failing(out CudaResult code) ? code : inner.ModuleGetFunction(module, name, out function);
    }

    public CudaResult FunctionAttribute(nint function, CudaFunctionAttribute attribute, out int value)
    {
        value = 0;
        return Failing(out CudaResult code) ? code : inner.FunctionAttribute(function, attribute, out value);
    }

    public CudaResult FunctionSetDynamicShared(nint function, int bytes) =>
        Failing(out CudaResult code) ? code : inner.FunctionSetDynamicShared(function, bytes);

    public CudaResult FunctionSetCarveOut(nint function, int percent) =>
        Failing(out CudaResult code) ? code : inner.FunctionSetCarveOut(function, percent);

    public CudaResult Launch(nint function, Dim3 grid, Dim3 block, int dynamicShared, nint stream, ReadOnlySpan<byte> parameters) =>
        Failing(out CudaResult code) ? code : inner.Launch(function, grid, block, dynamicShared, stream, parameters);

    public CudaResult StreamBeginCapture(nint stream) => Failing(out CudaResult code) ? code : inner.StreamBeginCapture(stream);

    public CudaResult StreamEndCapture(nint stream, out nint graph)
    {
        // The capture ends even when it fails.
        CudaResult result = inner.StreamEndCapture(stream, out graph);
        if (Failing(out CudaResult code))
        {
            _ = inner.GraphDestroy(graph);
            (result, graph) = (code, 0);
        }
        return result;
    }

    public CudaResult GraphCreate(out nint graph)
    {
        graph = 0;
        return Failing(out CudaResult code) ? code : inner.GraphCreate(out graph);
    }

    public CudaResult GraphAddKernelNode(nint graph, ReadOnlySpan<nint> dependencies, nint function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, out nint node)
    {
        node = 0;
        return Failing(out CudaResult code) ? code : inner.GraphAddKernelNode(graph, dependencies, function, grid, block, dynamicShared, parameters, out node);
    }

    /// <summary>False for a driver from before CUDA 12.3.</summary>
    public bool HasProgrammaticDependencies { get => field && inner.HasProgrammaticDependencies; set; } = true;

    public CudaResult GraphAddProgrammaticDependencies(nint graph, ReadOnlySpan<nint> after, nint node) =>
        Failing(out CudaResult code) ? code : inner.GraphAddProgrammaticDependencies(graph, after, node);

    public CudaResult GraphInstantiate(nint graph, out nint executable)
    {
        executable = 0;
        return Failing(out CudaResult code) ? code : inner.GraphInstantiate(graph, out executable);
    }

    public CudaResult GraphLaunch(nint executable, nint stream) => Failing(out CudaResult code) ? code : inner.GraphLaunch(executable, stream);

    public CudaResult GraphExecutableDestroy(nint executable) => Failing(out CudaResult code) ? code : inner.GraphExecutableDestroy(executable);

    public CudaResult GraphDestroy(nint graph) => Failing(out CudaResult code) ? code : inner.GraphDestroy(graph);
}
