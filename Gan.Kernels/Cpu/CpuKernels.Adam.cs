namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void AdamAdvance(DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        double* s = AtLeast(state, AdamState.Length);
        if (Faulty(step))
        {
            return;
        }
        s[(int)AdamField.Step] += 1;
        s[(int)AdamField.Beta1Power] *= s[(int)AdamField.Beta1];
        s[(int)AdamField.Beta2Power] *= s[(int)AdamField.Beta2];
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        long n = w.Length;
        if (Faulty(step))
        {
            return;
        }
        AdamConstants constants = new(AtLeast(state, AdamState.Length));
        ForEach(new AdamOp(Pointer(w, n), Pointer(g, n), Pointer(m, n), Pointer(v, n), constants), n);
    }
}
