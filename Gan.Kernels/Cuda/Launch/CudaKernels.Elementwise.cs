namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string ElementwiseFile = "elementwise.sm_70";

    public void Fill(DeviceSpan<float> y, float value)
    {
        long n = Here(y, nameof(y), nameof(Fill)).Length;
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "fill"), ElementwiseBlocks(n), parameters.Add(n).Add(y).Add(value));
        }
    }

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        long n = Here(y, nameof(y), nameof(Broadcast)).Length;
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "broadcast"), ElementwiseBlocks(n), parameters.Add(n).In(AtLeast(s, 1)).Add(alpha).Add(y).Add((int)mode));
        }
    }

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y) => Copy(x, y, WriteMode.Write, nameof(Copy));

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        long n = y.Length;
        (a, b, y) = (Exactly(a, n), Exactly(b, n), Exactly(y, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "add"), ElementwiseBlocks(n), parameters.Add(n).In(a).In(b).Add(y));
        }
    }

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        long n = y.Length;
        (a, b, y) = (Exactly(a, n), Exactly(b, n), Exactly(y, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "subtract"), ElementwiseBlocks(n), parameters.Add(n).In(a).In(b).Add(y));
        }
    }

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode)
    {
        long n = y.Length;
        (a, b, y) = (Exactly(a, n), Exactly(b, n), Exactly(y, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "multiply"), ElementwiseBlocks(n), parameters.Add(n).In(a).In(b).Add(y).Add((int)mode));
        }
    }

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        long n = y.Length;
        (x, y) = (Exactly(x, n), Exactly(y, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "scale"), ElementwiseBlocks(n), parameters.Add(n).In(x).Add(alpha).Add(y).Add((int)mode));
        }
    }

    /// <summary>y (+)= x.</summary>
    private void Copy(DeviceSpan<float> x, DeviceSpan<float> y, WriteMode mode, string kernel)
    {
        long n = y.Length;
        (x, y) = (Exactly(x, n, nameof(x), kernel), Exactly(y, n, nameof(y), kernel));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(ElementwiseFile, "copy"), ElementwiseBlocks(n), parameters.Add(n).In(x).Add(y).Add((int)mode));
        }
    }
}
