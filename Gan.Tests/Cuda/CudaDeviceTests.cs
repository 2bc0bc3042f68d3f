using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Copies, launches, modules and memory of <see cref="CudaDevice"/>, over a strict driver whose kernels are C#.</summary>
public class CudaDeviceTests
{
    [Fact]
    public void SaysWhatItIs()
    {
        using CudaHost host = new();
        Assert.Equal("cuda:0", host.Device.Name);
        Assert.Equal("Gan PTX emulator, compute capability 9.0, 16 multiprocessors, 0.1 GiB, driver for CUDA 12.4", host.Device.Description);
        Assert.Equal((90, 16, Precision.Fp32), (host.Device.ComputeCapability, host.Device.Multiprocessors, host.Device.Precision));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(1000), InlineData((4 << 20) / 4), InlineData((4 << 20) / 4 + 1), InlineData((19 << 20) / 4 + 3)]
    public void UploadsAndDownloadsAnyLength(int length)
    {
        using CudaHost host = new();
        using DeviceBuffer buffer = host.Device.Allocate<int>(length + 2);
        DeviceSpan<int> span = buffer.AsSpan<int>().Slice(1, length);
        int[] values = [.. Enumerable.Range(7, length)];
        host.Device.CopyFromHost<int>(values, span);
        int[] source = [.. values];
        Array.Clear(values); // the source may change after the return
        host.Device.CopyToHost(span, values.AsSpan());
        Assert.Equal(source, values);
    }

