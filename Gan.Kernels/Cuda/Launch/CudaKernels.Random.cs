using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float low, float high) => Draw("philox_uniform", y, rows, columns, state, seed, stream, draw, low, high - low, nameof(PhiloxUniform));

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float mean, float std) => Draw("philox_normal", y, rows, columns, state, seed, stream, draw, mean, std, nameof(PhiloxNormal));

    private void Draw(string entry, DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream, int draw,
        float first, float second, string kernel)
    {
        y = Exactly(y, Elements(rows, columns, kernel), nameof(y), kernel);
        state = AtLeast(state, StepState.Length, nameof(state), kernel);
        if (draw is < 0 or > 65535)
        {
            throw new ArgumentException($"{kernel}: draw {draw} is outside 0 to 65535, the numbers a stream has.");
        }
        if (y.IsEmpty)
        {
            return;
        }
        // Threads side by side cover a row where it is short; a power of two, so that whole warps share rows.
        long blocksPerRow = ((long)columns + 3) / 4;
        int across = (int)Math.Min(Threads, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(blocksPerRow, Threads))), down = Threads / across;
        int most = FullCard;
        int x = (int)Math.Clamp((blocksPerRow + across - 1) / across, 1, most), y2 = (int)Math.Clamp(((long)rows + down - 1) / down, 1, Math.Max(1, most / x));
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(rows).Add(columns).In(state, StepField.Step).Add(seed).Add(((uint)stream * 65536) + (uint)draw).Add(first).Add(second).Add(y);
        Context.Launch(new("random.sm_70", entry), new Dim3(x, Math.Min(y2, ushort.MaxValue)), new Dim3(across, down), 0, parameters);
    }
}
