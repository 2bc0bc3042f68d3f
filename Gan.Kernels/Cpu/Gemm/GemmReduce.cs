namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Sums the partial products of all chunks in their order, and writes or adds the result, transposed where the product was computed that way round. A
/// part takes some rows of the product; the sums are made in place in the first chunk.
/// </summary>
internal readonly unsafe struct GemmReduce<TOps, TVec>(GemmPlan plan, float* partials, float* bias, float* c, bool transpose, bool accumulate) : IWork
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Parts to run: about 16 Ki elements each.</summary>
    public static int Parts(in GemmPlan plan) => (int)Math.Clamp((long)plan.M * plan.N * plan.Chunks / 16384, 1, plan.M);

    public void Run(int part, int parts)
    {
        int first = (int)((long)plan.M * part / parts), last = (int)((long)plan.M * (part + 1) / parts);
        for (int i = first; i < last; i++)
        {
            float* sum = partials + (long)i * plan.N;
            for (int chunk = 1; chunk < plan.Chunks; chunk++)
            {
                Add(sum, partials + ((long)chunk * plan.M + i) * plan.N, sum);
            }
            if (bias != null)
            {
                Add(sum, bias, sum);
            }
            if (transpose)
            {
                for (int j = 0; j < plan.N; j++)
                {
                    float* to = c + (long)j * plan.M + i;
                    *to = accumulate ? *to + sum[j] : sum[j];
                }
            }
            else if (accumulate)
            {
                Add(sum, c + (long)i * plan.N, c + (long)i * plan.N);
            }
            else
            {
                new ReadOnlySpan<float>(sum, plan.N).CopyTo(new Span<float>(c + (long)i * plan.N, plan.N));
            }
        }
    }

    private void Add(float* x, float* y, float* z)
    {
        int j = 0;
        for (; j <= plan.N - TOps.Width; j += TOps.Width)
        {
            TOps.Store(z + j, TOps.Add(TOps.Load(x + j), TOps.Load(y + j)));
        }
        for (; j < plan.N; j++)
        {
            z[j] = x[j] + y[j];
        }
    }
}
