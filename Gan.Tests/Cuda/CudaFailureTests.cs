using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Drivers that disappear, memory that runs out, kernels that fault: clear errors, nothing leaked, and Dispose never throws.</summary>
public class CudaFailureTests
{
    [Fact]
    public void AKernelsFaultNamesTheKernelAndEndsTheDevice()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate<float>(4);
        host.Stray();
        host.Fill(x.AsSpan<float>(), 1);
        CudaException e = Assert.Throws<CudaException>(host.Device.Synchronize);
        Assert.Equal("cuda:0: StreamSynchronize failed with CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered: kernel stray, line 7, "
            + "block (0, 0, 0), thread (1, 0, 0): store of 4 bytes at 0x0 is outside every block. The last kernel queued was test.sm_70/fill; it or one before "
            + "it failed. The device can't be used any more in this process; start again from the last checkpoint.", e.Message);
        Assert.Equal(700, e.DriverCode);
        Assert.True(host.Device.Session.Lost);
        Assert.Throws<CudaException>(() => host.Device.Allocate(16));
        Assert.Throws<CudaException>(() => host.Read(x.AsSpan<float>()));
        Assert.Throws<CudaException>(() => host.Fill(x.AsSpan<float>(), 1));
    }

    [Theory]
    [InlineData((int)CudaResult.Deinitialized, "Start again from the last checkpoint", true)]
    [InlineData((int)CudaResult.SystemDriverMismatch, "restart the machine", true)]
    [InlineData((int)CudaResult.LaunchTimeout, "The last kernel queued was test.sm_70/fill; it or one before it failed (set GAN_CUDA_SYNC=1", true)]
    [InlineData((int)CudaResult.EccUncorrectable, "can't be used any more in this process", true)]
    [InlineData(1234, "CUDA error 1234.", false)]
    public void EveryCodeIsSaidWithARemedy(int code, string expected, bool lost)
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        using DeviceBuffer x = host.Device.Allocate<float>(4);
        host.Fill(x.AsSpan<float>(), 1);
        driver!.Fail("StreamSynchronize", (CudaResult)code, sticky: true);
        CudaException e = Assert.Throws<CudaException>(host.Device.Synchronize);
        Assert.StartsWith("cuda:0: StreamSynchronize failed with ", e.Message);
        Assert.Contains(expected, e.Message);
        Assert.Equal((lost, code), (host.Device.Session.Lost, e.DriverCode));
    }

    [Fact]
    public void WaitingAfterEachLaunchNamesTheKernelAtOnce()
    {
        using CudaHost host = new();
        host.Device.Launches.WaitAfterEach = true;
        using DeviceBuffer x = host.Device.Allocate<float>(4);
        host.Fill(x.AsSpan<float>(), 1);
        Assert.Contains("The last kernel queued was test.sm_70/stray;", Assert.Throws<CudaException>(host.Stray).Message);
    }

    /// <summary>The driver goes away at each call of a short piece of work in turn; whatever the call, the error is a clear one and cleaning up is quiet.</summary>
    [Theory, InlineData((int)CudaResult.Deinitialized), InlineData((int)CudaResult.SystemDriverMismatch), InlineData((int)CudaResult.IllegalAddress), InlineData((int)CudaResult.Unknown)]
    public void ADriverThatDisappearsAtAnyCallGivesAClearErrorAndAQuietEnd(int code)
    {
        FaultyDriver? counting = null;
        Work(inner => counting = new FaultyDriver(inner));
        string[] cleaning = ["ContextSetCurrent", "StreamSynchronize", "GraphExecutableDestroy", "EventDestroy", "HostFree", "MemoryFree", "ModuleUnload",
            "StreamDestroy", "PrimaryContextRelease"];
        int reported = 0;
        foreach ((string method, int calls) in counting!.Calls)
        {
            for (int n = 1; n <= calls; n++)
            {
                Exception? failure = Record.Exception(() => Work(inner =>
                {
                    FaultyDriver driver = new(inner);
                    driver.Fail(method, (CudaResult)code, n, sticky: true);
                    return driver;
                }));
                if (failure is null && cleaning.Contains(method))
                {
                    continue; // after the work, in a Dispose: the failure stays, so any call of the work would have reported it
                }
                CudaException e = Assert.IsType<CudaException>(failure);
                Assert.StartsWith("cuda:0: ", e.Message);
                Assert.Equal(code, e.DriverCode);
                reported++;
            }
        }
        Assert.InRange(reported, 40, 1000);
    }

    /// <summary>Opens a device, copies, launches, captures, replays, reads, trims and disposes of everything.</summary>
    private static void Work(Func<ICudaDriver, ICudaDriver> wrap)
    {
        using CudaHost host = new(wrap: wrap);
        using DeviceBuffer x = host.Device.Allocate<float>(4), y = host.Device.Allocate<float>(4);
        host.Device.CopyFromHost<float>([1, 2, 3, 4], x.AsSpan<float>());
        using StepPlan plan = host.Device.Capture(() =>
        {
            using DeviceBuffer scratch = host.Device.Allocate<float>(100);
            host.Increment(x.AsSpan<float>());
            host.Copy(x.AsSpan<float>(), y.AsSpan<float>());
        });
        plan.Replay();
        plan.Replay();
        Assert.Equal([4, 5, 6, 7], host.Read(y.AsSpan<float>()));
        host.Device.Allocate(1000).Dispose();
        host.Device.TrimMemory();
        host.Launch("big", [], dynamicShared: 90 * 1024);
        host.Device.Synchronize();
    }

    /// <summary>Memory runs out at each allocation in turn, for good: a clear error, nothing leaked, and the device still works.</summary>
    [Fact]
    public void MemoryThatRunsOutAtAnyAllocationIsAClearErrorAndTheDeviceStaysUsable()
    {
        const int Buffers = 5;
        for (int k = 1; k <= Buffers; k++)
        {
            FaultyDriver? driver = null;
            CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
            host.Device.Allocate(1 << 16).Dispose(); // a cached block to give back
            driver!.Fail("MemoryAllocate", CudaResult.OutOfMemory, k, times: 2);
            List<DeviceBuffer> buffers = [];
            int frees = driver.Count("MemoryFree");
            DeviceOutOfMemoryException e = Assert.Throws<DeviceOutOfMemoryException>(() =>
            {
                for (int i = 0; i < Buffers; i++)
                {
                    buffers.Add(host.Device.Allocate(1000 + i));
                }
            });
            Assert.Contains($"asked for 0 MiB while 0 MiB are in use", e.Message);
            Assert.Contains("64 of 64 MiB are free on the device", e.Message);
            Assert.Equal((k - 1, 1), (buffers.Count, driver.Count("MemoryFree") - frees)); // the cached block went first
            using (DeviceBuffer now = host.Device.Allocate<float>(3))
            {
                host.Fill(now.AsSpan<float>(), 2);
                Assert.Equal([2, 2, 2], host.Read(now.AsSpan<float>()));
            }
            buffers.ForEach(static b => b.Dispose());
            Assert.Equal(0, host.Device.Memory.LiveBuffers);
            host.Device.Dispose();
            Assert.Equal(("", 0), (host.Emulator.Leaks, host.Machine.Blocks));
            host.Dispose();
        }
    }

    [Fact]
    public void ASingleRefusalIsGotOverByTrimming()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        driver!.Fail("MemoryAllocate", CudaResult.OutOfMemory);
        using DeviceBuffer x = host.Device.Allocate(100);
        Assert.Equal(2, driver.Count("MemoryAllocate"));
    }

    [Fact]
    public void PageLockedMemoryThatRunsOutIsAnErrorAndTheDeviceStaysUsable()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        using DeviceBuffer x = host.Device.Allocate<float>(2);
        driver!.Fail("HostAllocate", CudaResult.OutOfMemory);
        Assert.Contains("HostAllocate failed with CUDA_ERROR_OUT_OF_MEMORY", Assert.Throws<CudaException>(() => host.Device.CopyFromHost<float>([1], x.AsSpan<float>())).Message);
        host.Device.CopyFromHost<float>([1, 2], x.AsSpan<float>());
        Assert.Equal([1, 2], host.Read(x.AsSpan<float>()));
    }

    [Fact]
    public void DisposingAfterAFaultIsQuietAndLeavesNothingBehind()
    {
        CudaHost host = new();
        DeviceBuffer x = host.Device.Allocate<float>(4);
        StepPlan plan = host.Device.Capture(() => host.Fill(x.AsSpan<float>(), 1));
        plan.Replay();
        host.Stray();
        plan.Replay();
        Assert.Throws<CudaException>(host.Device.Synchronize);
        plan.Dispose();
        host.Device.TrimMemory();
        host.Device.Dispose();
        host.Device.Dispose();
        x.Dispose();
        Assert.Equal(("", 0), (host.Emulator.LiveHandles, host.Machine.Blocks));
        Assert.Throws<ObjectDisposedException>(host.Device.Synchronize);
        host.Dispose();
    }
}
