namespace Gan.Kernels.Cpu;

/// <summary>y (+)= x with each [rows, columns] matrix of a batch transposed, in 16 x 16 tiles: a cache line each way.</summary>
internal readonly unsafe struct TransposeWork(float* x, float* y, int rows, int columns, bool add) : IVectorWork
{
    private const int Tile = 16;

    /// <summary>Parts a matrix: bands of 16 tiles of columns, which are rows of y.</summary>
    public int PartsPerMatrix => (columns + Tile * Tile - 1) / (Tile * Tile);

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        (int matrix, int band) = int.DivRem(part, PartsPerMatrix);
        float* from = x + (long)matrix * rows * columns, to = y + (long)matrix * rows * columns;
        int endColumn = Math.Min(columns, (band + 1) * Tile * Tile);
        for (int c0 = band * Tile * Tile; c0 < endColumn; c0 += Tile)
        {
            int c1 = Math.Min(c0 + Tile, endColumn);
            for (int r0 = 0; r0 < rows; r0 += Tile)
            {
                int r1 = Math.Min(r0 + Tile, rows);
                for (int c = c0; c < c1; c++)
                {
                    float* line = to + (long)c * rows;
                    for (int r = r0; r < r1; r++)
                    {
                        float value = from[(long)r * columns + c];
                        line[r] = add ? line[r] + value : value;
                    }
                }
            }
        }
    }
}
