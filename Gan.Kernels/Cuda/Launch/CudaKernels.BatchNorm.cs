namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope) => throw new NotImplementedException("CUDA kernel BatchNormForward is being written.");

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope) => throw new NotImplementedException("CUDA kernel BatchNormInference is being written.");

    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode, DeviceSpan<float> dgamma,
        DeviceSpan<float> dbeta, WriteMode parameterMode, int rows, int channels, bool batchStatistics, Activation activation, float slope) => throw new NotImplementedException("CUDA kernel BatchNormBackward is being written.");
}
