namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float low, float high) => throw new NotImplementedException("CUDA kernel PhiloxUniform is being written.");

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float mean, float std) => throw new NotImplementedException("CUDA kernel PhiloxNormal is being written.");
}
