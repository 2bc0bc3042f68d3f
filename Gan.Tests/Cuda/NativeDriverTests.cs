using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// The binding of the NVIDIA driver, called through function pointers as the real library is, with exports in C# behind it. What a real driver thinks of the
/// calls only a machine with a GPU can tell.
/// </summary>
public class NativeDriverTests
{
    [Fact]
    public void ADeviceWorksThroughTheLibrarysExports()
    {
        CudaHost host = new(wrap: static inner => new NativeDriver(new CudaLibrary(FakeCudaLibrary.LookUp(inner))));
        Assert.Equal("Gan PTX emulator, compute capability 9.0, 16 multiprocessors, 0.1 GiB, driver for CUDA 12.4", host.Device.Description);
        using (DeviceBuffer x = host.Device.Allocate<float>(4), y = host.Device.Allocate<float>(4))
        {
            host.Device.CopyFromHost<float>([1, 2, 3, 4], x.AsSpan<float>());
            using StepPlan plan = host.Device.Capture(() =>
            {
                host.Increment(x.AsSpan<float>());
                host.Copy(x.AsSpan<float>(), y.AsSpan<float>());
            });
            plan.Replay();
            plan.Replay();
            Assert.Equal([4, 5, 6, 7], host.Read(y.AsSpan<float>()));
            host.Launch("big", [], dynamicShared: 90 * 1024);
            host.Device.Synchronize();
        }
        host.Device.Dispose();
        Assert.Equal("", host.Emulator.Leaks);
        Assert.Equal(["capture mode 1", "event flags 2", "graph flags 0", "host flags 1", "stream flags 1"], FakeCudaLibrary.Seen.Distinct().Order());
        host.Dispose();
    }

    [Fact]
    public void EveryOtherCallArrivesAsItWasMade()
    {
        using Gan.Kernels.Cuda.Emulator.EmulatorDriver emulator = new(new FakeMachine());
        NativeDriver driver = new(new CudaLibrary(FakeCudaLibrary.LookUp(emulator)));
        Ok(driver.Initialize());
        Ok(driver.PrimaryContextRetain(0, out nint context));
        Ok(driver.ContextSetCurrent(context));
        Ok(driver.StreamCreate(out nint stream));
        Ok(driver.StreamCreate(out nint other));
        Ok(driver.EventCreate(true, out nint start));
        Ok(driver.EventCreate(true, out nint end));
        Ok(driver.MemoryAllocate(64, out nint device));
        Ok(driver.HostAllocate(64, out nint memory));
        Ok(driver.EventRecord(start, stream));
        Ok(driver.Fill32Async(device, 7, 4, stream));
        Ok(driver.CopyDeviceAsync(device + 32, device, 16, stream));
        Ok(driver.EventRecord(end, stream));
        Ok(driver.StreamWaitEvent(other, end));
        Ok(driver.CopyToHostAsync(memory, device + 32, 16, other));
        Ok(driver.ContextSynchronize());
        Assert.Equal(7, System.Runtime.InteropServices.Marshal.ReadInt32(memory, 12));
        Ok(driver.EventElapsed(start, end, out float milliseconds));
        Assert.InRange(milliseconds, 1e-6f, 10_000f);
        Ok(driver.DeviceTotalMemory(0, out long bytes));
        Ok(driver.MemoryInfo(out long free, out long total));
        Assert.Equal((bytes, bytes - 64), (total, free));
        Ok(driver.ModuleLoad(FakeMachine.Ptx, out nint module, out string log));
        Assert.Equal("info: compiled for sm_80", log);
        Assert.Equal(CudaResult.InvalidPtx, driver.ModuleLoad(".target sm_70 broken", out _, out log));
        Assert.Equal("line 3: unknown instruction 'broken'\ninfo: compiled for sm_80", log);
        Ok(driver.ModuleGetFunction(module, "big", out nint function));
        Ok(driver.FunctionAttribute(function, CudaFunctionAttribute.SharedBytes, out int shared));
        Assert.Equal(10 * 1024, shared);
        Assert.Equal(CudaResult.NotFound, driver.ModuleGetFunction(module, "nothing", out _));
        Assert.Equal("CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered", driver.Describe(CudaResult.IllegalAddress));
        Assert.Equal("CUDA error 4321", driver.Describe((CudaResult)4321));
        Ok(driver.ModuleUnload(module));
        Ok(driver.PrimaryContextRelease(0));
    }

