namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checks.Length, FiniteCheck.Most, nameof(checks));
        FiniteRange* ranges = stackalloc FiniteRange[FiniteCheck.Most];
        long total = 0;
        for (int i = 0; i < checks.Length; i++)
        {
            DeviceSpan<float> x = checks[i].X;
            ranges[i] = new(Pointer(x, x.Length), x.Length, checks[i].Limit);
            total += x.Length;
        }
        uint* words = AtLeast(step, StepState.Length);
        if (total == 0 || Faulty(step))
        {
            return;
        }
        int parts = FiniteWork.Parts(total);
        lock (_scratch.Lock)
        {
            long* found = _scratch.Take<long>((long)parts * checks.Length);
            Launch(new FiniteWork(ranges, checks.Length, parts, found), parts);
            for (int i = 0; i < parts * checks.Length; i++)
            {
                int check = i / parts, part = i % parts;
                if (found[part * checks.Length + check] is >= 0 and long index)
                {
                    words[(int)StepField.FaultStep] = words[(int)StepField.Step] + 1;
                    words[(int)StepField.FaultSite] = checks[check].Site;
                    words[(int)StepField.FaultIndex] = (uint)index;
                    return;
                }
            }
        }
    }

    /// <summary>Whether a fault is noted in an optional step state.</summary>
    private static bool Faulty(DeviceSpan<uint> step) => !step.IsEmpty && AtLeast(step, StepState.Length)[(int)StepField.FaultStep] != 0;
}
