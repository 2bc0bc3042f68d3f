using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Driver;

/// <summary>
/// Entry points of the NVIDIA driver's library. Where cuda.h maps a name to a later version (cuMemAlloc to cuMemAlloc_v2), the exported name is the later
/// one; the unversioned export keeps an older signature and must not be called. All are looked up once, when the library is loaded.
/// </summary>
internal sealed unsafe class CudaLibrary
{
    private readonly Func<string, nint> _lookUp;
    private readonly List<string> _missing = [];

    /// <summary>Looks every entry point up.</summary>
    /// <param name="lookUp">Address of an exported name; 0 when there is none.</param>
    /// <exception cref="EntryPointNotFoundException">Names are missing; the message lists them.</exception>
    public CudaLibrary(Func<string, nint> lookUp)
    {
        _lookUp = lookUp;
        Init = (delegate* unmanaged<uint, CudaResult>)Find("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, CudaResult>)Find("cuDriverGetVersion");
        GetErrorName = (delegate* unmanaged<CudaResult, byte**, CudaResult>)Find("cuGetErrorName");
        GetErrorString = (delegate* unmanaged<CudaResult, byte**, CudaResult>)Find("cuGetErrorString");
        DeviceGetCount = (delegate* unmanaged<int*, CudaResult>)Find("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, CudaResult>)Find("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, CudaResult>)Find("cuDeviceGetName");
        DeviceTotalMem = (delegate* unmanaged<nuint*, int, CudaResult>)Find("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, CudaAttribute, int, CudaResult>)Find("cuDeviceGetAttribute");
        DevicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, CudaResult>)Find("cuDevicePrimaryCtxRetain");
        DevicePrimaryCtxRelease = (delegate* unmanaged<int, CudaResult>)Find("cuDevicePrimaryCtxRelease_v2");
        CtxSetCurrent = (delegate* unmanaged<nint, CudaResult>)Find("cuCtxSetCurrent");
        CtxSynchronize = (delegate* unmanaged<CudaResult>)Find("cuCtxSynchronize");
        MemGetInfo = (delegate* unmanaged<nuint*, nuint*, CudaResult>)Find("cuMemGetInfo_v2");
        MemAlloc = (delegate* unmanaged<nint*, nuint, CudaResult>)Find("cuMemAlloc_v2");
        MemFree = (delegate* unmanaged<nint, CudaResult>)Find("cuMemFree_v2");
        MemHostAlloc = (delegate* unmanaged<nint*, nuint, uint, CudaResult>)Find("cuMemHostAlloc");
        MemFreeHost = (delegate* unmanaged<nint, CudaResult>)Find("cuMemFreeHost");
        MemcpyHtoDAsync = (delegate* unmanaged<nint, nint, nuint, nint, CudaResult>)Find("cuMemcpyHtoDAsync_v2");
        MemcpyDtoHAsync = (delegate* unmanaged<nint, nint, nuint, nint, CudaResult>)Find("cuMemcpyDtoHAsync_v2");
        MemcpyDtoDAsync = (delegate* unmanaged<nint, nint, nuint, nint, CudaResult>)Find("cuMemcpyDtoDAsync_v2");
        MemsetD32Async = (delegate* unmanaged<nint, uint, nuint, nint, CudaResult>)Find("cuMemsetD32Async");
        StreamCreate = (delegate* unmanaged<nint*, uint, CudaResult>)Find("cuStreamCreate");
        StreamDestroy = (delegate* unmanaged<nint, CudaResult>)Find("cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, CudaResult>)Find("cuStreamSynchronize");
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, CudaResult>)Find("cuStreamWaitEvent");
        EventCreate = (delegate* unmanaged<nint*, uint, CudaResult>)Find("cuEventCreate");
        EventDestroy = (delegate* unmanaged<nint, CudaResult>)Find("cuEventDestroy_v2");
        EventRecord = (delegate* unmanaged<nint, nint, CudaResult>)Find("cuEventRecord");
        EventSynchronize = (delegate* unmanaged<nint, CudaResult>)Find("cuEventSynchronize");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, CudaResult>)Find("cuEventElapsedTime");
        ModuleLoadDataEx = (delegate* unmanaged<nint*, byte*, uint, int*, void**, CudaResult>)Find("cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, CudaResult>)Find("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, CudaResult>)Find("cuModuleGetFunction");
        FuncGetAttribute = (delegate* unmanaged<int*, int, nint, CudaResult>)Find("cuFuncGetAttribute");
        FuncSetAttribute = (delegate* unmanaged<nint, int, int, CudaResult>)Find("cuFuncSetAttribute");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CudaResult>)Find("cuLaunchKernel");
        StreamBeginCapture = (delegate* unmanaged<nint, int, CudaResult>)Find("cuStreamBeginCapture_v2");
        StreamEndCapture = (delegate* unmanaged<nint, nint*, CudaResult>)Find("cuStreamEndCapture");
        GraphCreate = (delegate* unmanaged<nint*, uint, CudaResult>)Find("cuGraphCreate");
        // CUDA 12 brought a version whose structure is longer at its end; what is passed here suits both.
        GraphAddKernelNode = (delegate* unmanaged<nint*, nint, nint*, nuint, KernelNodeParams*, CudaResult>)_lookUp("cuGraphAddKernelNode_v2");
        GraphAddKernelNode = GraphAddKernelNode != null ? GraphAddKernelNode
            : (delegate* unmanaged<nint*, nint, nint*, nuint, KernelNodeParams*, CudaResult>)Find("cuGraphAddKernelNode");
        // CUDA 12.3 brought annotations of edges; without it steps are launched as before.
        GraphAddDependencies = (delegate* unmanaged<nint, nint*, nint*, GraphEdge*, nuint, CudaResult>)_lookUp("cuGraphAddDependencies_v2");
        // CUDA 11.4 brought the form with flags; 11.0 to 11.3 have the one with an error node and a log.
        GraphInstantiateWithFlags = (delegate* unmanaged<nint*, nint, ulong, CudaResult>)_lookUp("cuGraphInstantiateWithFlags");
        GraphInstantiateWithLog = GraphInstantiateWithFlags != null ? null
            : (delegate* unmanaged<nint*, nint, nint*, byte*, nuint, CudaResult>)Find("cuGraphInstantiate_v2");
        GraphLaunch = (delegate* unmanaged<nint, nint, CudaResult>)Find("cuGraphLaunch");
        GraphExecDestroy = (delegate* unmanaged<nint, CudaResult>)Find("cuGraphExecDestroy");
        GraphDestroy = (delegate* unmanaged<nint, CudaResult>)Find("cuGraphDestroy");
        if (_missing.Count > 0)
        {
            throw new EntryPointNotFoundException(string.Join(", ", _missing));
        }
    }

    public readonly delegate* unmanaged<uint, CudaResult> Init;
    public readonly delegate* unmanaged<int*, CudaResult> DriverGetVersion;
    public readonly delegate* unmanaged<CudaResult, byte**, CudaResult> GetErrorName;
    public readonly delegate* unmanaged<CudaResult, byte**, CudaResult> GetErrorString;
    public readonly delegate* unmanaged<int*, CudaResult> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, CudaResult> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, CudaResult> DeviceGetName;
    public readonly delegate* unmanaged<nuint*, int, CudaResult> DeviceTotalMem;
    public readonly delegate* unmanaged<int*, CudaAttribute, int, CudaResult> DeviceGetAttribute;
    public readonly delegate* unmanaged<nint*, int, CudaResult> DevicePrimaryCtxRetain;
    public readonly delegate* unmanaged<int, CudaResult> DevicePrimaryCtxRelease;
    public readonly delegate* unmanaged<nint, CudaResult> CtxSetCurrent;
    public readonly delegate* unmanaged<CudaResult> CtxSynchronize;
    public readonly delegate* unmanaged<nuint*, nuint*, CudaResult> MemGetInfo;
    public readonly delegate* unmanaged<nint*, nuint, CudaResult> MemAlloc;
    public readonly delegate* unmanaged<nint, CudaResult> MemFree;
    public readonly delegate* unmanaged<nint*, nuint, uint, CudaResult> MemHostAlloc;
    public readonly delegate* unmanaged<nint, CudaResult> MemFreeHost;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, CudaResult> MemcpyHtoDAsync;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, CudaResult> MemcpyDtoHAsync;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, CudaResult> MemcpyDtoDAsync;
    public readonly delegate* unmanaged<nint, uint, nuint, nint, CudaResult> MemsetD32Async;
    public readonly delegate* unmanaged<nint*, uint, CudaResult> StreamCreate;
    public readonly delegate* unmanaged<nint, CudaResult> StreamDestroy;
    public readonly delegate* unmanaged<nint, CudaResult> StreamSynchronize;
    public readonly delegate* unmanaged<nint, nint, uint, CudaResult> StreamWaitEvent;
    public readonly delegate* unmanaged<nint*, uint, CudaResult> EventCreate;
    public readonly delegate* unmanaged<nint, CudaResult> EventDestroy;
    public readonly delegate* unmanaged<nint, nint, CudaResult> EventRecord;
    public readonly delegate* unmanaged<nint, CudaResult> EventSynchronize;
    public readonly delegate* unmanaged<float*, nint, nint, CudaResult> EventElapsedTime;
    public readonly delegate* unmanaged<nint*, byte*, uint, int*, void**, CudaResult> ModuleLoadDataEx;
    public readonly delegate* unmanaged<nint, CudaResult> ModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, CudaResult> ModuleGetFunction;
    public readonly delegate* unmanaged<int*, int, nint, CudaResult> FuncGetAttribute;
    public readonly delegate* unmanaged<nint, int, int, CudaResult> FuncSetAttribute;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CudaResult> LaunchKernel;
    public readonly delegate* unmanaged<nint, int, CudaResult> StreamBeginCapture;
    public readonly delegate* unmanaged<nint, nint*, CudaResult> StreamEndCapture;
    public readonly delegate* unmanaged<nint*, uint, CudaResult> GraphCreate;
    public readonly delegate* unmanaged<nint*, nint, nint*, nuint, KernelNodeParams*, CudaResult> GraphAddKernelNode;
    public readonly delegate* unmanaged<nint, nint*, nint*, GraphEdge*, nuint, CudaResult> GraphAddDependencies;
    public readonly delegate* unmanaged<nint*, nint, ulong, CudaResult> GraphInstantiateWithFlags;
    public readonly delegate* unmanaged<nint*, nint, nint*, byte*, nuint, CudaResult> GraphInstantiateWithLog;
    public readonly delegate* unmanaged<nint, nint, CudaResult> GraphLaunch;
    public readonly delegate* unmanaged<nint, CudaResult> GraphExecDestroy;
    public readonly delegate* unmanaged<nint, CudaResult> GraphDestroy;

    /// <summary>The library's names on this system, tried in order; none where NVIDIA ships no driver.</summary>
    public static string[] FileNames =>
        OperatingSystem.IsWindows() ? ["nvcuda.dll"] : OperatingSystem.IsLinux() ? ["libcuda.so.1", "libcuda.so"] : [];

    /// <summary>Loads the first of <paramref name="names"/> that is there.</summary>
    /// <param name="names">File names, as the system's loader takes them.</param>
    /// <param name="reason">Why nothing came of it; null on success.</param>
    public static CudaLibrary? TryLoad(ReadOnlySpan<string> names, out string? reason)
    {
        if (names.IsEmpty)
        {
            reason = "NVIDIA has no CUDA driver for this operating system";
            return null;
        }
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                try
                {
                    reason = null;
                    return new CudaLibrary(symbol => NativeLibrary.TryGetExport(library, symbol, out nint address) ? address : 0);
                }
                catch (EntryPointNotFoundException e)
                {
                    reason = $"the NVIDIA driver's {name} lacks {e.Message}; update the driver (CUDA 11.0 or newer is needed)";
                    return null;
                }
            }
        }
        reason = $"no NVIDIA driver: {names[0]} was not found";
        return null;
    }

    private nint Find(string name)
    {
        nint address = _lookUp(name);
        if (address == 0)
        {
            _missing.Add(name);
        }
        return address;
    }
}

/// <summary>CUDA_KERNEL_NODE_PARAMS_v2; the older version ends before the last two, which are not used with a function.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelNodeParams
{
    public nint Function;
    public uint GridX, GridY, GridZ, BlockX, BlockY, BlockZ, SharedBytes;
    public void** Parameters, Extra;
    public nint Kernel, Context;
}

/// <summary>CUgraphEdgeData: eight bytes, of which those that are not named must be 0.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal struct GraphEdge
{
    public byte FromPort, ToPort, Type;
}
