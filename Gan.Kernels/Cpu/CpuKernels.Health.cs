namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void CheckFinite(DeviceSpan<float> x, float limit, uint site, DeviceSpan<uint> step)
    {
        float* px = Pointer(x, x.Length);
        uint* words = AtLeast(step, StepState.Length);
        if (x.IsEmpty || Faulty(step))
        {
            return;
        }
        int parts = FiniteWork.Parts(x.Length);
        lock (_scratch.Lock)
        {
            long* found = _scratch.Take<long>(parts);
            Launch(new FiniteWork(px, x.Length, limit, found), parts);
            for (int part = 0; part < parts; part++)
            {
                if (found[part] >= 0)
                {
                    words[(int)StepField.FaultStep] = words[(int)StepField.Step] + 1;
                    words[(int)StepField.FaultSite] = site;
                    words[(int)StepField.FaultIndex] = (uint)found[part];
                    return;
                }
            }
        }
    }

    /// <summary>Whether a fault is noted in an optional step state.</summary>
    private static bool Faulty(DeviceSpan<uint> step) => !step.IsEmpty && AtLeast(step, StepState.Length)[(int)StepField.FaultStep] != 0;
}
