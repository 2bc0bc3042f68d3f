using System.Runtime.InteropServices;
using System.Text;

namespace Gan.Kernels.Cuda.Driver;

/// <summary>
/// The NVIDIA driver. Each method is one call of the driver API (CUDA driver API reference) and hands its result on. Constants carry the names
/// of cuda.h.
/// </summary>
internal sealed unsafe partial class NativeDriver : ICudaDriver
{
    private static readonly Lazy<(NativeDriver? Driver, string? Reason)> _loaded = new(static () =>
    {
        CudaLibrary? library = CudaLibrary.TryLoad(CudaLibrary.FileNames, out string? reason);
        return (library is null ? null : new NativeDriver(library), reason);
    });

    private readonly CudaLibrary _cuda;

    /// <summary>A driver over given entry points.</summary>
    public NativeDriver(CudaLibrary library) => _cuda = library;

    /// <summary>The machine's driver, loaded at the first call; null with the reason when there is none.</summary>
    public static NativeDriver? TryLoad(out string? reason)
    {
        (NativeDriver? driver, reason) = _loaded.Value;
        return driver;
    }

    public CudaResult Initialize() => _cuda.Init(0);

    public CudaResult DriverVersion(out int version)
    {
        int value = 0;
        CudaResult result = _cuda.DriverGetVersion(&value);
        version = value;
        return result;
    }

    public string Describe(CudaResult result)
    {
        byte* name = null, text = null;
        string code = _cuda.GetErrorName(result, &name) == CudaResult.Success && name != null
            ? Marshal.PtrToStringUTF8((nint)name)!
            : $"CUDA error {(int)result}";
        return _cuda.GetErrorString(result, &text) == CudaResult.Success && text != null ? $"{code}: {Marshal.PtrToStringUTF8((nint)text)}" : code;
    }

    public CudaResult DeviceCount(out int count)
    {
        int value = 0;
        CudaResult result = _cuda.DeviceGetCount(&value);
        count = value;
        return result;
    }

    public CudaResult DeviceGet(int ordinal, out int device)
    {
        int value = 0;
        CudaResult result = _cuda.DeviceGet(&value, ordinal);
        device = value;
        return result;
    }

    public CudaResult DeviceName(int device, out string name)
    {
        const int Capacity = 256;
        byte* buffer = stackalloc byte[Capacity];
        buffer[0] = 0;
        CudaResult result = _cuda.DeviceGetName(buffer, Capacity, device);
        buffer[Capacity - 1] = 0;
        name = Marshal.PtrToStringUTF8((nint)buffer) ?? "";
        return result;
    }

    public CudaResult DeviceTotalMemory(int device, out long bytes)
    {
        nuint value = 0;
        CudaResult result = _cuda.DeviceTotalMem(&value, device);
        bytes = (long)value;
        return result;
    }

    public CudaResult DeviceAttribute(int device, CudaAttribute attribute, out int value)
    {
        int answer = 0;
        CudaResult result = _cuda.DeviceGetAttribute(&answer, attribute, device);
        value = answer;
        return result;
    }

    public CudaResult PrimaryContextRetain(int device, out nint context)
    {
        nint value = 0;
        CudaResult result = _cuda.DevicePrimaryCtxRetain(&value, device);
        context = value;
        return result;
    }

    public CudaResult PrimaryContextRelease(int device) => _cuda.DevicePrimaryCtxRelease(device);

    public CudaResult ContextSetCurrent(nint context) => _cuda.CtxSetCurrent(context);

    public CudaResult ContextSynchronize() => _cuda.CtxSynchronize();

    /// <summary>Text up to the first 0 byte.</summary>
    private static string Text(ReadOnlySpan<byte> buffer)
    {
        int end = buffer.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }
}
