using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

/// <summary>MatMul on the emulator against double precision, in every precision.</summary>
public sealed class CudaGemmTests
{
    /// <summary>m, n, k as for the CPU: edges of tiles, of the depth in shared memory, single rows, columns and steps.</summary>
    private static readonly (int M, int N, int K)[] s_sizes =
    [
        (1, 1, 1), (1, 33, 67), (33, 1, 67), (3, 67, 33), (67, 3, 33), (33, 67, 1), (33, 67, 3), (5, 5, 5), (12, 32, 16), (13, 33, 17), (16, 16, 255),
        (24, 64, 256), (4, 4, 0), (1, 8, 0), (1, 6, 300), (7, 1, 1028), (2, 3, 700), (60, 128, 84), (65, 68, 36),
    ];

    private static readonly (int M, int N, int K)[] s_largeSizes =
    [
        (25, 65, 257), (67, 100, 300), (60, 128, 784), (100, 130, 1025), (64, 48, 2100), (530, 40, 9), (40, 530, 9),
        (337, 259, 300), (208, 1000, 110), (128, 1, 8192), (1, 8192, 128), (128, 512, 100),
    ];

    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void MatchesDoublePrecision(Precision precision) => Sweep(precision, s_sizes);

    [Theory, Trait("Category", "Long"), InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void LargeSizesMatchDoublePrecision(Precision precision)
    {
        Sweep(precision, s_sizes);
        Sweep(precision, s_largeSizes);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void UnalignedOperands(int shift)
    {
        using var host = new ProductHost(Precision.Fp32);
        var random = new Random(shift);
        Check(host, random, 36, 20, 24, false, true, WriteMode.Write, true, shift);
        Check(host, random, 1, 5, 512, false, true, WriteMode.Add, false, shift);
    }

    /// <summary>Volta and Turing: no tensor-core file may be needed, and every float32 tile fits the shared memory (64 KiB on 7.5).</summary>
    [Theory, InlineData(70), InlineData(75)]
    public void CardsBeforeAmpere(int computeCapability)
    {
        using var host = new ProductHost(Precision.Fp32, computeCapability);
        var random = new Random(computeCapability);
        foreach (ProductTile tile in ProductFamily.GemmNt.Fp32Tiles)
        {
            host.Force(tile, 1);
            Check(host, random, 20, 24, 36, false, true, WriteMode.Write, true);
        }
        Assert.All(host.Launched, k => Assert.EndsWith("sm_70", k.File));
    }

    /// <summary>A NaN or infinity in an operand must reach the result in every precision: rounding must not turn it into a number.</summary>
    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void FaultsStayVisible(Precision precision)
    {
        using var host = new ProductHost(precision);
        float[] bad = [float.NaN, BitConverter.Int32BitsToSingle(0x7FFFFFFF), BitConverter.Int32BitsToSingle(0x7F800001), float.PositiveInfinity];
        float[] a = ProductHost.Numbers(8 * 12, new Random(1)), b = ProductHost.Numbers(8 * 12, new Random(2));
        for (int row = 0; row < bad.Length; row++)
        {
            a[row * 12 + 5] = bad[row];
        }
        float[] c = host.Read([a, b], 64, (kernels, x, y) => kernels.MatMul(x[0], x[1], default, y, 8, 8, 12, false, true, WriteMode.Write));
        for (int i = 0; i < c.Length; i++)
        {
            Assert.True(float.IsFinite(c[i]) == (i / 8 >= bad.Length), $"row {i / 8}, column {i % 8} is {c[i]}.");
        }
    }

    [Theory, InlineData(Precision.Fp32), InlineData(Precision.Tf32), InlineData(Precision.Bf16)]
    public void SameBitsAgain(Precision precision)
    {
        using var host = new ProductHost(precision);
        float[]? first = null;
        for (int run = 0; run < 2; run++)
        {
            float[] c = Check(host, new Random(5), 48, 40, 1100, true, false, WriteMode.Add, false);
            first ??= c;
            Assert.Equal(first, c);
        }
        Assert.Contains(host.Launched, k => k.Entry.StartsWith("sum_", StringComparison.Ordinal));
    }

    /// <summary>The float32 tile must not let rounding errors pile up in one accumulator: sums of 6000 numbers that do not cancel.</summary>
    [Fact]
    public void LongSumsStayAccurate()
    {
        const int Count = 8, Length = 6000;
        using var host = new ProductHost(Precision.Fp32);
        var random = new Random(9);
        float[] a = [.. Enumerable.Range(0, Count * Length).Select(_ => random.NextSingle())];
        float[] b = [.. Enumerable.Range(0, Count * Length).Select(_ => random.NextSingle())];
        host.Force(ProductFamily.GemmNt.Fp32Tiles[1], 1);
        double[] exact = ProductReference.MatMul(a, b, Count, Count, Length, false, true);
        float[] c = host.Check("long sums", [a, b], null, new float[Count * Count], WriteMode.Write, 10_000, _ => exact,
            (kernels, x, _, y) => kernels.MatMul(x[0], x[1], default, y, Count, Count, Length, false, true, WriteMode.Write), plain: true);
        double ours = 0, plain = 0;
        for (int i = 0; i < Count * Count; i++)
        {
            float sum = 0;
            for (int t = 0; t < Length; t++)
            {
                sum = MathF.FusedMultiplyAdd(a[i / Count * Length + t], b[i % Count * Length + t], sum);
            }
            ours += Math.Pow(c[i] - exact[i], 2);
            plain += Math.Pow(sum - exact[i], 2);
        }
        Assert.True(ours * 9 < plain, $"rms error {Math.Sqrt(ours)} against {Math.Sqrt(plain)} of a plain sum; a third or less is expected.");
    }

    [Fact]
    public void WrongLengthsAreNamed()
    {
        using var host = new ProductHost(Precision.Fp32);
        float[][] inputs = [new float[6], new float[5]];
        ArgumentException error = Assert.Throws<ArgumentException>(() => host.Check("short b", inputs, null, new float[4], WriteMode.Write,
            3, _ => [], (kernels, x, _, y) => kernels.MatMul(x[0], x[1], default, y, 2, 2, 3, false, false, WriteMode.Write)));
        Assert.Contains("MatMul: b has 5 elements where 6 are needed", error.Message);
    }

    /// <summary>One product, compared; answers with the device's c.</summary>
    internal static float[] Check(ProductHost host, Random random, int m, int n, int k, bool transposeA, bool transposeB, WriteMode mode,
        bool withBias, int shift = 0, int outputShift = 0) =>
        host.Check($"MatMul {m}x{n}x{k}, transposeA {transposeA}, transposeB {transposeB}",
            [ProductHost.Numbers((long)m * k, random), ProductHost.Numbers((long)n * k, random)], withBias ? ProductHost.Numbers(n, random) : null,
            ProductHost.Numbers((long)m * n, random), mode, k, x => ProductReference.MatMul(x[0], x[1], m, n, k, transposeA, transposeB),
            (kernels, x, bias, c) => kernels.MatMul(x[0], x[1], bias, c, m, n, k, transposeA, transposeB, mode), shift, outputShift);

    private static void Sweep(Precision precision, (int M, int N, int K)[] sizes)
    {
        using var host = new ProductHost(precision);
        var random = new Random(7);
        int i = 0;
        foreach ((int m, int n, int k) in sizes)
        {
            for (int variant = 0; variant < 8; variant++, i++)
            {
                Check(host, random, m, n, k, (variant & 1) != 0, (variant & 2) != 0, (variant & 4) != 0 ? WriteMode.Add : WriteMode.Write,
                    (variant + i / 8) % 3 != 0);
            }
        }
    }
}
