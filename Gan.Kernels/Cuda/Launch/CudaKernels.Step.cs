namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string StepFile = "step.sm_70", AdamFile = "adam.sm_70";

    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode)
    {
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        LaunchOne(new(StepFile, "advance_state"), 1, parameters.Add(AtLeast(state, StepState.Length), field).Add((int)field).Add(amount).Add((int)mode));
    }

    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checks.Length, FiniteCheck.Most, nameof(checks));
        step = AtLeast(step, StepState.Length);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        int blocks = 0;
        for (int i = 0; i < FiniteCheck.Most; i++) // twin of FiniteChecks and FiniteSites in Source/step.cu
        {
            FiniteCheck check = i < checks.Length ? checks[i] : default;
            long n = Here(check.X, "x", nameof(CheckFinite)).Length;
            parameters.In(check.X).Add(n).Add(check.Limit).Add(blocks);
            blocks += n == 0 ? 0 : (int)ElementwiseBlocks(n);
        }
        if (blocks == 0)
        {
            return;
        }
        for (int i = 0; i < FiniteCheck.Most; i++)
        {
            parameters.Add(i < checks.Length ? checks[i].Site : 0);
        }
        using DeviceBuffer scratch = Context.Scratch((long)blocks * sizeof(long));
        parameters.Add(step, StepField.FaultStep, StepField.FaultSite, StepField.FaultIndex, StepField.Arrivals).AlsoReads(step, StepField.Step).Add(scratch.AsSpan<long>());
        Launch(new(StepFile, "check_finite"), blocks, parameters);
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        long n = w.Length;
        (w, g, m, v, state) = (Exactly(w, n), Exactly(g, n), Exactly(m, n), Exactly(v, n), AtLeast(state, AdamState.Length));
        step = OptionalState(step);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(AdamFile, "adam"), Math.Max(1, ElementwiseBlocks(n)), parameters.Add(n).Add(w).In(g).Add(m).Add(v).Add(state).In(step, StepField.FaultStep));
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state)
    {
        long n = Elements(rows, columns);
        (x, y, state) = (Exactly(x, Elements(count, columns)), Exactly(y, n), AtLeast(state, StepState.Length));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StepFile, "take_rows"), ElementwiseBlocks(n), parameters.Add(n).In(x).Add((long)count).Add(columns).Add(y).In(state, StepField.LatentRow));
        }
    }

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state)
    {
        (values, ring) = (Exactly(values, width), Exactly(ring, Elements(slots, width)));
        if (!ring.IsEmpty)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.In(values).Add(ring).Add((uint)slots).Add(width).In(AtLeast(state, StepState.Length), StepField.Step);
            LaunchOne(new(StepFile, "record_metrics"), Math.Min(width, Threads), parameters);
        }
    }

    private static DeviceSpan<uint> OptionalState(DeviceSpan<uint> step, [System.Runtime.CompilerServices.CallerMemberName] string kernel = "") =>
        step.IsEmpty ? step : AtLeast(step, StepState.Length, nameof(step), kernel);

    /// <summary>Queues a kernel on one block.</summary>
    private void LaunchOne(KernelId kernel, int threads, KernelParameters parameters) =>
        Context.Launch(kernel, new Driver.Dim3(1), new Driver.Dim3(threads), 0, parameters);
}
