namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Matrix products for one vector width: chooses the method and the sources.</summary>
internal static unsafe class MatrixProduct<TOps, TVec>
    where TOps : struct, IVectorOps<TVec>
    where TVec : unmanaged
{
    /// <summary>Up to this many rows, columns or steps a product is bound by reading its long operand, and packing that would double the traffic.</summary>
    private const int Skinny = 3;

    /// <summary>c[m, n] (+)= op(a) op(b) + bias.</summary>
    public static void Run(WorkerPool pool, float* a, float* b, float* bias, float* c, int m, int n, int k, bool transposeA, bool transposeB,
        WriteMode mode)
    {
        bool accumulate = mode == WriteMode.Add;
        long work = (long)m * n * k;
        if (m == 0 || n == 0)
        {
            return;
        }
        if (!transposeA && transposeB && (m <= Skinny || n <= Skinny))
        {
            bool columns = n > m;
            WorkSize.Run(pool, columns
                ? new DotProducts<TOps, TVec>(b, a, bias, c, n, m, k, true, accumulate)
                : new DotProducts<TOps, TVec>(a, b, bias, c, m, n, k, false, accumulate), Math.Min(Math.Max(m, n), 32), work * 4);
            return;
        }
        if (!transposeB && (m <= Skinny || k <= Skinny))
        {
            (long rowStride, long stepStride) = transposeA ? (1L, (long)m) : (k, 1L);
            WorkSize.Run(pool, new RowSums<TOps, TVec>(a, rowStride, stepStride, b, bias, c, m, n, k, accumulate),
                Math.Clamp(n / (8 * TOps.Width), 1, 32), work * 4);
            return;
        }
        switch (transposeA, transposeB)
        {
            case (false, false):
                Packed(pool, new LaneMajorSource(a, k), new StepMajorSource(b, n), bias, c, m, n, k, accumulate, false);
                break;
            case (false, true) when bias == null && IsBetterTransposed(m, n, k):
                Packed(pool, new LaneMajorSource(b, k), new LaneMajorSource(a, k), null, c, n, m, k, accumulate, true);
                break;
            case (false, true):
                Packed(pool, new LaneMajorSource(a, k), new LaneMajorSource(b, k), bias, c, m, n, k, accumulate, false);
                break;
            case (true, false):
                Packed(pool, new StepMajorSource(a, m), new StepMajorSource(b, n), bias, c, m, n, k, accumulate, false);
                break;
            default:
                Packed(pool, new StepMajorSource(a, m), new LaneMajorSource(b, k), bias, c, m, n, k, accumulate, false);
                break;
        }
    }

    /// <summary>
    /// Whether a small C with a long sum, which goes through partial sums in any case, fills tiles better as its transpose: 64 rows and 100 columns take 16 x 7 units and vectors of
    /// 16 floats, 100 rows and 64 columns 25 x 4. Each element is summed in the same order either way.
    /// </summary>
    private static bool IsBetterTransposed(int m, int n, int k)
    {
        static long Padded(int rows, int columns) => (long)Panels.PaddedRows(rows, TOps.Unit) * Panels.PaddedColumns(columns, TOps.Width);
        return Padded(n, m) < Padded(m, n) && !SharedPlan.Suits(m, n, k) && new GemmPlan(m, n, k, TOps.Unit, TOps.Width, partial: false).Partial;
    }

    /// <summary>Product of two packed sources; written transposed where asked, then bias must be null.</summary>
    public static void Packed<TA, TB>(WorkerPool pool, TA a, TB b, float* bias, float* c, int m, int n, int k, bool accumulate, bool transpose)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        if (!transpose && SharedPlan.Suits(m, n, k))
        {
            Shared(pool, a, b, bias, c, new SharedPlan(m, n, k, TOps.Unit, TOps.Width), accumulate);
            return;
        }
        var plan = new GemmPlan(m, n, k, TOps.Unit, TOps.Width, transpose, typeof(TB) == typeof(StepMajorSource) && typeof(TA) == typeof(LaneMajorSource));
        using Lock.Scope scope = pool.Exclusive();
        float* partials = plan.Partial ? pool.Scratch.Shared((long)m * n * plan.Chunks) : null;
        WorkSize.Run(pool, new GemmBlock<TOps, TVec, TA, TB>(plan, a, b, bias, c, accumulate, partials, pool.Scratch), plan.Parts, (long)m * n * k);
        if (plan.Partial)
        {
            GemmReduce<TOps, TVec>.Run(pool, partials, m, n, plan.Chunks, bias, c, transpose, accumulate);
        }
    }

    private static void Shared<TA, TB>(WorkerPool pool, TA a, TB b, float* bias, float* c, SharedPlan plan, bool accumulate)
        where TA : struct, IPanelSource
        where TB : struct, IPanelSource
    {
        using Lock.Scope scope = pool.Exclusive();
        long rows = (long)Panels.PaddedRows(plan.M, TOps.Unit) * plan.Slab, columns = (long)Panels.PaddedColumns(plan.N, TOps.Width) * plan.Slab;
        float* packedB = pool.Scratch.Shared(columns + rows), packedA = packedB + columns;
        int panels = Panels.RowPanels(plan.M, TOps.Unit) + Panels.ColumnPanels(plan.N, TOps.Width);
        for (int step = 0; step < plan.K; step += plan.Slab)
        {
            int steps = Math.Min(plan.Slab, plan.K - step);
            pool.Run(new SharedPack<TOps, TVec, TA, TB>(plan, a, b, step, steps, packedA, packedB), panels);
            pool.Run(new SharedMultiply<TOps, TVec>(plan, steps, packedA, packedB, step == 0 ? bias : null, c, accumulate || step > 0, pool.Scratch),
                plan.Parts);
        }
    }
}
