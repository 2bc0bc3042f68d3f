namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string StepFile = "step.sm_70", AdamFile = "adam.sm_70";

    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode)
    {
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        LaunchOne(new(StepFile, "advance_state"), 1, parameters.Add(AtLeast(state, StepState.Length)).Add((int)field).Add(amount).Add((int)mode));
    }

    public void CheckFinite(DeviceSpan<float> x, float limit, uint site, DeviceSpan<uint> step)
    {
        long n = Here(x, nameof(x), nameof(CheckFinite)).Length;
        step = AtLeast(step, StepState.Length);
        if (n == 0)
        {
            return;
        }
        int blocks = (int)ElementwiseBlocks(n);
        using DeviceBuffer scratch = Context.Scratch((long)blocks * sizeof(long));
        DeviceSpan<long> found = scratch.AsSpan<long>();
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(StepFile, "check_finite"), blocks, parameters.Add(n).Add(x).Add(limit).Add(step).Add(found));
        parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(StepFile, "check_finite_finish"), 1, parameters.Add(blocks).Add(n).Add(found).Add(site).Add(step));
    }

    public void AdamAdvance(DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        LaunchOne(new(AdamFile, "adam_advance"), 1, parameters.Add(AtLeast(state, AdamState.Length)).Add(OptionalState(step)));
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        long n = w.Length;
        (w, g, m, v, state) = (Exactly(w, n), Exactly(g, n), Exactly(m, n), Exactly(v, n), AtLeast(state, AdamState.Length));
        step = OptionalState(step);
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(AdamFile, "adam"), ElementwiseBlocks(n), parameters.Add(n).Add(w).Add(g).Add(m).Add(v).Add(state).Add(step));
        }
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state)
    {
        long n = Elements(rows, columns);
        (x, y, state) = (Exactly(x, Elements(count, columns)), Exactly(y, n), AtLeast(state, StepState.Length));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StepFile, "take_rows"), ElementwiseBlocks(n), parameters.Add(n).Add(x).Add((long)count).Add(columns).Add(y).Add(state));
        }
    }

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state)
    {
        (values, ring) = (Exactly(values, width), Exactly(ring, Elements(slots, width)));
        if (!ring.IsEmpty)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(values).Add(ring).Add((uint)slots).Add(width).Add(AtLeast(state, StepState.Length));
            LaunchOne(new(StepFile, "record_metrics"), Math.Min(width, Threads), parameters);
        }
    }

    private static DeviceSpan<uint> OptionalState(DeviceSpan<uint> step, [System.Runtime.CompilerServices.CallerMemberName] string kernel = "") =>
        step.IsEmpty ? step : AtLeast(step, StepState.Length, nameof(step), kernel);

    /// <summary>Queues a kernel on one block.</summary>
    private void LaunchOne(KernelId kernel, int threads, KernelParameters parameters) =>
        Context.Launch(kernel, new Driver.Dim3(1), new Driver.Dim3(threads), 0, parameters.Bytes);
}
