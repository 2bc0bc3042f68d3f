using System.Diagnostics;
using Gan.Tests.EndToEnd;
using Gan.Train.Reports;
using Xunit;

namespace Gan.Tests.Reports;

/// <summary>Work beside the training: the latest wins, none is lost, its share of the time is bounded.</summary>
[Collection(Alone.Name)]
public class LatestJobTests
{
    [Fact]
    public void TheLatestIsDoneAndThoseItReplacesAreNot()
    {
        var jobs = new LatestJob(0.5);
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        var done = new List<int>();
        jobs.Post(() =>
        {
            begun.Set();
            gate.Wait(TestContext.Current.CancellationToken);
            done.Add(0);
        });
        begun.Wait(TestContext.Current.CancellationToken);
        for (int i = 1; i <= 5; i++)
        {
            int job = i;
            jobs.Post(() => done.Add(job));
        }
        gate.Set();
        jobs.Wait();
        Assert.Equal([0, 5], done);
        jobs.Post(() => done.Add(6));
        jobs.Wait();
        Assert.Equal([0, 5, 6], done);
    }

    [Fact]
    public void AFailureIsToldOnceAndEndsNothing()
    {
        var jobs = new LatestJob(0.5);
        jobs.Wait();
        Assert.Null(jobs.TakeFailure());
        jobs.Post(static () => throw new IOException("full"));
        jobs.Wait();
        bool done = false;
        jobs.Post(() => done = true);
        jobs.Wait();
        Assert.True(done);
        Assert.Equal("full", jobs.TakeFailure()?.Message);
        Assert.Null(jobs.TakeFailure());
    }

    [Fact]
    public void AJobThatHadToWaitForTheProcessorIsNotADearOne()
    {
        TimeSpan cost = TimeSpan.Zero;
        foreach (int took in (int[])[20, 400, 22, 300])
        {
            cost = LatestJob.Cost(cost, TimeSpan.FromMilliseconds(took));
        }
        Assert.Equal(27.5, cost.TotalMilliseconds, 3);
        for (int i = 0; i < 20; i++)
        {
            cost = LatestJob.Cost(cost, TimeSpan.FromMilliseconds(300));
        }
        Assert.Equal(300, cost.TotalMilliseconds, 3); // it really has become dearer
    }

    /// <summary>Jobs of 20 ms, posted without end for a second from the start of the first: a twentieth of it is time for two or three.</summary>
    [Fact]
    public void TheyStayWithinTheirShare()
    {
        var jobs = new LatestJob(0.05);
        int done = 0;
        using var begun = new ManualResetEventSlim();
        void Job()
        {
            begun.Set();
            Thread.Sleep(20);
            Interlocked.Increment(ref done);
        }
        jobs.Post(Job);
        Assert.True(begun.Wait(TimeSpan.FromMinutes(1)), "no thread of the pool in a minute");
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 1000;)
        {
            jobs.Post(Job);
            Thread.Sleep(1);
        }
        Assert.InRange(Volatile.Read(ref done), 1, 3);
        jobs.Wait(); // does not wait for the share
        Assert.InRange(done, 2, 4);
    }
}