    [Fact]
    public void AnOlderDriverMakesGraphsByItsOwnCall()
    {
        using CudaHost host = new(wrap: static inner =>
        {
            Func<string, nint> lookUp = FakeCudaLibrary.LookUp(inner);
            return new NativeDriver(new CudaLibrary(name => name == "cuGraphInstantiateWithFlags" ? 0 : lookUp(name)));
        });
        using DeviceBuffer x = host.Device.Allocate<float>(1);
        using StepPlan plan = host.Device.Capture(() => host.Fill(x.AsSpan<float>(), 1));
        plan.Replay();
        Assert.Equal([1], host.Read(x.AsSpan<float>()));
        Assert.Contains("graph log 0", FakeCudaLibrary.Seen);
    }

    /// <summary>A graph with branches, by the structure of older drivers and of newer ones, which begin alike.</summary>
    [Theory, InlineData("cuGraphAddKernelNode"), InlineData("cuGraphAddKernelNode_v2")]
    public void AGraphWithBranchesIsMadeNodeByNode(string export)
    {
        using CudaHost host = new(wrap: inner =>
        {
            Func<string, nint> lookUp = FakeCudaLibrary.LookUp(inner);
            return new NativeDriver(new CudaLibrary(name => name == export ? lookUp("cuGraphAddKernelNode") : name.StartsWith("cuGraphAddKernelNode", StringComparison.Ordinal) ? 0 : lookUp(name)));
        });
        host.Device.Launches.Branches = true;
        using DeviceBuffer x = host.Device.Allocate<float>(1), y = host.Device.Allocate<float>(1);
        using StepPlan plan = host.Device.Capture(() =>
        {
            host.Fill(x.AsSpan<float>(), 1);
            host.Fill(y.AsSpan<float>(), 5);
            host.Copy(x.AsSpan<float>(), y.AsSpan<float>());
            host.Increment(x.AsSpan<float>());
        });
        plan.Replay();
        Assert.Equal((2, 1), (host.Read(x.AsSpan<float>())[0], host.Read(y.AsSpan<float>())[0]));
        Assert.Equal(["node after 0", "node after 0", "node after 2", "node after 1"], FakeCudaLibrary.Seen.Where(static s => s.StartsWith("node", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Every export but one: the reason names it. The names are those of cuda.h (CUDA 11 to 13) after its redefinitions, e.g. cuMemAlloc is cuMemAlloc_v2.
    /// </summary>
    [Fact]
    public void AMissingEntryPointIsNamed()
    {
        foreach (string missing in FakeCudaLibrary.Exports.Keys.Where(static name => !name.StartsWith("cuGraphInstantiate", StringComparison.Ordinal) && name != "cuGraphAddDependencies_v2"))
        {
            EntryPointNotFoundException e = Assert.Throws<EntryPointNotFoundException>(
                () => new CudaLibrary(name => name == missing ? 0 : FakeCudaLibrary.Exports.GetValueOrDefault(name)));
            Assert.Equal(missing, e.Message);
        }
        Assert.Equal("cuGraphInstantiate_v2", Assert.Throws<EntryPointNotFoundException>(() => new CudaLibrary(
            static name => name.StartsWith("cuGraphInstantiate", StringComparison.Ordinal) ? 0 : FakeCudaLibrary.Exports.GetValueOrDefault(name))).Message);
    }

    [Fact]
    public void AMissingLibraryIsAReason()
    {
        Assert.Null(CudaLibrary.TryLoad(["libnothing-of-this-name.so.1"], out string? reason));
        Assert.Equal("no NVIDIA driver: libnothing-of-this-name.so.1 was not found", reason);
        Assert.Null(CudaLibrary.TryLoad([], out reason));
        Assert.Equal("NVIDIA has no CUDA driver for this operating system", reason);
    }

    [Fact]
    public void ALibraryThatIsNoDriverIsAReason()
    {
        string library = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6";
        Assert.Null(CudaLibrary.TryLoad([library], out string? reason));
        Assert.StartsWith($"the NVIDIA driver's {library} lacks cuInit, cuDriverGetVersion, ", reason);
        Assert.EndsWith("; update the driver (CUDA 11.0 or newer is needed)", reason);
    }

    private static void Ok(CudaResult result) => Assert.Equal(CudaResult.Success, result);
}
