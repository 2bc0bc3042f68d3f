namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void AdamAdvance(DeviceSpan<double> state)
    {
        double* s = AtLeast(state, AdamState.Length);
        s[(int)AdamField.Step] += 1;
        s[(int)AdamField.Beta1Power] *= s[(int)AdamField.Beta1];
        s[(int)AdamField.Beta2Power] *= s[(int)AdamField.Beta2];
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state)
    {
        long n = w.Length;
        AdamConstants constants = new(AtLeast(state, AdamState.Length));
        ForEach(new AdamOp(Pointer(w, n), Pointer(g, n), Pointer(m, n), Pointer(v, n), constants), n);
    }
}
