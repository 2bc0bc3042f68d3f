namespace Gan.Kernels.Cuda;

/// <summary>The CUDA driver (or the emulator in its place) refused a call or a kernel failed. The message says which, why, and what to do.</summary>
public sealed class CudaException : Exception
{
    /// <summary>An error with a text.</summary>
    public CudaException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its cause.</summary>
    public CudaException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The driver's result code (CUresult); 0 when the error is not the driver's.</summary>
    public int DriverCode { get; init; }
}
