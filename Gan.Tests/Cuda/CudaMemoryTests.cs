using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>The pool over a CUDA driver: what is asked of it, what happens when there is no more, and the marks that let the emulator check accesses.</summary>
public class CudaMemoryTests
{
    private static readonly EmulatorProfile _small = new(MemoryBytes: 1 << 20);

    [Fact]
    public void CachedBlocksAreGivenBackBeforeARequestFails()
    {
        using CudaHost host = new(_small);
        host.Device.Allocate(600 << 10).Dispose();
        using DeviceBuffer large = host.Device.Allocate(900 << 10); // fits only without the cached one
        Assert.Equal((2, 1), (host.Device.Memory.DeviceAllocations, host.Machine.Blocks));
    }

    [Fact]
    public void OutOfMemoryTellsWhatWasAskedAndWhatIsFreeAndTheDeviceStaysUsable()
    {
        using CudaHost host = new(_small);
        using DeviceBuffer held = host.Device.Allocate(512 << 10);
        DeviceOutOfMemoryException e = Assert.Throws<DeviceOutOfMemoryException>(() => host.Device.Allocate(768 << 10));
        Assert.Equal("cuda:0: out of memory: asked for 0.8 MiB while 0.5 MiB are in use (0.5 MiB reserved; 0.5 of 1 MiB are free on the device). "
            + "A smaller --batch-size needs less.", e.Message);
        Assert.Equal((768L << 10, 512L << 10, 512L << 10, 512L << 10), (e.RequestedBytes, e.InUseBytes, e.ReservedBytes, e.FreeBytes!.Value));
        using DeviceBuffer fits = host.Device.Allocate(256 << 10);
        host.Fill(fits.AsSpan<float>().Slice(0, 4), 3);
        Assert.Equal([3, 3, 3, 3], host.Read(fits.AsSpan<float>().Slice(0, 4)));
        Assert.Equal(2, host.Device.Memory.LiveBuffers);
    }

    [Fact]
    public void BlocksThatQueuedWorkUsesAreGivenBackAfterIt()
    {
        using CudaHost host = new();
        DeviceBuffer x = host.Device.Allocate<float>(10);
        host.Fill(x.AsSpan<float>(), 1);
        x.Dispose();
        host.Device.TrimMemory(); // the strict driver frees at once; the fill must have run before
        host.Device.Synchronize();
        Assert.Equal(["fill"], host.Machine.Ran);
        Assert.Equal(0, host.Machine.Blocks);
    }

    [Fact]
    public void AnOutOfMemoryInsideACaptureLeavesTheMemoryOfRecordedCallsAlone()
    {
        using CudaHost host = new(_small);
        using DeviceBuffer result = host.Device.Allocate<float>(64);
        host.Device.Allocate(500 << 10).Dispose(); // cached, may go
        using StepPlan plan = host.Device.Capture(() =>
        {
            using (DeviceBuffer early = host.Device.Allocate<float>(64))
            {
                host.Fill(early.AsSpan<float>(), 5);
                host.Copy(early.AsSpan<float>(), result.AsSpan<float>());
            }
            using DeviceBuffer large = host.Device.Allocate(900 << 10); // only without the cached block
        });
        plan.Replay(); // faults if the early block was given back for the large one
        Assert.Equal(5, host.Read(result.AsSpan<float>())[63]);
    }

    [Fact]
    public void MoreThanWasAskedForIsOutOfBounds()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate(100); // the block has 128 bytes
        host.Device.Launches.Launch(new("test.sm_70", "fill"), new Dim3(1), new Dim3(1), 0, [.. BitConverter.GetBytes((long)x.Address), .. BitConverter.GetBytes(26), 0, 0, 0, 0]);
        CudaException e = Assert.Throws<CudaException>(host.Device.Synchronize);
        Assert.Contains("CUDA_ERROR_ILLEGAL_ADDRESS", e.Message);
    }

    [Fact]
    public void ARentedBlockIsUnwrittenAgain()
    {
        using CudaHost host = new();
        using (DeviceBuffer x = host.Device.Allocate<float>(10))
        {
            host.Fill(x.AsSpan<float>(), 1);
            Assert.Equal(1, host.Read(x.AsSpan<float>())[9]);
        }
        using DeviceBuffer again = host.Device.Allocate<float>(10);
        Assert.Equal(1, host.Machine.Blocks);
        Assert.Contains("read of unwritten memory", Assert.Throws<CudaException>(() => host.Read(again.AsSpan<float>())).Message);
    }

    [Fact]
    public void AReturnedBlockIsOutOfBoundsForWorkQueuedLaterOnly()
    {
        using CudaHost host = new();
        DeviceBuffer x = host.Device.Allocate<float>(10);
        nint address = x.Address;
        host.Fill(x.AsSpan<float>(), 1);
        x.Dispose();
        host.Device.Synchronize(); // queued before the return: fine
        host.Device.Launches.Launch(new("test.sm_70", "fill"), new Dim3(1), new Dim3(1), 0, [.. BitConverter.GetBytes((long)address), .. BitConverter.GetBytes(1), 0, 0, 0, 0]);
        Assert.Contains("outside every block", Assert.Throws<CudaException>(host.Device.Synchronize).Message);
    }

    [Fact]
    public void ForgottenBlocksComeBackThroughTheirFinalizers()
    {
        using CudaHost host = new();
        Forget(host);
        for (int i = 0; i < 50 && host.Device.Memory.LiveBuffers > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(0, host.Device.Memory.LiveBuffers);
        host.Device.Synchronize();
        using DeviceBuffer again = host.Device.Allocate<float>(10);
        host.Fill(again.AsSpan<float>(), 4);
        Assert.Equal(4, host.Read(again.AsSpan<float>())[0]);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget(CudaHost host) => host.Fill(host.Device.Allocate<float>(10).AsSpan<float>(), 1);
}
