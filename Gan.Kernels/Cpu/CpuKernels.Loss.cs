using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss)
    {
        long n = p.Length;
        if (n > 0)
        {
            *AtLeast(loss, 1) = (float)(Total(new BceTerm(Pointer(p, n), TargetsFor(t, n)), n) / n);
        }
    }

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode)
    {
        long n = p.Length;
        if (n > 0)
        {
            float scale = *AtLeast(dloss, 1) / n;
            ForEach(new BceBackwardOp(Pointer(p, n), TargetsFor(t, n), scale, To(dp, n, mode)), n);
        }
    }

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability)
    {
        long n = z.Length;
        if (n == 0)
        {
            return;
        }
        float* pz = Pointer(z, n);
        *AtLeast(loss, 1) = (float)(Total(new BceWithLogitsTerm(pz, TargetsFor(t, n)), n) / n);
        if (!probability.IsEmpty)
        {
            *AtLeast(probability, 1) = (float)(Total(new SigmoidTerm(pz), n) / n);
        }
    }

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz,
        WriteMode mode)
    {
        long n = z.Length;
        if (n > 0)
        {
            float scale = *AtLeast(dloss, 1) / n;
            ForEach(new BceWithLogitsBackwardOp(Pointer(z, n), TargetsFor(t, n), scale, To(dz, n, mode)), n);
        }
    }

    private static Targets TargetsFor(DeviceSpan<float> t, long n, [CallerMemberName] string kernel = "") =>
        t.Length == 1 ? new Targets(Pointer(t, 1, nameof(t), kernel), true) : new Targets(Pointer(t, n, nameof(t), kernel), false);
}
