using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string ActivationFile = "activations.sm_70";

    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y) => Forward(new(ActivationFile, "relu_forward"), x, y, []);

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) =>
        Backward(new(ActivationFile, "relu_backward"), y, dy, dx, [], mode);

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope) =>
        Forward(new(ActivationFile, "leaky_relu_forward"), x, y, [slope]);

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode) =>
        Backward(new(ActivationFile, "leaky_relu_backward"), x, dy, dx, [slope], mode);

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y) => Forward(new(ActivationFile, "tanh_forward"), x, y, []);

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) =>
        Backward(new(ActivationFile, "tanh_backward"), y, dy, dx, [], mode);

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y) => Forward(new(ActivationFile, "sigmoid_forward"), x, y, []);

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) =>
        Backward(new(ActivationFile, "sigmoid_backward"), y, dy, dx, [], mode);

    /// <summary>Queues an element-wise kernel (n, x, y, numbers ...).</summary>
    private void Forward(KernelId kernel, DeviceSpan<float> x, DeviceSpan<float> y, ReadOnlySpan<float> numbers,
        [CallerMemberName] string method = "")
    {
        long n = y.Length;
        (x, y) = (Exactly(x, n, nameof(x), method), Exactly(y, n, nameof(y), method));
        if (n == 0)
        {
            return;
        }
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(n).In(x).Add(y);
        foreach (float number in numbers)
        {
            parameters.Add(number);
        }
        Launch(kernel, ElementwiseBlocks(n), parameters);
    }

    /// <summary>Queues an element-wise kernel (n, saved, dy, dx, numbers ..., add).</summary>
    private void Backward(KernelId kernel, DeviceSpan<float> saved, DeviceSpan<float> dy, DeviceSpan<float> dx, ReadOnlySpan<float> numbers,
        WriteMode mode, [CallerArgumentExpression(nameof(saved))] string argument = "", [CallerMemberName] string method = "")
    {
        long n = dx.Length;
        (saved, dy, dx) = (Exactly(saved, n, argument, method), Exactly(dy, n, nameof(dy), method), Exactly(dx, n, nameof(dx), method));
        if (n == 0)
        {
            return;
        }
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(n).In(saved).In(dy).Add(dx);
        foreach (float number in numbers)
        {
            parameters.Add(number);
        }
        parameters.Add((int)mode);
        Launch(kernel, ElementwiseBlocks(n), parameters);
    }
}
