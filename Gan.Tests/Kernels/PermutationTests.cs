using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

public class PermutationTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(60), InlineData(1000)]
    [InlineData(4096), InlineData(4097), InlineData(60_000)]
    public void IsABijection(int count)
    {
        for (uint epoch = 0; epoch < 3; epoch++)
        {
            Permutation permutation = new((uint)count, 999, epoch);
            Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(i => (int)permutation.Map((uint)i)).Order());
        }
    }

    [Fact]
    public void StaysBelowTheLargestCount()
    {
        const uint count = int.MaxValue;
        Permutation permutation = new(count, 1, 0);
        uint[] places = [.. Enumerable.Range(0, 10_000).Select(i => permutation.Map((uint)i))];
        Assert.All(places, p => Assert.True(p < count));
        Assert.Equal(places.Length, places.Distinct().Count());
        Assert.InRange(places.Average(p => (double)p / count), 0.48, 0.52);
    }

    [Fact]
    public void EpochsAndSeedsDiffer()
    {
        uint[] Places(ulong seed, uint epoch) => [.. Enumerable.Range(0, 1000).Select(i => Permutation.Map((uint)i, 1000, seed, epoch))];
        uint[][] all = [Places(1, 0), Places(1, 1), Places(2, 0), Places(1ul << 32, 0)];
        for (int i = 0; i < all.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int same = all[i].Zip(all[j]).Count(p => p.First == p.Second);
                Assert.InRange(same, 0, 8); // one on average, by chance
            }
        }
        Assert.Equal(all[0], Places(1, 0));
    }

    [Theory, InlineData(2), InlineData(3), InlineData(5), InlineData(16), InlineData(60)]
    public void EveryImageComesToEveryPlaceEquallyOften(int count)
    {
        const int epochs = 6000;
        int[,] times = new int[count, count];
        int[,] together = new int[count, count];
        for (uint epoch = 0; epoch < epochs; epoch++)
        {
            Permutation permutation = new((uint)count, 12345, epoch);
            uint first = permutation.Map(0), second = permutation.Map(1);
            together[first, second]++;
            for (uint i = 0; i < count; i++)
            {
                times[i, permutation.Map(i)]++;
            }
        }
        CheckChiSquare(times.Cast<int>(), epochs / (double)count, (count - 1) * (count - 1));
        int pairs = count * (count - 1);
        CheckChiSquare(together.Cast<int>().Where((_, i) => i / count != i % count), epochs / (double)pairs, pairs - 1);
    }

    [Fact]
    public void NeighboursAreNotKeptTogether()
    {
        const int count = 50_000;
        Permutation permutation = new(count, 7, 0);
        int kept = 0;
        for (uint i = 0; i + 1 < count; i++)
        {
            kept += Math.Abs((long)permutation.Map(i) - permutation.Map(i + 1)) == 1 ? 1 : 0;
        }
        Assert.InRange(kept, 0, 12); // two on average, by chance
    }

    private static void CheckChiSquare(IEnumerable<int> observed, double expected, int freedom)
    {
        double chi2 = observed.Sum(o => (o - expected) * (o - expected) / expected);
        double limit = freedom * Math.Pow(1 - 2.0 / (9 * freedom) + 4 * Math.Sqrt(2.0 / (9 * freedom)), 3); // Wilson and Hilferty, 4 sigma
        Assert.True(chi2 < limit, $"chi-square {chi2:0.0} with {freedom} degrees of freedom, limit {limit:0.0}");
    }
}
