using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda.Products;

public sealed class FastDivisorTests
{
    [Fact]
    public void DividesAsTheOperatorDoes()
    {
        var random = new Random(4);
        int[] divisors = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 48, 63, 64, 100, 255, 641, 4095, 65_537,
            1 << 30, int.MaxValue - 1, int.MaxValue];
        foreach (int d in divisors)
        {
            var divisor = new FastDivisor(d);
            int[] edges = [0, 1, d - 1, d, d == int.MaxValue ? d : d + 1, int.MaxValue - 1, int.MaxValue, int.MaxValue / d * d,
                Math.Max(int.MaxValue / d * d - 1, 0)];
            foreach (int n in edges.Concat(Enumerable.Range(0, 2000).Select(_ => random.Next())))
            {
                Assert.Equal(n / d, divisor.Quotient(n));
            }
        }
    }

    [Fact]
    public void ZeroIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new FastDivisor(0));
}
