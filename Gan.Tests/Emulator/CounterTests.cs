using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Counters against small kernels whose work is known.</summary>
public class CounterTests
{
    private static LaunchCounters Count(string body, int blocks = 1, int threads = 32, Func<long, bool>? sample = null, int workers = 1, string target = "sm_80")
    {
        var host = new EmulatorHost(workers);
        host.Executor.IsCounting = true;
        host.Executor.Sample = sample;
        nint address = host.Upload<float>(new float[32 * 33]);
        host.Run(EmulatorHost.Kernel($".shared .align 16 .b8 s[16384]; mov.u64 %rd9, s;\n{body}\nret;", target: target), new Dim3(blocks), new Dim3(threads), address);
        return host.Executor.Counters!;
    }

    [Theory]
    [InlineData(4, 32 * 4, 4)]
    [InlineData(8, 32 * 4, 8)]
    [InlineData(128, 32 * 4, 32)]
    [InlineData(0, 32 * 4, 1)]
    public void GlobalBytesAndSectors(int stride, double bytes, double sectors)
    {
        LaunchCounters counters = Count($"mad.wide.u32 %rd1, %r0, {stride}, %rd0;\nld.global.f32 %f1, [%rd1];\nst.global.f32 [%rd1], %f1;");
        Assert.Equal((bytes, sectors, bytes, sectors),
            (counters.GlobalBytesRead, counters.SectorsRead, counters.GlobalBytesWritten, counters.SectorsWritten));
    }

    /// <summary>A warp reads four sectors twice; each block of two fetches them once.</summary>
    [Fact]
    public void SectorsReadAgainAreNotFetched()
    {
        LaunchCounters counters = Count("mad.wide.u32 %rd1, %r0, 4, %rd0;\nld.global.f32 %f1, [%rd1];\nld.global.f32 %f2, [%rd1];", blocks: 2);
        Assert.Equal((16.0, 8.0), (counters.SectorsRead, counters.SectorsFetched));
    }

    [Theory]
    [InlineData("u32", 4, 0)]
    [InlineData("u32", 8, 1)]
    [InlineData("u32", 128, 31)]
    [InlineData("u32", 132, 0)]
    [InlineData("v4.u32", 16, 0)]
    [InlineData("v4.u32", 32, 4)]
    [InlineData("v2.u32", 8, 0)]
    public void BankConflicts(string type, int stride, double conflicts)
    {
        string registers = type[1] switch { '4' => "{%r1, %r1, %r1, %r1}", '2' => "{%r1, %r1}", _ => "%r1" };
        LaunchCounters counters = Count($"mov.u32 %r1, 0; mad.wide.u32 %rd1, %r0, {stride}, %rd9;\nst.shared.{type} [%rd1], {registers};");
        Assert.Equal((1.0, conflicts), (counters.SharedAccesses, counters.BankConflicts));
    }

    [Fact]
    public void OperationsCountActiveLanes()
    {
        LaunchCounters counters = Count("""
            mov.f32 %f1, 0f3F800000; mov.b32 %r1, 0;
            setp.lt.u32 %p1, %r0, 5;
            fma.rn.f32 %f2, %f1, %f1, %f1;
            @%p1 add.f32 %f2, %f1, %f1;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f1,%f1,%f1};
            """, blocks: 3);
        Assert.Equal((3.0 * (64 + 5), 3.0 * 2 * 16 * 8 * 8, 3.0), (counters.FloatOperations, counters.TensorOperations, counters.ByMnemonic["fma.rn.f32"]));
    }

    [Theory]
    [InlineData("m64n24k8.f32.tf32.tf32", 24 * 8, "")]
    [InlineData("m64n24k16.f32.bf16.bf16", 24 * 16, ", 0, 0")]
    public void OperationsOfWarpgroups(string shape, int perRow, string options)
    {
        string d = string.Join(", ", Enumerable.Range(1, 12).Select(r => $"%f{r}"));
        LaunchCounters counters = Count($$"""
            mov.b32 %r1, 0; mul.wide.u32 %rd1, %r0, 16; add.s64 %rd1, %rd1, %rd9; mov.b64 %rd2, {{(64ul << 32) | (1ul << 62)}};
            {{string.Concat(Enumerable.Range(0, 4).Select(k => $"st.shared.v4.u32 [%rd1+{k * 2048}], {{%r1, %r1, %r1, %r1}};"))}}
            fence.proxy.async; bar.sync 0; wgmma.fence.sync.aligned;
            wgmma.mma_async.sync.aligned.{{shape}} { {{d}} }, %rd2, %rd2, 0, 1, 1{{options}};
            wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;
            """, blocks: 2, threads: 128, target: "sm_90a");
        Assert.Equal((2 * 2.0 * 64 * perRow, 0.0), (counters.TensorOperations, counters.FloatOperations));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void SampledBlocksStandForAll(int workers)
    {
        LaunchCounters counters = Count("mov.f32 %f1, 0f3F800000;\nfma.rn.f32 %f2, %f1, %f1, %f1;", 100, 64, n => n % 10 == 0, workers);
        Assert.Equal((100, 10, 100 * 64 * 2.0, 200.0), (counters.Blocks, counters.SampledBlocks, counters.FloatOperations, counters.ByMnemonic["fma.rn.f32"]));
    }

    [Fact]
    public void NothingIsCountedUnlessAsked()
    {
        var host = new EmulatorHost();
        host.Run(EmulatorHost.Kernel("ret;"), new Dim3(1), new Dim3(32), host.Upload(1));
        Assert.Null(host.Executor.Counters);
    }
}
