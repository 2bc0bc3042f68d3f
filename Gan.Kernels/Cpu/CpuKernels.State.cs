namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode)
    {
        uint* word = AtLeast(state, StepState.Length) + (int)field;
        *word = mode == WriteMode.Add ? *word + amount : amount;
    }

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state)
    {
        float* to = Pointer(ring, Elements(slots, width)), from = Pointer(values, width);
        if (!ring.IsEmpty)
        {
            long slot = AtLeast(state, StepState.Length)[(int)StepField.Step] % (uint)slots;
            new ReadOnlySpan<float>(from, width).CopyTo(new Span<float>(to + slot * width, width));
        }
    }
}
