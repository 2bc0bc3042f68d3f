using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Captured steps as CUDA graphs.</summary>
public class CudaReplayTests
{
    [Theory, InlineData(false), InlineData(true), InlineData(false, true), InlineData(true, true)]
    public void AReplayRepeatsTheStepInOneLaunch(bool branches, bool dependent = false)
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        (host.Device.Launches.Branches, host.Device.Launches.DependentLaunch) = (branches, dependent);
        using DeviceBuffer state = host.Device.Allocate<float>(4), result = host.Device.Allocate<float>(4);
        host.Fill(state.AsSpan<float>(), 0);
        using StepPlan plan = host.Device.Capture(() => Step(host, state, result));
        Assert.Equal([2, 2, 2, 2], host.Read(result.AsSpan<float>())); // the capture ran the step
        (int launches, int allocations) = (driver!.Count("Launch"), driver.Count("MemoryAllocate"));
        for (int i = 0; i < 3; i++)
        {
            plan.Replay();
        }
        Assert.Equal([8, 8, 8, 8], host.Read(result.AsSpan<float>()));
        Assert.Equal([8, 8, 8, 8], host.Read(state.AsSpan<float>()));
        Assert.Equal((1, 3, branches || dependent ? launches : launches + 6, allocations), (driver.Count("GraphInstantiate"), driver.Count("GraphLaunch"), driver.Count("Launch"), driver.Count("MemoryAllocate")));
    }

    /// <summary>state += 2, result = state; by way of temporaries, one of which takes the block of the other.</summary>
    private static void Step(CudaHost host, DeviceBuffer state, DeviceBuffer result)
    {
        using (DeviceBuffer first = host.Device.Allocate<float>(4))
        {
            host.Copy(state.AsSpan<float>(), first.AsSpan<float>());
            host.Increment(first.AsSpan<float>());
            host.Copy(first.AsSpan<float>(), state.AsSpan<float>());
        }
        using DeviceBuffer scratch = host.Device.Launches.Scratch(15); // the same block, used for less
        host.Fill(new DeviceSpan<float>(scratch, 0, 3), 7);
        host.Increment(state.AsSpan<float>());
        host.Copy(state.AsSpan<float>(), result.AsSpan<float>());
    }

    [Fact]
    public void EagerWorkBetweenReplaysDoesNotTouchThePlansMemory()
    {
        using CudaHost host = new();
        using DeviceBuffer state = host.Device.Allocate<float>(4), result = host.Device.Allocate<float>(4);
        host.Fill(state.AsSpan<float>(), 0);
        using StepPlan plan = host.Device.Capture(() => Step(host, state, result));
        using DeviceBuffer eager = host.Device.Allocate<float>(4);
        host.Fill(eager.AsSpan<float>(), 9);
        plan.Replay();
        Assert.Equal([9, 9, 9, 9], host.Read(eager.AsSpan<float>()));
        Assert.Equal([4, 4, 4, 4], host.Read(result.AsSpan<float>()));
    }

    [Fact]
    public void AReplayReadsNothingThatItDidNotWrite()
    {
        using CudaHost host = new();
        using DeviceBuffer result = host.Device.Allocate<float>(4);
        DeviceBuffer? kept = null;
        using StepPlan plan = host.Device.Capture(() =>
        {
            kept = host.Device.Allocate<float>(4);
            host.Fill(result.AsSpan<float>(), 1);
        });
        using (kept)
        {
            host.Fill(kept!.AsSpan<float>(), 3); // by hand, after the capture: a replay starts without it
            plan.Replay();
            Assert.Contains("read of unwritten memory", Assert.Throws<CudaException>(() => host.Read(kept!.AsSpan<float>())).Message);
        }
    }

    [Fact]
    public void AnEmptyPlanReplaysNothing()
    {
        using CudaHost host = new();
        using StepPlan plan = host.Device.Capture(static () => { });
        plan.Replay();
        host.Device.Synchronize();
        Assert.Empty(host.Machine.Ran);
    }

    [Theory, InlineData("StreamBeginCapture"), InlineData("StreamEndCapture"), InlineData("GraphInstantiate"), InlineData("GraphLaunch"), InlineData("Launch")]
    [InlineData("GraphCreate", true), InlineData("GraphAddKernelNode", true), InlineData("GraphInstantiate", true), InlineData("GraphLaunch", true)]
    [InlineData("GraphCreate", false, true), InlineData("GraphAddKernelNode", false, true), InlineData("GraphAddProgrammaticDependencies", false, true)]
    public void AFailedReplayCanBeTriedAgainAndLeaksNothing(string method, bool branches = false, bool dependent = false)
    {
        FaultyDriver? driver = null;
        CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        (host.Device.Launches.Branches, host.Device.Launches.DependentLaunch) = (branches, dependent);
        DeviceBuffer x = host.Device.Allocate<float>(4);
        host.Fill(x.AsSpan<float>(), 0);
        StepPlan plan = host.Device.Capture(() =>
        {
            host.Fill(x.AsSpan<float>(), 1);
            host.Increment(x.AsSpan<float>());
        });
        driver!.Fail(method, CudaResult.InvalidValue);
        Assert.Contains("CUDA_ERROR_INVALID_VALUE", Assert.Throws<CudaException>(plan.Replay).Message);
        plan.Replay();
        Assert.Equal([2, 2, 2, 2], host.Read(x.AsSpan<float>()));
        plan.Dispose();
        x.Dispose();
        host.Device.Dispose();
        Assert.Equal("", host.Emulator.Leaks);
        host.Dispose();
    }

    [Fact]
    public void AStepThatThrowsLeavesTheDeviceUsable()
    {
        using CudaHost host = new();
        Assert.Throws<InvalidTimeZoneException>(() => host.Device.Capture(() =>
        {
            using DeviceBuffer x = host.Device.Allocate<float>(4);
            host.Fill(x.AsSpan<float>(), 0);
            throw new InvalidTimeZoneException();
        }));
        using DeviceBuffer y = host.Device.Allocate<float>(4);
        using StepPlan plan = host.Device.Capture(() => host.Fill(y.AsSpan<float>(), 1));
        plan.Replay();
        Assert.Equal([1, 1, 1, 1], host.Read(y.AsSpan<float>()));
    }

    [Fact]
    public void ADisposedPlanLetsItsGraphAndMemoryGo()
    {
        using CudaHost host = new();
        using DeviceBuffer state = host.Device.Allocate<float>(4), result = host.Device.Allocate<float>(4);
        host.Fill(state.AsSpan<float>(), 0);
        StepPlan plan = host.Device.Capture(() => Step(host, state, result));
        plan.Replay();
        plan.Dispose(); // while the replay is queued
        Assert.Equal("1 context, 1 stream, 3 modules, 2 blocks", host.Emulator.LiveHandles);
        Assert.Throws<ObjectDisposedException>(plan.Replay);
        Assert.Equal([4, 4, 4, 4], host.Read(result.AsSpan<float>()));
    }

    /// <summary>Finalizers return blocks at any moment; neither captures nor graphs may take their marks for the step's own.</summary>
    [Fact]
    public void BlocksForgottenMeanwhileDisturbNoReplay()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate<float>(4);
        host.Fill(x.AsSpan<float>(), 0);
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 0; i < 40; i++)
            {
                Forget(host);
                using StepPlan plan = host.Device.Capture(() =>
                {
                    Forget(host);
                    host.Increment(x.AsSpan<float>());
                });
                Forget(host);
                plan.Replay();
                plan.Replay();
            }
            Assert.Equal([120, 120, 120, 120], host.Read(x.AsSpan<float>()));
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget(CudaHost host)
    {
        DeviceBuffer forgotten = host.Device.Allocate<float>(4);
        host.Fill(forgotten.AsSpan<float>(), 1);
        GC.KeepAlive(forgotten);
    }
}
