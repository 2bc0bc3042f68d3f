namespace Gan.Kernels.Cuda.Driver;

// Memory and copies.
internal sealed unsafe partial class NativeDriver
{
    private const uint MemHostAllocPortable = 1; // CU_MEMHOSTALLOC_PORTABLE: page-locked for every context

    public CudaResult MemoryInfo(out long free, out long total)
    {
        nuint freeBytes = 0, totalBytes = 0;
        CudaResult result = _cuda.MemGetInfo(&freeBytes, &totalBytes);
        (free, total) = ((long)freeBytes, (long)totalBytes);
        return result;
    }

    public CudaResult MemoryAllocate(long bytes, out nint address)
    {
        nint value = 0;
        CudaResult result = _cuda.MemAlloc(&value, (nuint)bytes);
        address = value;
        return result;
    }

    public CudaResult MemoryFree(nint address) => _cuda.MemFree(address);

    public CudaResult HostAllocate(long bytes, out nint address)
    {
        nint value = 0;
        CudaResult result = _cuda.MemHostAlloc(&value, (nuint)bytes, MemHostAllocPortable);
        address = value;
        return result;
    }

    public CudaResult HostFree(nint address) => _cuda.MemFreeHost(address);

    public CudaResult CopyToDeviceAsync(nint destination, nint source, long bytes, nint stream) =>
        _cuda.MemcpyHtoDAsync(destination, source, (nuint)bytes, stream);

    public CudaResult CopyToHostAsync(nint destination, nint source, long bytes, nint stream) =>
        _cuda.MemcpyDtoHAsync(destination, source, (nuint)bytes, stream);

    public CudaResult CopyDeviceAsync(nint destination, nint source, long bytes, nint stream) =>
        _cuda.MemcpyDtoDAsync(destination, source, (nuint)bytes, stream);

    public CudaResult Fill32Async(nint destination, uint value, long count, nint stream) =>
        _cuda.MemsetD32Async(destination, value, (nuint)count, stream);
}
