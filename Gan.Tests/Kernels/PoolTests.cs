using System.Runtime.CompilerServices;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

public class PoolTests
{
    [Fact]
    public void AReleasedBlockServesTheNextRequestOfItsSize()
    {
        using CpuDevice device = new(1);
        DeviceBuffer first = device.Allocate(1000);
        nint address = first.Address;
        first.Dispose();
        using DeviceBuffer second = device.Allocate(1000);
        Assert.Equal(address, second.Address);
        Assert.Equal(1, device.Memory.DeviceAllocations);
    }

    /// <summary>Blocks of 1,024 bytes: two are taken before a released one is handed out again.</summary>
    [Fact]
    public void APoolThatKeepsBlocksApartGrowsBeforeItReuses()
    {
        using CpuDevice device = new(1);
        MemoryPool pool = new(device, apart: 2048);
        nint[] addresses = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            using DeviceBuffer buffer = pool.Rent(1024);
            return buffer.Address;
        })];
        Assert.NotEqual(addresses[0], addresses[1]);
        Assert.Equal(addresses[1], addresses[2]);
        Assert.Equal((2048, 2), (pool.Statistics.Reserved, pool.Statistics.DeviceAllocations));
        pool.Close();
    }

    [Fact]
    public void StatisticsCountBuffersAndBytes()
    {
        using CpuDevice device = new(1);
        DeviceBuffer a = device.Allocate<float>(100), b = device.Allocate(0);
        Assert.Equal((400, 2), (device.Memory.InUse, device.Memory.LiveBuffers));
        long reserved = device.Memory.Reserved;
        Assert.InRange(reserved, 464, 600);
        a.Dispose();
        b.Dispose();
        Assert.Equal((0, 0), (device.Memory.InUse, device.Memory.LiveBuffers));
        Assert.Equal(reserved, device.Memory.Reserved);
        device.TrimMemory();
        Assert.Equal((0, reserved), (device.Memory.Reserved, device.Memory.PeakReserved));
    }

    [Fact]
    public void TheLastReferenceReleases()
    {
        using CpuDevice device = new(1);
        DeviceBuffer buffer = device.Allocate(64);
        buffer.AddReference();
        buffer.Dispose();
        Assert.False(buffer.IsReleased);
        buffer.Dispose();
        Assert.True(buffer.IsReleased);
        Assert.Throws<ObjectDisposedException>(() => buffer.Address);
        Assert.Throws<ObjectDisposedException>(buffer.AddReference);
        buffer.Dispose(); // once too often does no harm
        Assert.Equal(0, device.Memory.LiveBuffers);
    }

    [Fact]
    public void AForgottenBufferComesBackThroughItsFinalizer()
    {
        using CpuDevice device = new(1);
        Forget(device);
        for (int i = 0; i < 50 && device.Memory.LiveBuffers > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(0, device.Memory.LiveBuffers);
        Assert.Equal(0, device.Memory.InUse);
    }

    [Theory, InlineData(1, 64), InlineData(64, 64), InlineData(65, 64), InlineData(1 << 20, 64), InlineData((4 << 20) + 1, 2 << 20)]
    public void BlocksAreAligned(long bytes, long alignment)
    {
        using CpuDevice device = new(1);
        using DeviceBuffer buffer = device.Allocate(bytes);
        Assert.Equal(0, buffer.Address % alignment);
        Assert.InRange(buffer.BlockBytes, bytes, Math.Max(64, bytes * 9 / 8 + 64));
    }

    [Fact]
    public void MoreThanThereIsIsRefusedByName()
    {
        using CpuDevice device = new(1);
        DeviceOutOfMemoryException e = Assert.Throws<DeviceOutOfMemoryException>(() => device.Allocate(1L << 50));
        Assert.Contains("cpu: out of memory: asked for 1073741824 MiB", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, device.Memory.LiveBuffers);
    }

    [Fact]
    public void ABlockThatOutlivesItsPlanComesBackToTheDevicesPool()
    {
        using CpuDevice device = new(1);
        DeviceBuffer? kept = null;
        StepPlan plan = device.Capture(() =>
        {
            kept = device.Allocate(1000);
            device.Allocate(5000).Dispose();
        });
        nint address = kept!.Address;
        plan.Dispose();
        kept.Dispose();
        Assert.Equal((0, MemoryPool.BlockSize(1000)), (device.Memory.LiveBuffers, device.Memory.Reserved));
        using DeviceBuffer next = device.Allocate(1000);
        Assert.Equal(address, next.Address);
        device.TrimMemory();
        Assert.Equal(next.BlockBytes, device.Memory.Reserved);
    }

    [Fact]
    public void SpansStayInsideTheirBuffer()
    {
        using CpuDevice device = new(1);
        using DeviceBuffer buffer = device.Allocate<float>(10);
        DeviceSpan<float> span = buffer.AsSpan<float>();
        Assert.Equal(buffer.Address + 12, span.Slice(3, 7).Address);
        Assert.Throws<ArgumentOutOfRangeException>(() => span.Slice(3, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeviceSpan<double>(buffer, 0, 6));
        Assert.Equal(0, default(DeviceSpan<float>).Address);
    }

    [Fact]
    public void DescribesTheProcessor()
    {
        using CpuDevice device = new(3);
        Assert.Equal("cpu", device.Name);
        Assert.Matches(@"^.+, 3 threads, (512|256|128)-bit vectors$|^.+, 3 threads, no vectors$", device.Description);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuDevice(-1));
    }

    [Theory, InlineData("512", 512), InlineData("256", 256), InlineData("128", 128), InlineData("scalar", 32), InlineData("", 512)]
    [InlineData(null, 512)]
    public void TheVectorWidthIsLimitedByWishAndHardware(string? wish, int bits) =>
        Assert.Equal(Math.Min(bits, SimdWidth.Hardware), SimdWidth.Choose(wish));

    [Fact]
    public void AnUnknownVectorWidthIsRefused() =>
        Assert.Equal("GAN_VECTOR: 'avx2' is not a vector width; use 512, 256, 128 or scalar, or leave it unset.",
            Assert.Throws<ArgumentException>(() => SimdWidth.Choose("avx2")).Message);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(CpuDevice device) => _ = device.Allocate(128).Address;
}
