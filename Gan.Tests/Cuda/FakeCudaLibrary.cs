using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Tests.Cuda;

/// <summary>
/// Exports of a driver library, as cuda.h declares them, over any <see cref="ICudaDriver"/>: so the calls that the native driver makes are made, with their
/// names, arguments and pointers, on a machine without a GPU. One driver at a time.
/// </summary>
internal static unsafe class FakeCudaLibrary
{
    private static ICudaDriver _driver = null!;

    /// <summary>What was said in passing, beyond what the interface has room for.</summary>
    public static List<string> Seen { get; } = [];

    /// <summary>The exported name's address, or 0.</summary>
    /// <param name="driver">Who does the work.</param>
    public static Func<string, nint> LookUp(ICudaDriver driver)
    {
        _driver = driver;
        Seen.Clear();
        return static name => Exports.GetValueOrDefault(name);
    }

    /// <summary>Every exported name with its address.</summary>
    public static IReadOnlyDictionary<string, nint> Exports { get; } = new Dictionary<string, nint>
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Init,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, int>)&DriverGetVersion,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorName,
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<int, byte**, int>)&GetErrorString,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, int>)&DeviceGetCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetName,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<nuint*, int, int>)&DeviceTotalMem,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&PrimaryCtxRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&PrimaryCtxRelease,
        ["cuCtxSetCurrent"] = (nint)(delegate* unmanaged<nint, int>)&CtxSetCurrent,
        ["cuCtxSynchronize"] = (nint)(delegate* unmanaged<int>)&CtxSynchronize,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<nuint*, nuint*, int>)&MemGetInfo,
        ["cuMemAlloc_v2"] = (nint)(delegate* unmanaged<ulong*, nuint, int>)&MemAlloc,
        ["cuMemFree_v2"] = (nint)(delegate* unmanaged<ulong, int>)&MemFree,
        ["cuMemHostAlloc"] = (nint)(delegate* unmanaged<void**, nuint, uint, int>)&MemHostAlloc,
        ["cuMemFreeHost"] = (nint)(delegate* unmanaged<void*, int>)&MemFreeHost,
        ["cuMemcpyHtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, nint, int>)&MemcpyHtoDAsync,
        ["cuMemcpyDtoHAsync_v2"] = (nint)(delegate* unmanaged<void*, ulong, nuint, nint, int>)&MemcpyDtoHAsync,
        ["cuMemcpyDtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, nint, int>)&MemcpyDtoDAsync,
        ["cuMemsetD32Async"] = (nint)(delegate* unmanaged<ulong, uint, nuint, nint, int>)&MemsetD32Async,
        ["cuStreamCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&StreamCreate,
        ["cuStreamDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&StreamDestroy,
        ["cuStreamSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&StreamSynchronize,
        ["cuStreamWaitEvent"] = (nint)(delegate* unmanaged<nint, nint, uint, int>)&StreamWaitEvent,
        ["cuEventCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&EventCreate,
        ["cuEventDestroy_v2"] = (nint)(delegate* unmanaged<nint, int>)&EventDestroy,
        ["cuEventRecord"] = (nint)(delegate* unmanaged<nint, nint, int>)&EventRecord,
        ["cuEventSynchronize"] = (nint)(delegate* unmanaged<nint, int>)&EventSynchronize,
        ["cuEventElapsedTime"] = (nint)(delegate* unmanaged<float*, nint, nint, int>)&EventElapsedTime,
        ["cuModuleLoadDataEx"] = (nint)(delegate* unmanaged<nint*, byte*, uint, int*, nuint*, int>)&ModuleLoadDataEx,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, int>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&ModuleGetFunction,
        ["cuFuncGetAttribute"] = (nint)(delegate* unmanaged<int*, int, nint, int>)&FuncGetAttribute,
        ["cuFuncSetAttribute"] = (nint)(delegate* unmanaged<nint, int, int, int>)&FuncSetAttribute,
        ["cuLaunchKernel"] = (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, nuint*, int>)&LaunchKernel,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, int, int>)&StreamBeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, int>)&StreamEndCapture,
        ["cuGraphCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&GraphCreate,
        ["cuGraphAddKernelNode"] = (nint)(delegate* unmanaged<nint*, nint, nint*, nuint, KernelNodeParamsV1*, int>)&GraphAddKernelNode,
        ["cuGraphAddDependencies_v2"] = (nint)(delegate* unmanaged<nint, nint*, nint*, byte*, nuint, int>)&GraphAddDependencies,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&GraphInstantiateWithFlags,
        ["cuGraphInstantiate_v2"] = (nint)(delegate* unmanaged<nint*, nint, nint*, byte*, nuint, int>)&GraphInstantiate,
        ["cuGraphLaunch"] = (nint)(delegate* unmanaged<nint, nint, int>)&GraphLaunch,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphExecDestroy,
        ["cuGraphDestroy"] = (nint)(delegate* unmanaged<nint, int>)&GraphDestroy,
    };

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => flags == 0 ? (int)_driver.Initialize() : 1;

    [UnmanagedCallersOnly]
    private static int DriverGetVersion(int* version) => (int)_driver.DriverVersion(out *version);

    [UnmanagedCallersOnly]
    private static int GetErrorName(int error, byte** text) => ErrorText(error, text, 0);

    [UnmanagedCallersOnly]
    private static int GetErrorString(int error, byte** text) => ErrorText(error, text, 1);

    private static int ErrorText(int error, byte** text, int part)
    {
        string[] parts = _driver.Describe((CudaResult)error).Split(": ");
        *text = parts.Length == 2 ? (byte*)Marshal.StringToCoTaskMemUTF8(parts[part]) : null;
        return parts.Length == 2 ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetCount(int* count) => (int)_driver.DeviceCount(out *count);

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int ordinal) => (int)_driver.DeviceGet(ordinal, out *device);

    [UnmanagedCallersOnly]
    private static int DeviceGetName(byte* name, int length, int device)
    {
        int result = (int)_driver.DeviceName(device, out string text);
        Encoding.UTF8.GetBytes(text + "\0").CopyTo(new Span<byte>(name, length));
        return result;
    }

    [UnmanagedCallersOnly]
    private static int DeviceTotalMem(nuint* bytes, int device)
    {
        int result = (int)_driver.DeviceTotalMemory(device, out long total);
        *bytes = (nuint)total;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetAttribute(int* value, int attribute, int device) => (int)_driver.DeviceAttribute(device, (CudaAttribute)attribute, out *value);

    [UnmanagedCallersOnly]
    private static int PrimaryCtxRetain(nint* context, int device) => (int)_driver.PrimaryContextRetain(device, out *context);

    [UnmanagedCallersOnly]
    private static int PrimaryCtxRelease(int device) => (int)_driver.PrimaryContextRelease(device);

    [UnmanagedCallersOnly]
    private static int CtxSetCurrent(nint context) => (int)_driver.ContextSetCurrent(context);

    [UnmanagedCallersOnly]
    private static int CtxSynchronize() => (int)_driver.ContextSynchronize();

    [UnmanagedCallersOnly]
    private static int MemGetInfo(nuint* free, nuint* total)
    {
        int result = (int)_driver.MemoryInfo(out long freeBytes, out long totalBytes);
        (*free, *total) = ((nuint)freeBytes, (nuint)totalBytes);
        return result;
    }

    [UnmanagedCallersOnly]
    private static int MemAlloc(ulong* address, nuint bytes)
    {
        int result = (int)_driver.MemoryAllocate((long)bytes, out nint made);
        *address = (ulong)made;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int MemFree(ulong address) => (int)_driver.MemoryFree((nint)address);

    [UnmanagedCallersOnly]
    private static int MemHostAlloc(void** address, nuint bytes, uint flags)
    {
        Seen.Add($"host flags {flags}");
        int result = (int)_driver.HostAllocate((long)bytes, out nint made);
        *address = (void*)made;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int MemFreeHost(void* address) => (int)_driver.HostFree((nint)address);

    [UnmanagedCallersOnly]
    private static int MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream) =>
        (int)_driver.CopyToDeviceAsync((nint)destination, (nint)source, (long)bytes, stream);

    [UnmanagedCallersOnly]
    private static int MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream) =>
        (int)_driver.CopyToHostAsync((nint)destination, (nint)source, (long)bytes, stream);

    [UnmanagedCallersOnly]
    private static int MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        (int)_driver.CopyDeviceAsync((nint)destination, (nint)source, (long)bytes, stream);

    [UnmanagedCallersOnly]
    private static int MemsetD32Async(ulong destination, uint value, nuint count, nint stream) =>
        (int)_driver.Fill32Async((nint)destination, value, (long)count, stream);

    [UnmanagedCallersOnly]
    private static int StreamCreate(nint* stream, uint flags)
    {
        Seen.Add($"stream flags {flags}");
        return (int)_driver.StreamCreate(out *stream);
    }

    [UnmanagedCallersOnly]
    private static int StreamDestroy(nint stream) => (int)_driver.StreamDestroy(stream);

    [UnmanagedCallersOnly]
    private static int StreamSynchronize(nint stream) => (int)_driver.StreamSynchronize(stream);

    [UnmanagedCallersOnly]
    private static int StreamWaitEvent(nint stream, nint @event, uint flags) => flags == 0 ? (int)_driver.StreamWaitEvent(stream, @event) : 1;

    [UnmanagedCallersOnly]
    private static int EventCreate(nint* @event, uint flags)
    {
        Seen.Add($"event flags {flags}");
        return (int)_driver.EventCreate((flags & 2) == 0, out *@event);
    }

    [UnmanagedCallersOnly]
    private static int EventDestroy(nint @event) => (int)_driver.EventDestroy(@event);

    [UnmanagedCallersOnly]
    private static int EventRecord(nint @event, nint stream) => (int)_driver.EventRecord(@event, stream);

    [UnmanagedCallersOnly]
    private static int EventSynchronize(nint @event) => (int)_driver.EventSynchronize(@event);

    [UnmanagedCallersOnly]
    private static int EventElapsedTime(float* milliseconds, nint start, nint end) => (int)_driver.EventElapsed(start, end, out *milliseconds);

    [UnmanagedCallersOnly]
    private static int ModuleLoadDataEx(nint* module, byte* image, uint count, int* options, nuint* values)
    {
        int result = (int)_driver.ModuleLoad(Marshal.PtrToStringUTF8((nint)image)!, out *module, out string log);
        for (int i = 0; i < count; i++)
        {
            // Log buffers come before their sizes here: 3 and 4 information, 5 and 6 errors.
            if (options[i] is 3 or 5)
            {
                int size = (int)values[Array.IndexOf(new ReadOnlySpan<int>(options, (int)count).ToArray(), options[i] + 1)];
                byte[] text = Encoding.UTF8.GetBytes(options[i] == 5 ? log : "info: compiled for sm_80");
                text.AsSpan(0, Math.Min(text.Length, size - 1)).CopyTo(new Span<byte>((void*)values[i], size));
            }
        }
        return result;
    }

    [UnmanagedCallersOnly]
    private static int ModuleUnload(nint module) => (int)_driver.ModuleUnload(module);

    [UnmanagedCallersOnly]
    private static int ModuleGetFunction(nint* function, nint module, byte* name) =>
        (int)_driver.ModuleGetFunction(module, Marshal.PtrToStringUTF8((nint)name)!, out *function);

    [UnmanagedCallersOnly]
    private static int FuncGetAttribute(int* value, int attribute, nint function) =>
        (int)_driver.FunctionAttribute(function, (CudaFunctionAttribute)attribute, out *value);

    [UnmanagedCallersOnly]
    private static int FuncSetAttribute(nint function, int attribute, int value) =>
        attribute switch
        {
            8 => (int)_driver.FunctionSetDynamicShared(function, value), // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
            9 => (int)_driver.FunctionSetCarveOut(function, value), // CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT
            _ => 1,
        };

    [UnmanagedCallersOnly]
    private static int LaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, nint stream,
        void** parameters, nuint* extra)
    {
        return parameters != null ? 1
            : (int)_driver.Launch(function, new Dim3((int)gridX, (int)gridY, (int)gridZ), new Dim3((int)blockX, (int)blockY, (int)blockZ), (int)shared, stream, Packed(extra));
    }

    private static ReadOnlySpan<byte> Packed(nuint* extra)
    {
        ReadOnlySpan<byte> packed = [];
        for (nuint* entry = extra; entry != null && *entry != 0; entry += 2) // 0: CU_LAUNCH_PARAM_END
        {
            packed = *entry switch
            {
                1 => new ReadOnlySpan<byte>((void*)entry[1], int.MaxValue), // CU_LAUNCH_PARAM_BUFFER_POINTER
                2 => packed[..(int)*(nuint*)entry[1]], // CU_LAUNCH_PARAM_BUFFER_SIZE
                _ => throw new NotSupportedException(),
            };
        }
        return packed;
    }

    /// <summary>CUDA_KERNEL_NODE_PARAMS_v1 of cuda.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct KernelNodeParamsV1
    {
        public nint Func;
        public uint GridDimX, GridDimY, GridDimZ, BlockDimX, BlockDimY, BlockDimZ, SharedMemBytes;
        public void** KernelParams;
        public nuint* Extra;
    }

    [UnmanagedCallersOnly]
    private static int GraphCreate(nint* graph, uint flags) => flags == 0 ? (int)_driver.GraphCreate(out *graph) : 1;

    [UnmanagedCallersOnly]
    private static int GraphAddKernelNode(nint* node, nint graph, nint* dependencies, nuint count, KernelNodeParamsV1* p)
    {
        Seen.Add($"node after {count}");
        return p->KernelParams != null ? 1
            : (int)_driver.GraphAddKernelNode(graph, new(dependencies, (int)count), p->Func, new Dim3((int)p->GridDimX, (int)p->GridDimY, (int)p->GridDimZ),
                new Dim3((int)p->BlockDimX, (int)p->BlockDimY, (int)p->BlockDimZ), (int)p->SharedMemBytes, Packed(p->Extra), out *node);
    }

    /// <summary>An edge's annotation is eight bytes: from_port, to_port, type, and five that must be 0.</summary>
    [UnmanagedCallersOnly]
    private static int GraphAddDependencies(nint graph, nint* from, nint* to, byte* edges, nuint count)
    {
        Seen.Add($"edges {string.Join(' ', new ReadOnlySpan<byte>(edges, 8 * (int)count).ToArray())}");
        return new ReadOnlySpan<nint>(to, (int)count).ContainsAnyExcept(*to) ? 1 : (int)_driver.GraphAddProgrammaticDependencies(graph, new(from, (int)count), *to);
    }

    [UnmanagedCallersOnly]
    private static int StreamBeginCapture(nint stream, int mode)
    {
        Seen.Add($"capture mode {mode}");
        return (int)_driver.StreamBeginCapture(stream);
    }

    [UnmanagedCallersOnly]
    private static int StreamEndCapture(nint stream, nint* graph) => (int)_driver.StreamEndCapture(stream, out *graph);

    [UnmanagedCallersOnly]
    private static int GraphInstantiateWithFlags(nint* executable, nint graph, ulong flags)
    {
        Seen.Add($"graph flags {flags}");
        return (int)_driver.GraphInstantiate(graph, out *executable);
    }

    [UnmanagedCallersOnly]
    private static int GraphInstantiate(nint* executable, nint graph, nint* errorNode, byte* log, nuint logBytes)
    {
        Seen.Add($"graph log {logBytes}");
        return (int)_driver.GraphInstantiate(graph, out *executable);
    }

    [UnmanagedCallersOnly]
    private static int GraphLaunch(nint executable, nint stream) => (int)_driver.GraphLaunch(executable, stream);

    [UnmanagedCallersOnly]
    private static int GraphExecDestroy(nint executable) => (int)_driver.GraphExecutableDestroy(executable);

    [UnmanagedCallersOnly]
    private static int GraphDestroy(nint graph) => (int)_driver.GraphDestroy(graph);
}
