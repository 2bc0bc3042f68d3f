using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>The strictness of the emulator's driver: what a GPU's driver lets pass or leaves to chance is an error here, with a text.</summary>
public sealed unsafe class EmulatorDriverTests : IDisposable
{
    private readonly FakeMachine _machine = new();
    private readonly EmulatorDriver _driver;
    private readonly nint _stream, _other, _device, _host, _fill, _stray;

    public EmulatorDriverTests()
    {
        _driver = new EmulatorDriver(_machine, new EmulatorProfile(MemoryBytes: 1 << 20, QueueLimit: 10));
        Ok(_driver.Initialize());
        Ok(_driver.PrimaryContextRetain(0, out nint context));
        Ok(_driver.ContextSetCurrent(context));
        Ok(_driver.StreamCreate(out _stream));
        Ok(_driver.StreamCreate(out _other));
        Ok(_driver.MemoryAllocate(1024, out _device));
        Ok(_driver.HostAllocate(1024, out _host));
        Ok(_driver.ModuleLoad(FakeMachine.Ptx, out nint module, out _));
        Ok(_driver.ModuleGetFunction(module, "fill", out _fill));
        Ok(_driver.ModuleGetFunction(module, "stray", out _stray));
    }

    private int* Host => (int*)_host;

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void ACopyToTheHostIsPoisonUntilSomeoneWaits()
    {
        Ok(_driver.Fill32Async(_device, 5, 4, _stream));
        Host[0] = 1;
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _stream));
        Assert.Equal(-1, Host[0]);
        Assert.True(float.IsNaN(((float*)_host)[3]));
        Ok(_driver.StreamSynchronize(_other)); // the wrong stream
        Assert.Equal(-1, Host[0]);
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal((5, 5), (Host[0], Host[3]));
    }

    [Fact]
    public void AnEventIsReachedWhenTheWorkBeforeItIsDoneAndNoFurther()
    {
        Ok(_driver.Fill32Async(_device, 5, 4, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _stream));
        nint done = Event(_stream);
        Ok(_driver.CopyToHostAsync(_host + 64, _device, 16, _stream));
        Ok(_driver.EventSynchronize(done));
        Assert.Equal((5, -1), (Host[0], Host[16]));
        Ok(_driver.ContextSynchronize());
        Assert.Equal(5, Host[16]);
    }

    [Fact]
    public void AStreamWaitsForAnEventOfAnother()
    {
        Ok(_driver.Fill32Async(_device, 1, 4, _stream));
        nint filled = Event(_stream);
        Ok(_driver.Fill32Async(_device, 2, 4, _stream)); // after the event: not waited for
        Ok(_driver.StreamWaitEvent(_other, filled));
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _other));
        Ok(_driver.StreamSynchronize(_other));
        Assert.Equal(1, Host[0]);
    }

    [Fact]
    public void WithoutTheWaitTheOtherStreamIsNotAhead()
    {
        Ok(_driver.Fill32Async(_device, 1, 4, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _other));
        Assert.NotEqual(CudaResult.Success, _driver.StreamSynchronize(_other));
        Assert.Contains("read of unwritten memory", _driver.Detail);
    }

    [Fact]
    public void ASourceChangedBeforeItsCopyRanIsFound()
    {
        Host[0] = 3;
        Ok(_driver.CopyToDeviceAsync(_device, _host, 16, _stream));
        Host[1] = 4;
        Assert.Equal(CudaResult.LaunchFailed, _driver.StreamSynchronize(_stream));
        Assert.Contains("copy of 16 bytes to the device was changed before the copy ran", _driver.Detail);
    }

    [Fact]
    public void ADestinationWrittenBeforeItsCopyRanIsFound()
    {
        Ok(_driver.Fill32Async(_device, 5, 4, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _stream));
        Host[2] = 0;
        Assert.Equal(CudaResult.LaunchFailed, _driver.StreamSynchronize(_stream));
        Assert.Contains("was written before the copy ran", _driver.Detail);
    }

    [Fact]
    public void PageLockedMemoryFreedUnderAQueuedCopyIsFound()
    {
        Ok(_driver.CopyToDeviceAsync(_device, _host, 16, _stream));
        Assert.Equal(CudaResult.LaunchFailed, _driver.HostFree(_host));
        Assert.Contains("freed while a copy of 16 bytes to the device", _driver.Detail);
    }

    [Fact]
    public void ABlockFreedUnderQueuedWorkIsFound()
    {
        Ok(_driver.Fill32Async(_device, 5, 4, _stream));
        Ok(_driver.MemoryFree(_device));
        Assert.Equal(CudaResult.IllegalAddress, _driver.StreamSynchronize(_stream));
    }

    [Fact]
    public void OrdinaryHostMemoryIsRefused()
    {
        nint memory = (nint)NativeMemory.Alloc(16);
        Assert.Equal(CudaResult.InvalidValue, _driver.CopyToDeviceAsync(_device, memory, 16, _stream));
        Assert.Contains("not inside page-locked memory", _driver.Detail);
        Assert.Equal(CudaResult.InvalidValue, _driver.CopyToHostAsync(_host + 1020, _device, 16, _stream));
        NativeMemory.Free((void*)memory);
    }

    [Fact]
    public void ReusingHostMemoryForASecondCopyIsFine()
    {
        Ok(_driver.Fill32Async(_device, 5, 4, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 16, _stream));
        Ok(_driver.CopyToDeviceAsync(_device + 16, _host, 16, _stream)); // in order on the stream: sees 5
        Ok(_driver.CopyToHostAsync(_host + 64, _device + 16, 16, _stream));
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal(5, Host[16]);
    }

    [Fact]
    public void AFullQueueRunsItsOldest()
    {
        for (int i = 0; i < 13; i++)
        {
            Ok(Launch(_fill, _device, 1, i));
        }
        Assert.Equal(3, _machine.Ran.Count);
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal(13, _machine.Ran.Count);
    }

    [Fact]
    public void AFaultOfAKernelStays()
    {
        Ok(_driver.Launch(_stray, new Dim3(1), new Dim3(1), 0, _stream, []));
        Ok(_driver.Fill32Async(_device, 1, 1, _stream));
        Assert.Equal(CudaResult.IllegalAddress, _driver.StreamSynchronize(_stream));
        Assert.Equal(CudaResult.IllegalAddress, _driver.MemoryAllocate(16, out _));
        Assert.Equal(CudaResult.IllegalAddress, _driver.Fill32Async(_device, 1, 1, _stream));
        Assert.Equal(CudaResult.IllegalAddress, _driver.EventCreate(false, out _));
        Assert.StartsWith("kernel stray, line 7", _driver.Detail);
        Ok(_driver.PrimaryContextRelease(0));
        Assert.Equal("", _driver.LiveHandles);
    }

    [Fact]
    public void HandlesAreChecked()
    {
        Assert.Equal(CudaResult.InvalidHandle, _driver.StreamSynchronize(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.StreamDestroy(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.EventRecord(99, _stream));
        Assert.Equal(CudaResult.InvalidHandle, _driver.EventSynchronize(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.EventDestroy(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.StreamWaitEvent(_stream, 99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.ModuleUnload(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.ModuleGetFunction(99, "fill", out _));
        Assert.Equal(CudaResult.InvalidHandle, _driver.Launch(99, new Dim3(1), new Dim3(1), 0, _stream, []));
        Assert.Equal(CudaResult.InvalidHandle, _driver.Launch(_stray, new Dim3(1), new Dim3(1), 0, 99, []));
        Assert.Equal(CudaResult.InvalidHandle, _driver.FunctionAttribute(99, CudaFunctionAttribute.Registers, out _));
        Assert.Equal(CudaResult.InvalidHandle, _driver.FunctionSetDynamicShared(99, 1));
        Assert.Equal(CudaResult.InvalidHandle, _driver.FunctionSetCarveOut(99, 1));
        Assert.Equal(CudaResult.InvalidHandle, _driver.GraphInstantiate(99, out _));
        Assert.Equal(CudaResult.InvalidHandle, _driver.GraphLaunch(99, _stream));
        Assert.Equal(CudaResult.InvalidHandle, _driver.GraphDestroy(99));
        Assert.Equal(CudaResult.InvalidHandle, _driver.GraphExecutableDestroy(99));
        Assert.Equal(CudaResult.InvalidValue, _driver.MemoryFree(_device + 256));
        Assert.Equal(CudaResult.InvalidValue, _driver.HostFree(_host + 16));
        Assert.Equal(CudaResult.InvalidDevice, _driver.DeviceGet(1, out _));
    }

    [Fact]
    public void LaunchLimitsAreChecked()
    {
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(0), new Dim3(1), 0, _stream, []));
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(1, 65_536), new Dim3(1), 0, _stream, []));
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(1), new Dim3(1025), 0, _stream, []));
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(1), new Dim3(1, 1, 65), 0, _stream, []));
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(1), new Dim3(1), 48 * 1024 + 1, _stream, []));
        Assert.Equal(CudaResult.InvalidValue, _driver.Launch(_stray, new Dim3(1), new Dim3(1), 0, _stream, new byte[8]));
        Assert.Equal(CudaResult.InvalidValue, _driver.FunctionSetCarveOut(_stray, 101));
        Assert.Equal(CudaResult.InvalidValue, _driver.FunctionSetCarveOut(_stray, -2));
        Ok(_driver.FunctionSetCarveOut(_stray, 100));
        Ok(_driver.FunctionSetDynamicShared(_stray, 100 * 1024));
        Ok(_driver.Launch(_stray, new Dim3(int.MaxValue, 65_535, 65_535), new Dim3(1024), 100 * 1024, _stream, []));
    }

    [Fact]
    public void TheContextMustBeCurrentOnTheThread()
    {
        CudaResult result = CudaResult.Success;
        Thread other = new(() => result = _driver.Fill32Async(_device, 1, 1, _stream));
        other.Start();
        other.Join();
        Assert.Equal(CudaResult.InvalidContext, result);
        Ok(_driver.ContextSetCurrent(0));
        Assert.Equal(CudaResult.InvalidContext, _driver.StreamSynchronize(_stream));
    }

    [Fact]
    public void AMemoryLimitIsKept()
    {
        Assert.Equal(CudaResult.OutOfMemory, _driver.MemoryAllocate(1 << 20, out _));
        Ok(_driver.MemoryInfo(out long free, out long total));
        Assert.Equal(((1 << 20) - 1024, 1 << 20), (free, total));
        Ok(_driver.MemoryAllocate(free, out nint rest));
        Ok(_driver.MemoryFree(rest));
        Assert.Equal(CudaResult.InvalidValue, _driver.MemoryFree(rest));
        Assert.Equal(CudaResult.InvalidValue, _driver.MemoryAllocate(0, out _));
    }

    [Fact]
    public void EventsTellTheTimeBetweenThem()
    {
        Ok(_driver.EventCreate(true, out nint start));
        Ok(_driver.EventCreate(true, out nint end));
        Assert.Equal(CudaResult.InvalidHandle, _driver.EventElapsed(start, end, out _)); // not recorded
        Ok(_driver.EventRecord(start, _stream));
        for (int i = 0; i < 5; i++)
        {
            Ok(Launch(_fill, _device, 256, i));
        }
        Ok(_driver.EventRecord(end, _stream));
        Assert.Equal(CudaResult.NotReady, _driver.EventElapsed(start, end, out _));
        Ok(_driver.EventSynchronize(end));
        Ok(_driver.EventElapsed(start, end, out float milliseconds));
        Assert.InRange(milliseconds, 1e-6f, 10_000f);
        Ok(_driver.EventElapsed(end, start, out float back));
        Assert.Equal(-milliseconds, back);
        Assert.Equal(CudaResult.InvalidHandle, _driver.EventElapsed(start, Event(_stream), out _)); // without timing
    }

    [Fact]
    public void ACaptureHoldsWorkBackAndAGraphRepeatsIt()
    {
        Ok(_driver.StreamBeginCapture(_stream));
        Ok(Launch(_fill, _device, 2, 7));
        Ok(_driver.CopyDeviceAsync(_device + 64, _device, 8, _stream));
        Ok(_driver.StreamEndCapture(_stream, out nint graph));
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Empty(_machine.Ran);
        Ok(_driver.GraphInstantiate(graph, out nint executable));
        Ok(_driver.GraphDestroy(graph));
        Ok(_driver.GraphLaunch(executable, _stream));
        Ok(_driver.GraphLaunch(executable, _stream));
        Assert.Empty(_machine.Ran);
        Ok(_driver.CopyToHostAsync(_host, _device + 64, 8, _stream));
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal((2, 7), (_machine.Ran.Count, Host[1]));
        Ok(_driver.GraphExecutableDestroy(executable));
    }

    /// <summary>Two fills of one word and one of another: what must come later does, what may come in any order comes in the other one.</summary>
    [Fact]
    public void NodesRunInTheLeastLikelyOrder()
    {
        Ok(_driver.GraphCreate(out nint graph));
        Ok(Node(graph, [], _device, 1, out nint first));
        Ok(Node(graph, [], _device, 2, out nint second)); // free to run before the first
        Ok(Node(graph, [first, second], _device + 4, 3, out nint third));
        Assert.Equal((1, 2, 3), (first, second, third));
        Ok(_driver.GraphInstantiate(graph, out nint executable));
        Ok(_driver.GraphLaunch(executable, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 8, _stream));
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal((1, 3), (Host[0], Host[1]));

        Ok(_driver.GraphCreate(out graph));
        Ok(Node(graph, [], _device, 1, out first));
        Ok(Node(graph, [first], _device, 2, out _));
        Ok(_driver.GraphInstantiate(graph, out executable));
        Ok(_driver.GraphLaunch(executable, _stream));
        Ok(_driver.CopyToHostAsync(_host, _device, 8, _stream));
        Ok(_driver.StreamSynchronize(_stream));
        Assert.Equal(2, Host[0]);

        Assert.Equal(CudaResult.InvalidValue, Node(graph, [9], _device, 1, out _));
        Assert.Equal(CudaResult.InvalidValue, Node(graph, [0], _device, 1, out _));
        Assert.Equal(CudaResult.InvalidHandle, Node(99, [], _device, 1, out _));
        Assert.Equal(CudaResult.InvalidHandle, _driver.GraphAddKernelNode(graph, [], 99, new Dim3(1), new Dim3(1), 0, [], out _));
        Assert.Equal(CudaResult.InvalidValue, _driver.GraphAddKernelNode(graph, [], _fill, new Dim3(1), new Dim3(1), 0, new byte[8], out _));
        Ok(_driver.GraphDestroy(graph));
    }

    private CudaResult Node(nint graph, ReadOnlySpan<nint> dependencies, nint address, int value, out nint node) => _driver.GraphAddKernelNode(graph, dependencies, _fill,
        new Dim3(1), new Dim3(1), 0, [.. BitConverter.GetBytes((long)address), .. BitConverter.GetBytes(1), .. BitConverter.GetBytes(value)], out node);

    [Theory, InlineData("allocate"), InlineData("free"), InlineData("synchronize"), InlineData("event"), InlineData("context"), InlineData("upload"), InlineData("download")]
    [InlineData("host"), InlineData("module")]
    public void WhatACaptureCannotHoldBreaksIt(string what)
    {
        nint done = Event(_stream);
        Ok(_driver.Fill32Async(_device, 0, 4, _stream));
        Ok(_driver.StreamBeginCapture(_stream));
        Assert.Equal(CudaResult.StreamCaptureUnsupported, what switch
        {
            "allocate" => _driver.MemoryAllocate(16, out _),
            "free" => _driver.MemoryFree(_device),
            "synchronize" => _driver.StreamSynchronize(_stream),
            "event" => _driver.EventSynchronize(done),
            "context" => _driver.ContextSynchronize(),
            "upload" => _driver.CopyToDeviceAsync(_device, _host, 16, _stream),
            "download" => _driver.CopyToHostAsync(_host, _device, 16, _stream),
            "host" => _driver.HostAllocate(16, out _),
            _ => _driver.ModuleLoad(FakeMachine.Ptx, out _, out _),
        });
        Assert.NotNull(_driver.Detail);
        Assert.Equal(CudaResult.StreamCaptureInvalidated, _driver.StreamEndCapture(_stream, out nint graph));
        Assert.Equal(0, graph);
        Ok(_driver.StreamSynchronize(_stream)); // the stream is usable again
    }

    [Fact]
    public void ACaptureEndsOnItsOwnThread()
    {
        Ok(_driver.PrimaryContextRetain(0, out nint context));
        Ok(_driver.StreamBeginCapture(_stream));
        CudaResult end = CudaResult.Success, allocate = CudaResult.Unknown;
        Thread other = new(() =>
        {
            Ok(_driver.ContextSetCurrent(context));
            end = _driver.StreamEndCapture(_stream, out _);
            allocate = _driver.MemoryAllocate(16, out _); // thread-local mode: free to do so
        });
        other.Start();
        other.Join();
        Assert.Equal((CudaResult.StreamCaptureWrongThread, CudaResult.Success), (end, allocate));
        Ok(_driver.StreamEndCapture(_stream, out _));
    }

    [Fact]
    public void AGraphDestroyedWhileQueuedIsFound()
    {
        Ok(_driver.StreamBeginCapture(_stream));
        Ok(Launch(_fill, _device, 2, 7));
        Ok(_driver.StreamEndCapture(_stream, out nint graph));
        Ok(_driver.GraphInstantiate(graph, out nint executable));
        Ok(_driver.GraphLaunch(executable, _stream));
        Assert.Equal(CudaResult.LaunchFailed, _driver.GraphExecutableDestroy(executable));
    }

    [Fact]
    public void WhatIsNotGivenBackIsCounted()
    {
        Assert.Equal("1 context, 2 streams, 1 module, 1 block, 1 host block", _driver.LiveHandles);
        Ok(_driver.PrimaryContextRelease(0));
        Assert.Equal(("2 streams, 1 module, 1 block, 1 host block", "", 0), (_driver.Leaks, _driver.LiveHandles, _machine.Blocks));
    }

    [Fact]
    public void NothingWorksBeforeInitialisation()
    {
        using EmulatorDriver fresh = new(new FakeMachine());
        Assert.Equal(CudaResult.NotInitialized, fresh.DeviceCount(out _));
        Assert.Equal(CudaResult.NotInitialized, fresh.PrimaryContextRetain(0, out _));
        Assert.Equal(CudaResult.NotInitialized, fresh.StreamCreate(out _));
    }

    [Theory, InlineData(70, 96), InlineData(75, 64), InlineData(80, 163), InlineData(86, 99), InlineData(90, 227)]
    public void SharedMemoryFollowsTheArchitecture(int capability, int kibibytes)
    {
        using EmulatorDriver driver = new(new FakeMachine(), new EmulatorProfile(capability));
        Ok(driver.Initialize());
        Ok(driver.DeviceAttribute(0, CudaAttribute.MaxSharedMemoryPerBlockOptIn, out int bytes));
        Assert.Equal(kibibytes * 1024, bytes);
    }

    private nint Event(nint stream)
    {
        Ok(_driver.EventCreate(false, out nint made));
        Ok(_driver.EventRecord(made, stream));
        return made;
    }

    private CudaResult Launch(nint function, nint address, int n, int value) => _driver.Launch(function, new Dim3(1), new Dim3(1), 0, _stream,
        [.. BitConverter.GetBytes((long)address), .. BitConverter.GetBytes(n), .. BitConverter.GetBytes(value)]);

    private static void Ok(CudaResult result) => Assert.Equal(CudaResult.Success, result);
}
