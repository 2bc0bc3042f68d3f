namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void Fill(DeviceSpan<float> y, float value) => ForEach(new FillOp(value, To(y, y.Length)), y.Length);

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y) => ForEach(new CopyOp(Pointer(x, y.Length), To(y, y.Length)), y.Length);

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        long n = y.Length;
        ForEach(new AddOp(Pointer(a, n), Pointer(b, n), To(y, n)), n);
    }

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        long n = y.Length;
        ForEach(new SubtractOp(Pointer(a, n), Pointer(b, n), To(y, n)), n);
    }

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode)
    {
        long n = y.Length;
        ForEach(new MultiplyOp(Pointer(a, n), Pointer(b, n), To(y, n, mode)), n);
    }

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        long n = y.Length;
        ForEach(new ScaleOp(Pointer(x, n), alpha, To(y, n, mode)), n);
    }

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        if (!y.IsEmpty)
        {
            ForEach(new FillOp(alpha * *AtLeast(s, 1), To(y, y.Length, mode)), y.Length);
        }
    }
}
