namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel ReluForward is being written.");

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) => throw new NotImplementedException("CUDA kernel ReluBackward is being written.");

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope) => throw new NotImplementedException("CUDA kernel LeakyReluForward is being written.");

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode) => throw new NotImplementedException("CUDA kernel LeakyReluBackward is being written.");

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel TanhForward is being written.");

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) => throw new NotImplementedException("CUDA kernel TanhBackward is being written.");

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel SigmoidForward is being written.");

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) => throw new NotImplementedException("CUDA kernel SigmoidBackward is being written.");
}
