namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checks.Length, FiniteCheck.Most, nameof(checks));
        FiniteRange* ranges = stackalloc FiniteRange[FiniteCheck.Most];
        int parts = 0;
        for (int i = 0; i < checks.Length; i++)
        {
            DeviceSpan<float> x = checks[i].X;
            ranges[i] = new(Pointer(x, x.Length), x.Length, checks[i].Limit, parts);
            parts += FiniteWork.Parts(x.Length);
        }
        uint* words = AtLeast(step, StepState.Length);
        if (parts == 0 || Faulty(step))
        {
            return;
        }
        lock (_scratch.Lock)
        {
            long* found = _scratch.Take<long>(parts);
            Launch(new FiniteWork(ranges, checks.Length, found), parts);
            for (int part = 0; part < parts; part++)
            {
                if (found[part] >= 0)
                {
                    words[(int)StepField.FaultStep] = words[(int)StepField.Step] + 1;
                    words[(int)StepField.FaultSite] = checks[FiniteWork.RangeOf(part, ranges, checks.Length)].Site;
                    words[(int)StepField.FaultIndex] = (uint)found[part];
                    return;
                }
            }
        }
    }

    /// <summary>Whether a fault is noted in an optional step state.</summary>
    private static bool Faulty(DeviceSpan<uint> step) => !step.IsEmpty && AtLeast(step, StepState.Length)[(int)StepField.FaultStep] != 0;
}
