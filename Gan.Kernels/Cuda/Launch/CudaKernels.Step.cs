namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode) => throw new NotImplementedException("CUDA kernel AdvanceState is being written.");

    public void CheckFinite(DeviceSpan<float> x, float limit, uint site, DeviceSpan<uint> step) => throw new NotImplementedException("CUDA kernel CheckFinite is being written.");

    public void AdamAdvance(DeviceSpan<double> state, DeviceSpan<uint> step) => throw new NotImplementedException("CUDA kernel AdamAdvance is being written.");

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step) => throw new NotImplementedException("CUDA kernel Adam is being written.");

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state) => throw new NotImplementedException("CUDA kernel TakeRows is being written.");

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state) => throw new NotImplementedException("CUDA kernel RecordMetrics is being written.");
}
