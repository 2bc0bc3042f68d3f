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
            pool.Run(new CountInOrder(counts), counts.Length);
            Assert.All(counts, c => Assert.Equal(2, c));
        }
    }

    /// <summary>A worker on its way into the last kernel must see that the pool ends.</summary>
    [Fact]
    public void APoolEndsRightAfterAKernel()
    {
        var ending = new Thread(() =>
        {
            for (int round = 0; round < 2000; round++)
            {
                using var pool = new WorkerPool(2 + round % 2);
                pool.Run(new CountParts(new int[4]), 4);
            }
        }) { IsBackground = true };
        ending.Start();
        Assert.True(ending.Join(TimeSpan.FromSeconds(60)), "a pool does not end");
    }

    /// <summary>The worker stays in its first part until the others are done, which only the caller can do then; half of them are the worker's own.</summary>
    [Fact]
    public void ALateThreadsPartsAreDoneByOthers()
    {
        using var pool = new WorkerPool(2);
        for (int round = 0; round < 20; round++)
        {
            int[] threads = new int[40];
            pool.Run(new WorkerWaits(threads), threads.Length);
            Assert.All(threads, t => Assert.InRange(t, 1, 2));
            Assert.Single(threads, 2);
        }
    }

    [Fact]
    public void PartsOfAnIdleMachineStayWithTheirThreads()
    {
        using var board = new WorkBoard(3);
        unsafe
        {
            board.Post(null, null, 8, inOrder: false);
        }
        Assert.Equal([0, 1, 2], Claimed(board, 0, 3));
        Assert.Equal([3, 4, 5], Claimed(board, 1, 3));
        Assert.Equal([6], Claimed(board, 2, 1));
        Assert.Equal([7], Claimed(board, 0, 1)); // the last range's back half
        Assert.False(board.Claim(1, out _, out _));
        unsafe
        {
            board.Post(null, null, 4, inOrder: true);
        }
        Assert.Equal([0], Claimed(board, 2, 1));
        Assert.Equal([1, 2], Claimed(board, 1, 2));
        Assert.Equal([3], Claimed(board, 0, 1));
        Assert.False(board.Claim(2, out _, out _));
    }

    [Fact]
    public void ManyPartsAreClaimedSeveralAtATime()
    {
        using var board = new WorkBoard(2);
        unsafe
        {
            board.Post(null, null, 1000, inOrder: false);
        }
        Assert.True(board.Claim(0, out int begin, out int end));
        Assert.Equal((0, 31), (begin, end));
        Assert.True(board.Claim(1, out begin, out end));
        Assert.Equal((500, 531), (begin, end));
        int left = 1000 - 62;
        for (int turn = 0; board.Claim(turn % 2, out begin, out end); turn++)
        {
            left -= end - begin;
        }
        Assert.Equal(0, left);
    }

    [Fact]
    public void ABoardLetsInOnlyWhileItIsOpen()
    {
        using var board = new WorkBoard(2);
        Assert.False(board.Enter(out int generation));
        Assert.Equal((0, 0), (generation, board.Inside));
        unsafe
        {
            board.Post(null, null, 1, inOrder: false);
        }
        Assert.True(board.Enter(out generation));
        Assert.Equal((1, 1, 1), (generation, board.Generation, board.Inside));
        board.Close();
        Assert.False(board.Enter(out generation));
        Assert.Equal((1, 1), (generation, board.Inside));
        board.Leave();
        Assert.Equal((1, 0), (board.Generation, board.Inside));
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

    private static List<int> Claimed(WorkBoard board, int thread, int parts)
    {
        List<int> claimed = [];
        while (claimed.Count < parts)
        {
            Assert.True(board.Claim(thread, out int begin, out int end));
            claimed.AddRange(Enumerable.Range(begin, end - begin));
        }
        return claimed;
    }

    private readonly struct CountInOrder(int[] counts) : IWork
    {
        public static bool InOrder => true;

        public void Run(int part, int parts) => Interlocked.Increment(ref counts[part]);
    }

    /// <summary>Notes who did a part, 1 for the caller. The caller waits for the worker to come, the worker for all other parts.</summary>
    private readonly struct WorkerWaits(int[] threads) : IWork
    {
        public void Run(int part, int parts)
        {
            Volatile.Write(ref threads[part], WorkerPool.CurrentThread + 1);
            int[] noted = threads;
            bool caller = WorkerPool.CurrentThread == 0;
            Assert.True(
                SpinWait.SpinUntil(() => caller ? noted.Contains(2) : !noted.Contains(0), TimeSpan.FromSeconds(60)),
                caller ? "the worker does not come" : "nobody does the worker's parts");
        }
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
