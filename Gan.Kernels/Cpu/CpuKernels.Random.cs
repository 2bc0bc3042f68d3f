namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float low, float high) =>
        Draw(new UniformDistribution(low, high), y, rows, columns, state, seed, stream, draw, nameof(PhiloxUniform));

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float mean, float std) =>
        Draw(new NormalDistribution(mean, std), y, rows, columns, state, seed, stream, draw, nameof(PhiloxNormal));

    private void Draw<TDistribution>(TDistribution distribution, DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state,
        ulong seed, RandomStream stream, int draw, string kernel) where TDistribution : struct, IDistribution
    {
        float* to = Pointer(y, Elements(rows, columns, kernel), nameof(y), kernel);
        uint step = AtLeast(state, StepState.Length, nameof(state), kernel)[(int)StepField.Step];
        if (draw is < 0 or > 65535)
        {
            throw new ArgumentException($"{kernel}: draw {draw} is outside 0 to 65535, the numbers a stream has.");
        }
        PhiloxDraw counter = new(seed, step, (uint)stream * 65536 + (uint)draw);
        PhiloxWork<TDistribution> work = new(distribution, to, rows, columns, counter);
        Launch(work, work.Parts);
    }
}
