namespace Gan.Kernels.Cuda.Driver;

/// <summary>
/// The part of the CUDA driver API that this project uses, one method per driver function, with its handles and result codes. Implemented by the NVIDIA
/// driver (<c>NativeDriver</c>), by the emulator (<c>EmulatorDriver</c>), and by tests that make it fail. Whoever calls checks every result.
/// Handles are opaque; 0 is none. Calls that queue work return before it is done.
/// </summary>
internal interface ICudaDriver
{
    /// <summary>cuInit(0).</summary>
    CudaResult Initialize();

    /// <summary>cuDriverGetVersion: 1000 * major + 10 * minor.</summary>
    CudaResult DriverVersion(out int version);

    /// <summary>cuGetErrorName and cuGetErrorString, as "NAME: text".</summary>
    string Describe(CudaResult result);

    /// <summary>What the driver knows of its last refusal beyond the code (the emulator names kernel, line and thread); null when nothing.</summary>
    string? Detail => null;

    /// <summary>Where to tell which memory is in use, for drivers that check accesses; null for those that don't.</summary>
    IMemoryMarks? Marks => null;

    /// <summary>cuDeviceGetCount.</summary>
    CudaResult DeviceCount(out int count);

    /// <summary>cuDeviceGet.</summary>
    CudaResult DeviceGet(int ordinal, out int device);

    /// <summary>cuDeviceGetName.</summary>
    CudaResult DeviceName(int device, out string name);

    /// <summary>cuDeviceTotalMem, bytes.</summary>
    CudaResult DeviceTotalMemory(int device, out long bytes);

    /// <summary>cuDeviceGetAttribute.</summary>
    CudaResult DeviceAttribute(int device, CudaAttribute attribute, out int value);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    CudaResult PrimaryContextRetain(int device, out nint context);

    /// <summary>cuDevicePrimaryCtxRelease.</summary>
    CudaResult PrimaryContextRelease(int device);

    /// <summary>cuCtxSetCurrent: for the calling thread.</summary>
    CudaResult ContextSetCurrent(nint context);

    /// <summary>cuCtxSynchronize.</summary>
    CudaResult ContextSynchronize();

    /// <summary>cuMemGetInfo, bytes.</summary>
    CudaResult MemoryInfo(out long free, out long total);

    /// <summary>cuMemAlloc: 256-byte aligned.</summary>
    CudaResult MemoryAllocate(long bytes, out nint address);

    /// <summary>cuMemFree.</summary>
    CudaResult MemoryFree(nint address);

    /// <summary>cuMemHostAlloc: page-locked host memory.</summary>
    CudaResult HostAllocate(long bytes, out nint address);

    /// <summary>cuMemFreeHost.</summary>
    CudaResult HostFree(nint address);

