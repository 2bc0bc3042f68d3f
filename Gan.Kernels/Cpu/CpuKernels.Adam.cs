namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        long n = w.Length;
        if (Faulty(step))
        {
            return;
        }
        double* s = AtLeast(state, AdamState.Length);
        s[(int)AdamField.Step] += 1;
        s[(int)AdamField.Beta1Power] *= s[(int)AdamField.Beta1];
        s[(int)AdamField.Beta2Power] *= s[(int)AdamField.Beta2];
        AdamConstants constants = new(s);
        ForEach(new AdamOp(Pointer(w, n), Pointer(g, n), Pointer(m, n), Pointer(v, n), constants), n);
    }
}
