namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std) => throw new NotImplementedException("CUDA kernel GatherNormalize is being written.");
}
