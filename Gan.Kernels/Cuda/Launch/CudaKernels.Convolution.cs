namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> y, ConvDims dims,
        WriteMode mode) => throw new NotImplementedException("CUDA kernel ConvForward is being written.");

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> dx, ConvDims dims,
        WriteMode mode) => throw new NotImplementedException("CUDA kernel ConvDataGradient is being written.");

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode) => throw new NotImplementedException("CUDA kernel ConvWeightGradient is being written.");
}
