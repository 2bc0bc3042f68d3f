using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>The counted model of a multiprocessor's first-level cache.</summary>
public class FirstLevelCacheTests
{
    [Fact]
    public void SectorsAreFetchedOnceAndTheOldestLineGoes()
    {
        var cache = new FirstLevelCache(2 * 128);
        Assert.Equal([false, true, false, true], new[] { cache.Read(0), cache.Read(0), cache.Read(3), cache.Read(3) }); // two sectors of a line
        Assert.False(cache.Read(4));
        Assert.True(cache.Read(0)); // used again: line 1 is the oldest now
        Assert.False(cache.Read(8));
        Assert.Equal([true, true, false], new[] { cache.Read(0), cache.Read(3), cache.Read(4) });
        cache.Clear();
        Assert.False(cache.Read(4));
    }

    /// <summary>256 KiB less a multiple of what shared memory may be, by the table of the programming guide.</summary>
    [Theory]
    [InlineData(0, 1024, 0, -1, (256 - 8) / 2.0)] // two blocks by threads, 1 KiB each reserved
    [InlineData(0, 128, 48 << 10, -1, (256 - 196) / 4.0)] // four by shared memory: 49 KiB each
    [InlineData(2, 128, 70 << 10, -1, (256 - 164) / 2.0)] // two by registers
    [InlineData(1, 512, 150 << 10, -1, 256 - 164)]
    [InlineData(2, 256, 99 << 10, -1, (256 - 228) / 2.0)]
    [InlineData(0, 128, 53 << 10, -1, (256 - 228) / 4.0)]
    [InlineData(0, 128, 53 << 10, 48, (256 - 132) / 2.0)] // 48 % of 228 KiB are 109: 132, which two blocks fit
    [InlineData(0, 128, 200 << 10, 10, 256 - 228)] // a block must fit, whatever is wished for
    public void SharesFollowTheTable(int minBlocks, int threads, int shared, int carveOut, double kib) =>
        Assert.Equal((int)(kib * 1024), FirstLevelCache.Share(minBlocks, threads, shared, carveOut));
}
