using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>The worker threads: every part once, failures reported, many kernels in a row, several callers.</summary>
public sealed class WorkerPoolTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(8)]
    public void RunsEveryPartOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int round = 0; round < 3000; round++)
        {
            int[] counts = new int[1 + round % 40];
            pool.Run(new CountParts(counts), counts.Length);
            Assert.All(counts, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void WorkersComeBackAfterSleeping()
    {
        using var pool = new WorkerPool(3);
        for (int round = 0; round < 5; round++)
        {
            int[] counts = new int[64];
            pool.Run(new CountParts(counts), counts.Length);
            Assert.All(counts, c => Assert.Equal(1, c));
            Thread.Sleep(20);
        }
    }

    [Fact]
    public void SeveralCallersTakeTurns()
    {
        using var pool = new WorkerPool(3);
        Parallel.For(0, 4, _ =>
        {
            for (int round = 0; round < 500; round++)
            {
                int[] counts = new int[7];
                pool.Run(new CountParts(counts), counts.Length);
                Assert.All(counts, c => Assert.Equal(1, c));
            }
        });
    }

    [Fact]
    public void FailureReachesTheCallerAndThePoolGoesOn()
    {
        using var pool = new WorkerPool(2);
        var failure = Assert.Throws<InvalidOperationException>(() => pool.Run(default(Fail), 8));
        Assert.IsType<ArithmeticException>(failure.InnerException);
        int[] counts = new int[9];
        pool.Run(new CountParts(counts), counts.Length);
        Assert.All(counts, c => Assert.Equal(1, c));
    }

    [Fact]
    public void RunningAllocatesNothing()
    {
        using var pool = new WorkerPool(2);
        int[] counts = new int[16];
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                pool.Run(new CountParts(counts), counts.Length);
            }
        }));
    }

    private readonly struct CountParts(int[] counts) : IWork
    {
        public void Run(int part, int parts) => Interlocked.Increment(ref counts[part]);
    }

    private readonly struct Fail : IWork
    {
        public void Run(int part, int parts)
        {
            if (part == 5)
            {
                throw new ArithmeticException("part 5");
            }
        }
    }
}
