using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const int Tile = 32;
    private const int TileLines = 8;

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Transpose(x, y, n, channels, pixels, mode, nameof(ChannelsFirstToLast));

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Transpose(x, y, n, pixels, channels, mode, nameof(ChannelsLastToFirst));

    /// <summary>y (+)= x with [n, rows, columns] permuted to [n, columns, rows].</summary>
    private void Transpose(DeviceSpan<float> x, DeviceSpan<float> y, int n, int rows, int columns, WriteMode mode, string kernel)
    {
        long length = Elements(n, checked((int)Elements(rows, columns, kernel)), kernel);
        (x, y) = (Exactly(x, length, nameof(x), kernel), Exactly(y, length, nameof(y), kernel));
        if (length == 0 || rows == 1 || columns == 1)
        {
            Copy(x, y, mode, kernel);
            return;
        }
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(n).Add(rows).Add(columns).Add(x).Add(y).Add((int)mode);
        Dim3 grid = new((rows + Tile - 1) / Tile * ((columns + Tile - 1) / Tile), Math.Min(n, ushort.MaxValue));
        Context.Launch(new("layout.sm_70", "transpose_tiles"), grid, new Dim3(Tile, TileLines), 0, parameters.Bytes);
    }
}
