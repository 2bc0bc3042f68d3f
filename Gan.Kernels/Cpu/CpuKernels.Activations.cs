namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        long n = y.Length;
        ForEach(new ReluOp(Pointer(x, n), To(y, n)), n);
    }

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        long n = dx.Length;
        ForEach(new ReluBackwardOp(Pointer(y, n), Pointer(dy, n), To(dx, n, mode)), n);
    }

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope)
    {
        long n = y.Length;
        ForEach(new LeakyReluOp(Pointer(x, n), To(y, n), slope), n);
    }

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode)
    {
        long n = dx.Length;
        ForEach(new LeakyReluBackwardOp(Pointer(x, n), Pointer(dy, n), To(dx, n, mode), slope), n);
    }

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        long n = y.Length;
        ForEach(new TanhOp(Pointer(x, n), To(y, n)), n);
    }

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        long n = dx.Length;
        ForEach(new TanhBackwardOp(Pointer(y, n), Pointer(dy, n), To(dx, n, mode)), n);
    }

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        long n = y.Length;
        ForEach(new SigmoidOp(Pointer(x, n), To(y, n)), n);
    }

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        long n = dx.Length;
        ForEach(new SigmoidBackwardOp(Pointer(y, n), Pointer(dy, n), To(dx, n, mode)), n);
    }
}
