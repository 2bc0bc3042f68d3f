namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> bias, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode) => throw new NotImplementedException("CUDA kernel MatMul is being written.");
}