    /// <summary>cuMemcpyHtoDAsync; <paramref name="source"/> must stay as it is until the copy is done.</summary>
    CudaResult CopyToDeviceAsync(nint destination, nint source, long bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync; <paramref name="destination"/> must not be touched until the copy is done.</summary>
    CudaResult CopyToHostAsync(nint destination, nint source, long bytes, nint stream);

    /// <summary>cuMemcpyDtoDAsync.</summary>
    CudaResult CopyDeviceAsync(nint destination, nint source, long bytes, nint stream);

    /// <summary>cuMemsetD32Async; <paramref name="count"/> words.</summary>
    CudaResult Fill32Async(nint destination, uint value, long count, nint stream);

    /// <summary>cuStreamCreate, non-blocking.</summary>
    CudaResult StreamCreate(out nint stream);

    /// <summary>cuStreamDestroy.</summary>
    CudaResult StreamDestroy(nint stream);

    /// <summary>cuStreamSynchronize.</summary>
    CudaResult StreamSynchronize(nint stream);

    /// <summary>cuStreamWaitEvent.</summary>
    CudaResult StreamWaitEvent(nint stream, nint @event);

    /// <summary>cuEventCreate; with timing or without.</summary>
    CudaResult EventCreate(bool timing, out nint @event);

    /// <summary>cuEventDestroy.</summary>
    CudaResult EventDestroy(nint @event);

    /// <summary>cuEventRecord.</summary>
    CudaResult EventRecord(nint @event, nint stream);

    /// <summary>cuEventSynchronize.</summary>
    CudaResult EventSynchronize(nint @event);

    /// <summary>cuEventElapsedTime, milliseconds. The emulator gives the time its own work took.</summary>
    CudaResult EventElapsed(nint start, nint end, out float milliseconds);

    /// <summary>cuModuleLoadDataEx with both log buffers; <paramref name="log"/> holds the driver's error and information log.</summary>
    CudaResult ModuleLoad(string ptx, out nint module, out string log);

    /// <summary>cuModuleUnload.</summary>
    CudaResult ModuleUnload(nint module);

    /// <summary>cuModuleGetFunction.</summary>
    CudaResult ModuleGetFunction(nint module, string name, out nint function);

    /// <summary>cuFuncGetAttribute.</summary>
    CudaResult FunctionAttribute(nint function, CudaFunctionAttribute attribute, out int value);

    /// <summary>cuFuncSetAttribute(MAX_DYNAMIC_SHARED_SIZE_BYTES).</summary>
    CudaResult FunctionSetDynamicShared(nint function, int bytes);

    /// <summary>
    /// cuFuncSetAttribute(PREFERRED_SHARED_MEMORY_CARVEOUT): how much of a multiprocessor's memory should be shared memory, in percent of the most; the rest is first-level cache.
    /// A wish that the driver may overrule.
    /// </summary>
    CudaResult FunctionSetCarveOut(nint function, int percent);

    /// <summary>cuLaunchKernel with a packed parameter buffer (CU_LAUNCH_PARAM_BUFFER_POINTER and _SIZE), copied before the return.</summary>
    CudaResult Launch(nint function, Dim3 grid, Dim3 block, int dynamicShared, nint stream, ReadOnlySpan<byte> parameters);

    /// <summary>cuStreamBeginCapture, thread-local mode.</summary>
    CudaResult StreamBeginCapture(nint stream);

    /// <summary>cuStreamEndCapture.</summary>
    CudaResult StreamEndCapture(nint stream, out nint graph);

    /// <summary>cuGraphCreate: without nodes.</summary>
    CudaResult GraphCreate(out nint graph);

    /// <summary>cuGraphAddKernelNode with a packed parameter buffer, copied before the return; the node follows <paramref name="dependencies"/>.</summary>
    CudaResult GraphAddKernelNode(nint graph, ReadOnlySpan<nint> dependencies, nint function, Dim3 grid, Dim3 block, int dynamicShared, ReadOnlySpan<byte> parameters, out nint node);

    /// <summary>Whether <see cref="GraphAddProgrammaticDependencies"/> can be called: CUDA 12.3.</summary>
    bool HasProgrammaticDependencies { get; }

    /// <summary>
    /// cuGraphAddDependencies with edges of type CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC from CU_GRAPH_KERNEL_NODE_PORT_PROGRAMMATIC: the kernel <paramref name="node"/> may come onto the
    /// card as soon as all blocks of the kernels <paramref name="after"/> let it (griddepcontrol.launch_dependents) or have ended; it waits for their end by itself (griddepcontrol.wait).
    /// </summary>
    CudaResult GraphAddProgrammaticDependencies(nint graph, ReadOnlySpan<nint> after, nint node);

    /// <summary>cuGraphInstantiate.</summary>
    CudaResult GraphInstantiate(nint graph, out nint executable);

    /// <summary>cuGraphLaunch.</summary>
    CudaResult GraphLaunch(nint executable, nint stream);

    /// <summary>cuGraphExecDestroy.</summary>
    CudaResult GraphExecutableDestroy(nint executable);

    /// <summary>cuGraphDestroy.</summary>
    CudaResult GraphDestroy(nint graph);
}

/// <summary>
/// Tells a checking driver which parts of its memory hold something, in stream order, so that a kernel that reads a block nobody has written since, or uses
/// more of it than was asked for, is found although the pool took the whole block from the driver long ago. Callable from any thread; never fails.
/// </summary>
internal interface IMemoryMarks
{
    /// <summary>From here on in the stream only the first <paramref name="bytes"/> of the block are in use, and unwritten.</summary>
    void Rented(nint block, long bytes, nint stream);

    /// <summary>From here on in the stream nothing of the block is in use.</summary>
    void Returned(nint block, long blockBytes, nint stream);

    /// <summary><see cref="Rented"/> as a node of a graph.</summary>
    CudaResult GraphAddRented(nint graph, ReadOnlySpan<nint> dependencies, nint block, long bytes, out nint node);

    /// <summary><see cref="Returned"/> as a node of a graph.</summary>
    CudaResult GraphAddReturned(nint graph, ReadOnlySpan<nint> dependencies, nint block, out nint node);

    /// <summary>A kernel node uses nothing but this: anything else is an error.</summary>
    void Declare(nint graph, nint node, MemoryUse[] uses);
}

/// <summary>Device attributes in use (CUdevice_attribute).</summary>
internal enum CudaAttribute
{
    MaxThreadsPerBlock = 1,
    MaxSharedMemoryPerBlock = 8,
    WarpSize = 10,
    ClockRateKilohertz = 13,
    MultiprocessorCount = 16,
    ComputeMode = 20,
    MemoryClockRateKilohertz = 36,
    GlobalMemoryBusWidth = 37,
    L2CacheBytes = 38,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerBlockOptIn = 97,
}

/// <summary>Function attributes in use (CUfunction_attribute).</summary>
internal enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    LocalBytes = 3,
    Registers = 4,
}

/// <summary>Extent of a grid (blocks) or a block (threads).</summary>
internal readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>How many.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
