using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

public class PhiloxTests : KernelTests
{
    [Theory] // kat_vectors of Random123, philox 4x32 10
    [InlineData(0u, 0u, 0u, 0u, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0ul, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0x299f31d0a4093822ul,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void GivesThePublishedWords(uint c0, uint c1, uint c2, uint c3, ulong key, uint w0, uint w1, uint w2, uint w3) =>
        Assert.Equal((w0, w1, w2, w3), Philox.Block(c0, c1, c2, c3, key));

    [Theory, InlineData(0, 5), InlineData(1, 1), InlineData(3, 2), InlineData(5, 100), InlineData(2, 1003), InlineData(1, 50_001)]
    [InlineData(400, 67)]
    public void DrawsAreTheContractsFunctionOfPositionAtEveryWidth(int rows, int columns)
    {
        const ulong seed = 0x123456789ABCDEF0;
        float[] result = Target.SameBits(h =>
        {
            DeviceSpan<float> uniform = h.Room<float>((long)rows * columns), normal = h.Room<float>((long)rows * columns);
            DeviceSpan<uint> state = State(h, 77);
            h.K.PhiloxUniform(uniform, rows, columns, state, seed, RandomStream.User, 3, -2, 6);
            h.K.PhiloxNormal(normal, rows, columns, state, seed, RandomStream.User, 3, 1, 0.5f);
            return [.. h.Read(uniform), .. h.Read(normal)];
        });
        int n = rows * columns;
        for (int i = 0; i < n; i++)
        {
            (int r, int c) = int.DivRem(i, columns);
            (uint w0, uint w1, uint w2, uint w3) = Philox.Block((uint)c / 4, (uint)r, 77, 5 * 65536 + 3, seed);
            uint[] w = [w0, w1, w2, w3];
            Assert.Equal(-2 + 8 * ((w[c % 4] >> 8) / 16777216f), result[i], 1e-6f);
            uint a = w[c % 4 / 2 * 2] >> 8, b = w[c % 4 / 2 * 2 + 1] >> 8;
            double radius = Math.Sqrt(-2 * Math.Log((a + 1) / 16777216.0)), angle = 2 * Math.PI * b / 16777216.0;
            Assert.Equal(1 + 0.5 * radius * (c % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle)), result[n + i], 2e-6);
        }
    }

    [Fact]
    public void NormalsAreNormalAndIndependentOfNeighbours()
    {
        const int rows = 1000, columns = 1000;
        using KernelHost h = Target.Open();
        float[] Draw(uint step, int draw)
        {
            DeviceSpan<float> y = h.Room<float>(rows * columns);
            h.K.PhiloxNormal(y, rows, columns, State(h, step), 999, RandomStream.Latent, draw, 0, 1);
            return h.Read(y);
        }
        float[] x = Draw(4, 0);
        double n = x.Length, mean = x.Average(v => (double)v), variance = x.Average(v => (v - mean) * (v - mean));
        double kurtosis = x.Average(v => Math.Pow(v - mean, 4)) / (variance * variance), skew = x.Average(v => Math.Pow(v - mean, 3));
        // five standard errors each
        Assert.InRange(mean, -5 / Math.Sqrt(n), 5 / Math.Sqrt(n));
        Assert.InRange(variance, 1 - 5 * Math.Sqrt(2 / n), 1 + 5 * Math.Sqrt(2 / n));
        Assert.InRange(skew, -5 * Math.Sqrt(15 / n), 5 * Math.Sqrt(15 / n));
        Assert.InRange(kurtosis, 3 - 5 * Math.Sqrt(24 / n), 3 + 5 * Math.Sqrt(24 / n));
        float[] sorted = [.. x.Order()];
        double ks = sorted.Select((v, i) => Math.Abs(Phi(v) - (i + 0.5) / n)).Max();
        Assert.InRange(ks * Math.Sqrt(n), 0.2, 1.95); // Kolmogorov: P(above 1.95) = 0.001; below 0.2 would be too good
        float[] nextStep = Draw(5, 0), nextDraw = Draw(4, 1);
        foreach ((string what, double r) in new (string, double)[]
        {
            ("next column", Correlation(x, x[1..])), ("column after", Correlation(x, x[2..])), ("next row", Correlation(x, x[columns..])),
            ("next step", Correlation(x, nextStep)), ("next draw", Correlation(x, nextDraw)),
            ("squares of neighbours", Correlation(Squares(x), Squares(x[1..]))),
        })
        {
            Assert.True(Math.Abs(r) < 5 / Math.Sqrt(n), $"{what}: correlation {r}");
        }
    }

    [Fact]
    public void UniformsAreUniformAndBelowOne()
    {
        using KernelHost h = Target.Open();
        DeviceSpan<float> y = h.Room<float>(1_000_000);
        h.K.PhiloxUniform(y, 1000, 1000, State(h, 0), 1, RandomStream.Init, 0, 0, 1);
        float[] x = h.Read(y);
        Assert.InRange(x.Min(), 0, 1e-4f);
        Assert.InRange(x.Max(), 0.9999f, 0.99999999f);
        double chi2 = x.GroupBy(v => (int)(v * 100)).Sum(g => Math.Pow(g.Count() - 10_000, 2) / 10_000);
        Assert.InRange(chi2, 53, 160); // 99 degrees of freedom, about 1 in 10^4 each side
    }

    [Fact]
    public void SeedStreamAndDrawMakeDifferentNumbers()
    {
        using KernelHost h = Target.Open();
        List<float> firsts = [];
        foreach ((ulong seed, RandomStream stream, int draw, uint step) in new[]
        {
            (1ul, RandomStream.Init, 0, 0u), (2ul, RandomStream.Init, 0, 0u), (1ul << 32, RandomStream.Init, 0, 0u),
            (1ul, RandomStream.Latent, 0, 0u),
            (1ul, RandomStream.Init, 1, 0u), (1ul, RandomStream.Init, 0, 1u),
        })
        {
            DeviceSpan<float> y = h.Room<float>(8);
            h.K.PhiloxNormal(y, 1, 8, State(h, step), seed, stream, draw, 0, 1);
            firsts.AddRange(h.Read(y));
        }
        Assert.Equal(firsts.Count, firsts.Distinct().Count());
    }

    private static DeviceSpan<uint> State(KernelHost h, uint step)
    {
        uint[] state = new uint[StepState.Length];
        state[(int)StepField.Step] = step;
        return h.Of(state);
    }

    private static float[] Squares(float[] x) => [.. x.Select(v => v * v - 1)];

    private static double Correlation(float[] a, float[] b)
    {
        int n = Math.Min(a.Length, b.Length);
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < n; i++)
        {
            (ab, aa, bb) = (ab + (double)a[i] * b[i], aa + (double)a[i] * a[i], bb + (double)b[i] * b[i]);
        }
        return ab / Math.Sqrt(aa * bb);
    }

    /// <summary>The normal distribution function, by the series of Marsaglia (2004).</summary>
    private static double Phi(double x)
    {
        double sum = x, term = x;
        for (int i = 3; Math.Abs(term) > 1e-16; i += 2)
        {
            sum += term *= x * x / i;
        }
        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