    [Fact]
    public void UploadsDoNotWaitUntilTheRingIsFull()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        using DeviceBuffer buffer = host.Device.Allocate<int>(16);
        for (int i = 0; i < 4; i++)
        {
            host.Device.CopyFromHost<int>([i, i, i], buffer.AsSpan<int>());
        }
        Assert.Equal((0, 0), (driver!.Count("EventSynchronize"), driver.Count("StreamSynchronize")));
        host.Device.CopyFromHost<int>([4, 5], buffer.AsSpan<int>());
        Assert.Equal((1, 0), (driver.Count("EventSynchronize"), driver.Count("StreamSynchronize")));
        int[] values = new int[3];
        host.Device.CopyToHost(buffer.AsSpan<int>(), values.AsSpan());
        Assert.Equal([4, 5, 3], values);
    }

    [Fact]
    public void KernelsRunInOrderAndOnlyWhenSomeoneWaits()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate<float>(5), y = host.Device.Allocate<float>(5);
        host.Fill(x.AsSpan<float>(), 2);
        host.Increment(x.AsSpan<float>());
        host.Copy(x.AsSpan<float>(), y.AsSpan<float>());
        host.Increment(x.AsSpan<float>());
        Assert.Empty(host.Machine.Ran);
        Assert.Equal([3, 3, 3, 3, 3], host.Read(y.AsSpan<float>()));
        Assert.Equal([4, 4, 4, 4, 4], host.Read(x.AsSpan<float>()));
        Assert.Equal(["fill", "increment", "copy", "increment"], host.Machine.Ran);
    }

    [Fact]
    public void ServesWhicheverThreadCalls()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate<float>(3);
        Exception? failure = null;
        Thread other = new(() => failure = Record.Exception(() =>
        {
            host.Fill(x.AsSpan<float>(), 1);
            using DeviceBuffer own = host.Device.Allocate(64);
            host.Device.Synchronize();
        }));
        other.Start();
        other.Join();
        Assert.Null(failure);
        Assert.Equal([1, 1, 1], host.Read(x.AsSpan<float>()));
    }

    [Fact]
    public void TwoDevicesTakeTurnsOnAThread()
    {
        using CudaHost first = new(), second = new();
        using DeviceBuffer a = first.Device.Allocate<float>(2), b = second.Device.Allocate<float>(2);
        first.Fill(a.AsSpan<float>(), 1);
        second.Fill(b.AsSpan<float>(), 2);
        Assert.Equal([1, 1], first.Read(a.AsSpan<float>()));
        Assert.Equal([2, 2], second.Read(b.AsSpan<float>()));
    }

    [Fact]
    public void AModuleIsLoadedOnceAndAFunctionToldOnceOfMoreSharedMemory()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        host.Launch("big", [], dynamicShared: 38 * 1024); // 10 KiB of its own: 48 in all
        Assert.Equal(0, driver!.Count("FunctionSetDynamicShared"));
        host.Launch("big", [], dynamicShared: 100 * 1024);
        host.Launch("big", [], dynamicShared: 90 * 1024);
        host.Launch("big", [], dynamicShared: 39 * 1024);
        host.Device.Synchronize();
        Assert.Equal((1, 1, 4), (driver.Count("FunctionSetDynamicShared"), driver.Count("ModuleLoad"), driver.Count("Launch")));
        CudaException e = Assert.Throws<CudaException>(() => host.Launch("big", [], dynamicShared: 220 * 1024));
        Assert.Contains("cuda:0: FunctionSetDynamicShared of test.sm_70/big, 225280 bytes, failed with CUDA_ERROR_INVALID_VALUE", e.Message);
    }

    [Theory]
    [InlineData("nothing.sm_70", "increment", "this build carries no nothing.sm_70.ptx")]
    [InlineData("test.sm_70", "nothing", "test.sm_70.ptx has no kernel 'nothing'")]
    [InlineData("test.sm_80", "increment", "test.sm_80.ptx need compute capability 8.0; this device has 7.5")]
    [InlineData("test.sm_90a", "increment", "test.sm_90a.ptx need compute capability 9.0 exactly; this device has 7.5")]
    [InlineData("broken.sm_70", "increment", "line 3: unknown instruction 'broken'")]
    [InlineData("broken.sm_70", "increment", "ModuleLoad of broken.sm_70.ptx failed with CUDA_ERROR_INVALID_PTX")]
    [InlineData("newer.sm_70", "increment", ".target sm_90 does not run on sm_75")]
    public void AKernelThatCannotBeLoadedIsAnErrorByName(string file, string kernel, string expected)
    {
        using CudaHost host = new(new EmulatorProfile(75));
        CudaException e = Assert.Throws<CudaException>(() => host.Launch(kernel, new byte[12], file));
        Assert.Contains(expected, e.Message);
        host.Launch("stray", []); // the device is still good
    }

    [Fact]
    public void ArchitectureSpecificFilesNeedTheirOwnArchitecture()
    {
        using CudaHost hopper = new(new EmulatorProfile(90)), newer = new(new EmulatorProfile(100));
        using DeviceBuffer x = hopper.Device.Allocate<float>(1);
        byte[] arguments = [.. BitConverter.GetBytes((long)x.Address), .. BitConverter.GetBytes(0)];
        hopper.Launch("increment", arguments, "test.sm_90a");
        Assert.Throws<CudaException>(() => newer.Launch("increment", arguments, "test.sm_90a"));
    }

    [Fact]
    public void ARefusedLaunchNamesKernelGridAndBlock()
    {
        using CudaHost host = new();
        CudaException e = Assert.Throws<CudaException>(() => host.Launch("increment", new byte[4]));
        Assert.Equal("cuda:0: Launch of test.sm_70/increment, grid (1, 1, 1), block (32, 1, 1), 0 bytes of dynamic shared memory, 4 bytes of arguments, "
            + "failed with CUDA_ERROR_INVALID_VALUE: invalid argument: increment takes 12 bytes of arguments.", e.Message);
        Assert.Equal(1, e.DriverCode);
    }

    [Theory, InlineData(60, Precision.Fp32, "the kernels need 7.0"), InlineData(75, Precision.Tf32, "Use --precision fp32"), InlineData(70, Precision.Bf16, "bf16 needs tensor cores")]
    public void ADeviceThatIsTooOldIsRefusedAtOnce(int capability, Precision precision, string expected)
    {
        using EmulatorDriver driver = new(new FakeMachine(), new EmulatorProfile(capability));
        driver.Initialize();
        CudaException e = Assert.Throws<CudaException>(() => new CudaDevice(driver, 0, "cuda:0", precision, CudaHost.Ptx));
        Assert.Contains(expected, e.Message);
        Assert.Equal("", driver.LiveHandles);
    }

    [Theory, InlineData(70, Precision.Fp32), InlineData(80, Precision.Tf32), InlineData(90, Precision.Bf16)]
    public void ADeviceThatCanIsOpened(int capability, Precision precision)
    {
        using CudaHost host = new(new EmulatorProfile(capability), precision: precision);
        Assert.Equal((capability, precision), (host.Device.ComputeCapability, host.Device.Launches.Precision));
    }

    [Fact]
    public void EverythingIsGivenBack()
    {
        CudaHost host = new();
        DeviceBuffer kept = host.Device.Allocate<float>(100);
        host.Fill(kept.AsSpan<float>(), 1);
        StepPlan plan = host.Device.Capture(() => host.Increment(kept.AsSpan<float>()));
        plan.Replay();
        host.Device.CopyToHost(kept.AsSpan<float>(), new float[100].AsSpan());
        Assert.Equal("1 context, 1 stream, 1 event, 2 modules, 1 executable graph, 1 block, 1 host block", host.Emulator.LiveHandles);
        host.Device.Dispose(); // with a plan and a buffer still about
        Assert.Equal(("", 0), (host.Emulator.Leaks, host.Machine.Blocks));
        kept.Dispose();
        plan.Dispose();
        host.Dispose();
    }
}
