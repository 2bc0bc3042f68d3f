using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Names of result codes as cuda.h spells them, for drivers that have no library to ask.</summary>
internal static class CudaResultText
{
    /// <summary>"NAME: text", or the number.</summary>
    public static string Describe(CudaResult result) => result switch
    {
        CudaResult.Success => "CUDA_SUCCESS: no error",
        CudaResult.InvalidValue => "CUDA_ERROR_INVALID_VALUE: invalid argument",
        CudaResult.OutOfMemory => "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        CudaResult.NotInitialized => "CUDA_ERROR_NOT_INITIALIZED: initialization error",
        CudaResult.Deinitialized => "CUDA_ERROR_DEINITIALIZED: driver shutting down",
        CudaResult.NoDevice => "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
        CudaResult.InvalidDevice => "CUDA_ERROR_INVALID_DEVICE: invalid device ordinal",
        CudaResult.InvalidContext => "CUDA_ERROR_INVALID_CONTEXT: invalid device context",
        CudaResult.NoBinaryForGpu => "CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image is available for execution on the device",
        CudaResult.InvalidPtx => "CUDA_ERROR_INVALID_PTX: a PTX JIT compilation failed",
        CudaResult.InvalidHandle => "CUDA_ERROR_INVALID_HANDLE: invalid resource handle",
        CudaResult.NotFound => "CUDA_ERROR_NOT_FOUND: named symbol not found",
        CudaResult.NotReady => "CUDA_ERROR_NOT_READY: device not ready",
        CudaResult.IllegalAddress => "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered",
        CudaResult.LaunchOutOfResources => "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES: too many resources requested for launch",
        CudaResult.LaunchTimeout => "CUDA_ERROR_LAUNCH_TIMEOUT: the launch timed out and was terminated",
        CudaResult.MisalignedAddress => "CUDA_ERROR_MISALIGNED_ADDRESS: misaligned address",
        CudaResult.LaunchFailed => "CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure",
        CudaResult.SystemDriverMismatch => "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: system has unsupported display driver / cuda driver combination",
        CudaResult.StreamCaptureUnsupported => "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED: operation not permitted when stream is capturing",
        CudaResult.StreamCaptureInvalidated => "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED: operation failed due to a previous error during capture",
        CudaResult.StreamCaptureWrongThread => "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD: attempt to terminate a thread-local capture sequence from another thread",
        _ => $"CUDA error {(int)result}",
    };
}
