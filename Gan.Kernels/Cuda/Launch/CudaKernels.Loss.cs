using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string LossFile = "loss.sm_70";

    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss) =>
        Loss(new(LossFile, "bce_forward"), p, t, loss, null);

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode) =>
        LossGradient(new(LossFile, "bce_backward"), p, t, dloss, dp, mode);

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability) =>
        Loss(new(LossFile, "bce_with_logits_forward"), z, t, loss, probability);

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz,
        WriteMode mode) => LossGradient(new(LossFile, "bce_with_logits_backward"), z, t, dloss, dz, mode);

    /// <summary>Queues a kernel (n, x, t, one, partials, loss[, probability]) and, for more than one block, the sum of the blocks.</summary>
    private void Loss(KernelId kernel, DeviceSpan<float> x, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float>? probability,
        [CallerMemberName] string method = "")
    {
        long n = x.Length, parts = SumParts(n);
        if (n == 0)
        {
            return;
        }
        (x, t, loss) = (Here(x, nameof(x), method), Targets(t, n, method), AtLeast(loss, 1, nameof(loss), method));
        DeviceSpan<float> means = Here(probability.GetValueOrDefault(), nameof(probability), method);
        using DeviceBuffer? partials = PartialsOf<double>(parts, 2);
        DeviceSpan<double> sums = Span<double>(partials);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(n).In(x).In(t).Add(t.Length == 1 ? 1 : 0).Add(sums).Add(loss);
        if (probability is not null)
        {
            parameters.Add(means);
        }
        Launch(kernel, parts, parameters);
        if (parts > 1)
        {
            parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(LossFile, "bce_finish"), 1, parameters.Add(parts).Add(n).In(sums).Add(loss).Add(means));
        }
    }

    /// <summary>Queues a kernel (n, x, t, one, dloss, dx, add).</summary>
    private void LossGradient(KernelId kernel, DeviceSpan<float> x, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dx, WriteMode mode,
        [CallerMemberName] string method = "")
    {
        long n = x.Length;
        if (n == 0)
        {
            return;
        }
        (x, t, dloss, dx) = (Here(x, nameof(x), method), Targets(t, n, method), AtLeast(dloss, 1, nameof(dloss), method), Exactly(dx, n, nameof(dx), method));
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(n).In(x).In(t).Add(t.Length == 1 ? 1 : 0).In(dloss).Add(dx).Add((int)mode);
        Launch(kernel, ElementwiseBlocks(n), parameters);
    }

    private static DeviceSpan<float> Targets(DeviceSpan<float> t, long n, string kernel) =>
        t.Length == 1 ? Here(t, nameof(t), kernel) : Exactly(t, n, nameof(t), kernel);
}
