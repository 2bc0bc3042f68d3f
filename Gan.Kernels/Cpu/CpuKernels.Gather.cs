namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    private PixelTable _pixels = new(0.5f, 0.5f);

    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std)
    {
        byte* from = Pointer(images, Elements(count, elements));
        float* to = Pointer(y, Elements(rows, elements));
        uint* s = AtLeast(state, StepState.Length);
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
        Order order = new((uint)count, seed, s[(int)StepField.Epoch], s[(int)StepField.Row], shuffle);
        GatherNormalizeWork work = new(from, new Output(to, y.Length, WriteMode.Write, elements), rows, elements, table, order);
        Launch(work, work.Parts);
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state)
    {
        float* from = Pointer(x, Elements(count, columns)), to = Pointer(y, Elements(rows, columns));
        uint* s = AtLeast(state, StepState.Length);
        if (y.IsEmpty)
        {
            return;
        }
        long first = s[(int)StepField.LatentRow];
        if (first + rows > count)
        {
            throw new ArgumentException($"TakeRows: rows {first} to {first + rows} asked for, but x has {count}.");
        }
        long n = (long)rows * columns;
        ForEach(new CopyOp(from + first * columns, new Output(to, n, WriteMode.Write)), n);
    }
}
