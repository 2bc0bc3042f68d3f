namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss) => throw new NotImplementedException("CUDA kernel BceForward is being written.");

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode) => throw new NotImplementedException("CUDA kernel BceBackward is being written.");

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability) => throw new NotImplementedException("CUDA kernel BceWithLogitsForward is being written.");

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz,
        WriteMode mode) => throw new NotImplementedException("CUDA kernel BceWithLogitsBackward is being written.");
}
