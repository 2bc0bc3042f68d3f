using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>Batches that are sent ahead: order, reuse of buffers, waits, misuse.</summary>
public class UploadQueueTests
{
    public static TheoryData<bool, int> Kinds => new() { { true, 1 }, { true, 2 }, { true, 3 }, { false, 2 } };

    [Theory, MemberData(nameof(Kinds))]
    public void BatchesArriveInOrderWhileOlderOnesAreUsed(bool cuda, int depth)
    {
        CudaHost? host = cuda ? new CudaHost() : null;
        Device device = host?.Device ?? (Device)new CpuDevice(1);
        using (host)
        using (device)
        using (UploadQueue queue = device.OpenUploadQueue(64, depth))
        using (DeviceBuffer batch = device.Allocate(64), seen = device.Allocate<float>(10 * 4))
        {
            for (int sent = 0, taken = 0; taken < 10; taken++)
            {
                for (; sent < 10 && queue.Posted < depth; sent++)
                {
                    Span<byte> memory = queue.Next(16);
                    Assert.Equal(16, memory.Length);
                    System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(memory).Fill(sent + 1);
                    queue.Post();
                }
                queue.MoveTo(batch.AsSpan<byte>());
                DeviceSpan<float> slot = seen.AsSpan<float>().Slice(taken * 4, 4);
                if (host is null)
                {
                    device.Kernels.Copy(batch.AsSpan<float>().Slice(0, 4), slot);
                }
                else
                {
                    host.Copy(batch.AsSpan<float>().Slice(0, 4), slot);
                }
            }
            float[] values = new float[40];
            device.CopyToHost(seen.AsSpan<float>(), values.AsSpan());
            Assert.Equal([.. Enumerable.Range(0, 40).Select(static i => i / 4 + 1f)], values);
        }
        if (host is not null)
        {
            Assert.Equal(("", 0), (host.Emulator.Leaks, host.Machine.Blocks));
        }
    }

    [Fact]
    public void NoStepOfItWaitsForTheDevice()
    {
        FaultyDriver? driver = null;
        using CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        using UploadQueue queue = host.Device.OpenUploadQueue(64);
        using DeviceBuffer batch = host.Device.Allocate(64);
        for (int i = 0; i < 3; i++)
        {
            queue.Next(64).Fill((byte)i);
            queue.Post();
            queue.MoveTo(batch.AsSpan<byte>());
            Assert.Equal(Math.Max(0, i - 1), driver!.Count("EventSynchronize")); // for the buffer of two batches ago
        }
        Assert.Equal(0, driver!.Count("StreamSynchronize"));
    }

    [Fact]
    public void MisuseIsNamed()
    {
        using CudaHost host = new();
        using UploadQueue queue = host.Device.OpenUploadQueue(64);
        using DeviceBuffer batch = host.Device.Allocate(64);
        Assert.Equal((64, 2, 0), (queue.Capacity, queue.Depth, queue.Posted));
        Assert.Contains("call Next first", Assert.Throws<InvalidOperationException>(queue.Post).Message);
        Assert.Contains("no batch was posted", Assert.Throws<InvalidOperationException>(() => queue.MoveTo(batch.AsSpan<byte>())).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Next(65).Length);
        queue.Next(64).Clear();
        queue.Post();
        Assert.Contains("a batch of 64 bytes does not fit a device span of 63",
            Assert.Throws<InvalidOperationException>(() => queue.MoveTo(batch.AsSpan<byte>().Slice(0, 63))).Message);
        Assert.Contains("move before it", Assert.Throws<InvalidOperationException>(() => host.Device.Capture(() => queue.MoveTo(batch.AsSpan<byte>()))).Message);
        queue.Next(0);
        queue.Post();
        Assert.Contains("all 2 buffers", Assert.Throws<InvalidOperationException>(() => queue.Next(1).Length).Message);
        queue.MoveTo(batch.AsSpan<byte>());
        queue.MoveTo(batch.AsSpan<byte>());
        host.Device.Synchronize();
    }

    [Fact]
    public void AQueueThatCannotBeOpenedLeavesNothing()
    {
        FaultyDriver? driver = null;
        CudaHost host = new(wrap: inner => driver = new FaultyDriver(inner));
        driver!.Fail("HostAllocate", CudaResult.OutOfMemory, 2);
        Assert.Throws<CudaException>(() => host.Device.OpenUploadQueue(64));
        Assert.Equal(0, host.Device.Memory.LiveBuffers);
        host.Device.Dispose();
        Assert.Equal("", host.Emulator.Leaks);
        host.Dispose();
    }

    [Fact]
    public void DisposedWithBatchesUnderWay()
    {
        CudaHost host = new();
        UploadQueue queue = host.Device.OpenUploadQueue(64);
        queue.Next(64).Clear();
        queue.Post();
        queue.Dispose();
        queue.Dispose();
        host.Device.Dispose();
        Assert.Equal("", host.Emulator.Leaks);
        host.Dispose();
    }

    [Fact]
    public void MeasuresAndListsKernels()
    {
        using CudaHost host = new();
        using DeviceBuffer x = host.Device.Allocate<float>(1000);
        Assert.InRange(host.Device.Measure(() => host.Fill(x.AsSpan<float>(), 1)), 1e-6, 10_000);
        host.Launch("big", []);
        Assert.Equal([new("test.sm_70/big", 16, 0, 10 * 1024), new("test.sm_70/fill", 16, 0, 0)], host.Device.LoadedKernels());
        host.Device.Capture(() => Assert.Throws<InvalidOperationException>(() => host.Device.Measure(static () => { }))).Dispose();
    }
}
