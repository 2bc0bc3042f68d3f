using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cpu.Gemm;
using Xunit;


namespace Gan.Tests.Kernels;

/// <summary>Matrix products against loops in double precision, for every vector width.</summary>
public sealed unsafe class GemmTests
{
    /// <summary>m, n, k: edges of tiles (12, 32, 16), of step blocks (256), of the methods for few rows, columns or steps.</summary>
    private static readonly (int M, int N, int K)[] s_sizes =
    [
        (1, 1, 1), (1, 33, 67), (33, 1, 67), (3, 67, 33), (67, 3, 33), (33, 67, 1), (33, 67, 3), (5, 5, 5), (11, 31, 12), (12, 32, 16), (13, 33, 17),
        (16, 16, 255), (24, 64, 256), (25, 65, 257), (67, 100, 300), (60, 128, 784), (100, 130, 1025), (64, 48, 2100), (4, 4, 0), (1, 8, 0), (530, 40, 9),
        (40, 530, 9), (337, 259, 300), (208, 1000, 110), (32, 36, 4100), (64, 100, 2100),
    ];

    public static TheoryData<int> Widths => [.. GemmWidths.Supported.Select(w => (int)w)];

    [Theory, MemberData(nameof(Widths))]
    public void MatchesLoops(int width)
    {
        using var pool = new WorkerPool(2);
        var random = new Random(7);
        int seed = 0;
        foreach ((int m, int n, int k) in s_sizes)
        {
            for (int variant = 0; variant < 8; variant++)
            {
                bool withBias = (variant + seed++) % 3 != 0;
                Check(pool, random, m, n, k, (variant & 1) != 0, (variant & 2) != 0, (variant & 4) != 0 ? WriteMode.Add : WriteMode.Write, withBias,
                    (GemmWidth)width);
            }
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void SameBitsForAnyNumberOfThreads(int width)
    {
        foreach ((int m, int n, int k) in new[] { (60, 128, 784), (300, 260, 300), (48, 64, 8192), (64, 100, 8192), (64, 1, 8192), (2, 4000, 100), (400, 300, 1100) })
        {
            var random = new Random(11);
            using var a = GuardedArray.Random(m * k, random);
            using var b = GuardedArray.Random(n * k, random);
            float[]? first = null;
            foreach (int threads in new[] { 1, 2, 3, 5 })
            {
                using var pool = new WorkerPool(threads);
                using var c = new GuardedArray(m * n);
                CpuGemm.MatMul(pool, a.Pointer, b.Pointer, null, c.Pointer, m, n, k, false, true, WriteMode.Write, (GemmWidth)width);
                first ??= c.Span.ToArray();
                Assert.True(c.Span.SequenceEqual(first), $"{m}x{n}x{k}: {threads} threads give other bits than 1.");
            }
        }
    }

    [Fact]
    public void ScratchDoesNotGrow()
    {
        using var pool = new WorkerPool(2);
        var random = new Random(3);
        using var a = GuardedArray.Random(300 * 300, random);
        using var c = new GuardedArray(300 * 300);
        CpuGemm.MatMul(pool, a.Pointer, a.Pointer, null, c.Pointer, 300, 300, 300, false, false, WriteMode.Write);
        long most = 0;
        for (int i = 0; i < 50; i++)
        {
            CpuGemm.MatMul(pool, a.Pointer, a.Pointer, null, c.Pointer, 300, 300, 300, false, false, WriteMode.Write);
            most = Math.Max(most, pool.Scratch.Bytes);
        }
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                CpuGemm.MatMul(pool, a.Pointer, a.Pointer, null, c.Pointer, 300, 300, 300, false, false, WriteMode.Write);
            }
        }));
        Assert.Equal(most, pool.Scratch.Bytes);
        Assert.InRange(most, 1, 16 << 20);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(4)]
    public void RowPanelsCoverAllRowsOnce(int unit)
    {
        for (int rows = 1; rows < 100; rows++)
        {
            int next = 0;
            for (int i = 0; i < Panels.RowPanels(rows, unit); i++)
            {
                (int first, int units) = Panels.RowPanel(rows, unit, i);
                Assert.Equal(next, first);
                Assert.InRange(units, 1, 3);
                next = first + units * unit;
            }
            Assert.Equal(Panels.PaddedRows(rows, unit), next);
        }
    }

    private static void Check(WorkerPool pool, Random random, int m, int n, int k, bool transposeA, bool transposeB, WriteMode mode, bool withBias,
        GemmWidth width)
    {
        using var a = GuardedArray.Random(m * k, random);
        using var b = GuardedArray.Random(n * k, random);
        using var bias = GuardedArray.Random(n, random);
        using var c = GuardedArray.Random(m * n, random);
        var expected = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = (withBias ? bias.Pointer[j] : 0) + (mode == WriteMode.Add ? c.Pointer[i * n + j] : 0);
                for (int t = 0; t < k; t++)
                {
                    sum += (double)a.Pointer[transposeA ? t * m + i : i * k + t] * b.Pointer[transposeB ? j * k + t : t * n + j];
                }
                expected[i * n + j] = sum;
            }
        }
        CpuGemm.MatMul(pool, a.Pointer, b.Pointer, withBias ? bias.Pointer : null, c.Pointer, m, n, k, transposeA, transposeB, mode, width);
        string what = $"MatMul {m}x{n}x{k}, transposeA {transposeA}, transposeB {transposeB}, {mode}, bias {withBias}, {width}";
        c.AssertGuards(what);
        c.AssertClose(expected, k, what);
    }
}
