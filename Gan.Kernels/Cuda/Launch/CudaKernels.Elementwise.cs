namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void Fill(DeviceSpan<float> y, float value) => throw new NotImplementedException("CUDA kernel Fill is being written.");

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel Copy is being written.");

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel Add is being written.");

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) => throw new NotImplementedException("CUDA kernel Subtract is being written.");

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode) => throw new NotImplementedException("CUDA kernel Multiply is being written.");

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode) => throw new NotImplementedException("CUDA kernel Scale is being written.");

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode) => throw new NotImplementedException("CUDA kernel Broadcast is being written.");

    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode) => throw new NotImplementedException("CUDA kernel Sum is being written.");

    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns) => throw new NotImplementedException("CUDA kernel AddBias is being written.");

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode) => throw new NotImplementedException("CUDA kernel SumRows is being written.");

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) => throw new NotImplementedException("CUDA kernel ChannelsFirstToLast is being written.");

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) => throw new NotImplementedException("CUDA kernel ChannelsLastToFirst is being written.");
}
