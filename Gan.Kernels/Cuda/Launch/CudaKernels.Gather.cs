using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    /// <summary>Pixels of a block: four for each thread, four times.</summary>
    private const int PixelsPerBlock = 16 * Threads;

    private PixelTable _pixels = new(0.5f, 0.5f);

    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std)
    {
        (images, y, state) = (Exactly(images, Elements(count, elements)), Exactly(y, Elements(rows, elements)), AtLeast(state, StepState.Length));
        if (y.IsEmpty)
        {
            return;
        }
        if (count == 0)
        {
            throw new ArgumentException($"GatherNormalize: {rows} rows asked for, but there are no images.");
        }
        PixelTable table = _pixels;
        if (table.Mean != mean || table.Std != std)
        {
            _pixels = table = new(mean, std);
        }
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.In(images).Add((uint)count).Add(elements).Add(y).In(state, StepField.Epoch, StepField.Row).Add(seed).Add(shuffle ? 1 : 0).Add(Permutation.HalfBits((uint)count));
        parameters.Add(table.Formula == PixelFormula.Product ? 1 : 0).Add(mean).Add(std).Add(1 / std).Add(-mean / std);
        int pieces = (int)Math.Min(ushort.MaxValue, ((long)elements + PixelsPerBlock - 1) / PixelsPerBlock);
        Context.Launch(new("gather.sm_70", "gather_normalize"), new Dim3(rows, pieces), new Dim3(Threads), 0, parameters);
    }
}
