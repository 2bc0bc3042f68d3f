using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string LayoutFile = "layout.sm_70";

    /// <summary>Side of a tile, and the block's rows (Source/layout.cu).</summary>
    private const int Tile = 32, TileLines = 8;

    /// <summary>Sides up to this have kernels of their own, which take so many elements of the other side at a time.</summary>
    private const int ThinSide = 16, ThinPiece = 256;

    /// <summary>Matrices side by side in a grid: more than fill a card even with one block each. Blocks step over the others.</summary>
    private const int MostMatrices = 2048;

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
        parameters.Add(n).Add(rows).Add(columns).In(x).Add(y).Add((int)mode);
        int matrices = Math.Min(n, MostMatrices);
        if (Math.Min(rows, columns) <= ThinSide)
        {
            string entry = rows <= columns ? "transpose_few_rows" : "transpose_few_columns";
            Context.Launch(new(LayoutFile, entry), new Dim3(Blocks(Math.Max(rows, columns), ThinPiece), matrices), new Dim3(Threads), 0, parameters);
        }
        else
        {
            Dim3 grid = new(Blocks(rows, Tile) * Blocks(columns, Tile), matrices);
            Context.Launch(new(LayoutFile, "transpose_tiles"), grid, new Dim3(Tile, TileLines), 0, parameters);
        }
    }

    private static int Blocks(int elements, int perBlock) => (int)(((long)elements + perBlock - 1) / perBlock);
}
