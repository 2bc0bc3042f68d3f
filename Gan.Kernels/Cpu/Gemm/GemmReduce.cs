namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Sums the partial products of all chunks in their order, and writes or adds the result, transposed where the product was computed that way round. A
/// part takes some rows of the product; the sums are made in place in the first chunk.
/// </summary>
internal readonly unsafe struct GemmReduce<TOps, TVec>(float* partials, int rows, int columns, int chunks, float* bias, float* c,
    bool transpose, bool accumulate, int inner = 1) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>
    /// Reduces partials [chunks][rows][columns] to c [rows][columns], or [columns][rows]. With <paramref name="inner"/> above 1, the rows of the partials
    /// are [inner][rows / inner] and those of c [rows / inner][inner].
    /// </summary>
    public static void Run(WorkerPool pool, float* partials, int rows, int columns, int chunks, float* bias, float* c, bool transpose, bool accumulate,
        int inner = 1)
    {
        long elements = (long)rows * columns * chunks;
        WorkSize.Run(pool, new GemmReduce<TOps, TVec>(partials, rows, columns, chunks, bias, c, transpose, accumulate, inner),
            (int)Math.Clamp(elements / 16384, 1, rows), elements * 8);
    }

    public void Run(int part, int parts)
    {
        int first = (int)((long)rows * part / parts), last = (int)((long)rows * (part + 1) / parts);
        for (int i = first; i < last; i++)
        {
            int row = i % inner * (rows / inner) + i / inner;
            float* sum = partials + (long)row * columns;
            for (int chunk = 1; chunk < chunks; chunk++)
            {
                Add(sum, partials + ((long)chunk * rows + row) * columns, sum);
            }
            if (bias != null)
            {
                Add(sum, bias, sum);
            }
            if (transpose)
            {
                for (int j = 0; j < columns; j++)
                {
                    float* to = c + (long)j * rows + i;
                    *to = accumulate ? *to + sum[j] : sum[j];
                }
            }
            else if (accumulate)
            {
                Add(sum, c + (long)i * columns, c + (long)i * columns);
            }
            else
            {
                new ReadOnlySpan<float>(sum, columns).CopyTo(new Span<float>(c + (long)i * columns, columns));
            }
        }
    }

    private void Add(float* x, float* y, float* z)
    {
        int j = 0;
        for (; j <= columns - TOps.Width; j += TOps.Width)
        {
            TOps.Store(z + j, TOps.Add(TOps.Load(x + j), TOps.Load(y + j)));
        }
        for (; j < columns; j++)
        {
            z[j] = x[j] + y[j];
        }
    }
}
