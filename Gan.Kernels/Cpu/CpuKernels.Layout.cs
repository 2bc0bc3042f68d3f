namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns)
    {
        long n = Elements(rows, columns);
        RowBlocks blocks = new(rows, columns);
        AddBiasOp op = new(Pointer(x, n), Pointer(bias, columns), To(y, n, rowLength: columns));
        Launch(new RowwiseWork<AddBiasOp>(op, blocks), blocks.Count);
    }

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Transpose(x, y, n, channels, pixels, mode, nameof(ChannelsFirstToLast));

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Transpose(x, y, n, pixels, channels, mode, nameof(ChannelsLastToFirst));

    /// <summary>y (+)= x with [n, rows, columns] permuted to [n, columns, rows].</summary>
    private void Transpose(DeviceSpan<float> x, DeviceSpan<float> y, int n, int rows, int columns, WriteMode mode, string kernel)
    {
        long length = Elements(n, checked((int)Elements(rows, columns, kernel)), kernel);
        float* px = Pointer(x, length, nameof(x), kernel), py = Pointer(y, length, nameof(y), kernel);
        bool add = mode == WriteMode.Add;
        if (rows == 1 || columns == 1)
        {
            ForEach(new CopyOp(px, new Output(py, length, mode)), length);
            return;
        }
        TransposeWork work = new(px, py, rows, columns, add);
        Launch(work, checked(n * work.PartsPerMatrix));
    }
}
