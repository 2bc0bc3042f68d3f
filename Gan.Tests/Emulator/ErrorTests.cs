using System.Runtime.InteropServices;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Each kind of error is provoked by a small kernel and found, with its kernel, line, block and thread.</summary>
public class ErrorTests
{
    /// <summary>Name, kind, thread.x that is blamed (-1: any), part of the guilty line, threads, kernel body. p0 is 256 written floats, p1 256 unwritten.</summary>
    private static readonly (string Name, EmulatorErrorKind Kind, int Thread, string Line, int Threads, string Body)[] s_cases =
    [
        ("load past the end", EmulatorErrorKind.OutOfBounds, 3, "ld.global", 32, """
            mul.wide.u32 %rd2, %r0, 4; add.s64 %rd3, %rd0, %rd2;
            ld.global.f32 %f1, [%rd3+1012];
            """),
        ("load before the start", EmulatorErrorKind.OutOfBounds, 0, "ld.global", 1, "ld.global.u8 %rs1, [%rd0+-1];"),
        ("vector load across the end", EmulatorErrorKind.OutOfBounds, 0, "ld.global", 1, "ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd0+1024];"),
        ("store past the end, all lanes", EmulatorErrorKind.OutOfBounds, 31, "st.global", 32, """
            mul.wide.u32 %rd2, %r0, 4; add.s64 %rd3, %rd0, %rd2;
            st.global.u32 [%rd3+900], %r0;
            """),
        ("null pointer", EmulatorErrorKind.OutOfBounds, 0, "ld.global", 1, "mov.b64 %rd2, 0;\nld.global.f32 %f1, [%rd2];"),
        ("misaligned load", EmulatorErrorKind.Misaligned, 0, "ld.global", 1, "ld.global.f32 %f1, [%rd0+2];"),
        ("misaligned vector", EmulatorErrorKind.Misaligned, 0, "ld.global", 1, "ld.global.v2.f32 {%f1,%f2}, [%rd0+4];"),
        ("misaligned store, all lanes", EmulatorErrorKind.Misaligned, 0, "st.global", 32, """
            mul.wide.u32 %rd2, %r0, 4; add.s64 %rd3, %rd0, %rd2;
            st.global.u32 [%rd3+1], %r0;
            """),
        ("unwritten global memory", EmulatorErrorKind.UnwrittenRead, 0, "ld.global", 32, "ld.global.f32 %f1, [%rd1+8];"),
        ("unwritten byte", EmulatorErrorKind.UnwrittenRead, 0, "ld.global.u16", 1, "mov.b16 %rs1, 3; st.global.u8 [%rd1], %rs1;\nld.global.u16 %rs2, [%rd1];"),
        ("unwritten atomically", EmulatorErrorKind.UnwrittenRead, 0, "red.global", 1, "red.global.add.u32 [%rd1], %r0;"),
        ("shared load outside", EmulatorErrorKind.OutOfBounds, 0, "ld.shared", 1, "mov.u64 %rd2, s;\nld.shared.f32 %f1, [%rd2+4096];"),
        ("shared store outside, one lane", EmulatorErrorKind.OutOfBounds, 31, "st.shared", 32, """
            mul.wide.u32 %rd2, %r0, 4; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2;
            st.shared.u32 [%rd3+3972], %r0;
            """),
        ("misaligned shared", EmulatorErrorKind.Misaligned, 0, "st.shared", 32, "mov.u64 %rd2, s;\nst.shared.u32 [%rd2+6], 1;"),
        ("unwritten shared", EmulatorErrorKind.UnwrittenRead, 0, "ld.shared", 32, "mov.u64 %rd2, s;\nld.shared.u32 %r1, [%rd2+64];"),
        ("parameter outside", EmulatorErrorKind.OutOfBounds, 0, "ld.param.u64 %rd5", 1, "ld.param.u64 %rd5, [p1+8];"),
        ("constant outside", EmulatorErrorKind.OutOfBounds, 0, "ld.const", 1, "mov.u64 %rd2, table;\nld.const.u32 %r1, [%rd2+8];"),
        ("read after a foreign write", EmulatorErrorKind.SharedRace, 32, "ld.shared", 64, Index + """
            st.shared.u32 [%rd3], %r0;
            xor.b32 %r1, %r0, 32; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            setp.ge.u32 %p1, %r0, 32;
            @%p1 ld.shared.u32 %r2, [%rd5];
            """),
        ("write after a foreign read", EmulatorErrorKind.SharedRace, 32, "st.shared.u32 [%rd2]", 64, Index + """
            st.shared.u32 [%rd3], %r0; bar.sync 0; mov.u64 %rd2, s;
            ld.shared.u32 %r2, [%rd2];
            setp.eq.u32 %p1, %r0, 32;
            @%p1 st.shared.u32 [%rd2], %r2;
            """),
        ("read after another lane's write", EmulatorErrorKind.SharedRace, 0, "ld.shared", 32, Index + """
            st.shared.u32 [%rd3], %r0;
            xor.b32 %r1, %r0, 1; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.u32 %r2, [%rd5];
            """),
        ("read after another lane's write, by all", EmulatorErrorKind.SharedRace, 1, "ld.shared", 32, """
            mov.u64 %rd2, s; setp.eq.u32 %p1, %r0, 0;
            @%p1 st.shared.u32 [%rd2], 7;
            ld.shared.u32 %r2, [%rd2];
            """),
        ("vector read after another lane's write", EmulatorErrorKind.SharedRace, 0, "ld.shared.v4", 32, """
            mul.wide.u32 %rd2, %r0, 16; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2;
            st.shared.v4.u32 [%rd3], {%r0, %r0, %r0, %r0};
            xor.b32 %r1, %r0, 2; mul.wide.u32 %rd4, %r1, 16; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.v4.u32 {%r2, %r3, %r4, %r5}, [%rd5];
            """),
        ("copy read by another lane after its wait only", EmulatorErrorKind.SharedRace, 0, "ld.shared", 32, Copy + """
            cp.async.wait_all;
            xor.b32 %r1, %r0, 1; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.u32 %r2, [%rd5];
            """),
        ("two warps write", EmulatorErrorKind.SharedRace, 32, "st.shared", 64, "mov.u64 %rd2, s;\nst.shared.u32 [%rd2], 5;"),
        ("vector read after a foreign write", EmulatorErrorKind.SharedRace, 32, "ld.shared.v4", 64, """
            mul.wide.u32 %rd2, %r0, 16; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2;
            st.shared.v4.u32 [%rd3], {%r0, %r0, %r0, %r0};
            and.b32 %r1, %r0, 31; mul.wide.u32 %rd4, %r1, 16; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.v4.u32 {%r2, %r3, %r4, %r5}, [%rd5];
            """),
        ("vector write after a foreign read", EmulatorErrorKind.SharedRace, 32, "{%r2, %r2, %r2, %r2}", 64, """
            mul.wide.u32 %rd2, %r0, 16; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2;
            st.shared.v4.u32 [%rd3], {%r0, %r0, %r0, %r0}; bar.sync 0;
            and.b32 %r1, %r0, 31; mul.wide.u32 %rd4, %r1, 16; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.v4.u32 {%r2, %r3, %r4, %r5}, [%rd5];
            setp.ge.u32 %p1, %r0, 32;
            @%p1 bra W;
            ret;
            W: st.shared.v4.u32 [%rd5], {%r2, %r2, %r2, %r2};
            """),
        ("plain read of what others add to", EmulatorErrorKind.SharedRace, 32, "ld.shared", 64, """
            mov.u64 %rd2, s; setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [%rd2], 0; bar.sync 0;
            red.shared.add.u32 [%rd2], 1;
            setp.eq.u32 %p2, %r0, 32;
            @%p2 ld.shared.u32 %r1, [%rd2];
            """),
        ("lanes store different values", EmulatorErrorKind.WriteConflict, 1, "st.global", 32, "st.global.u32 [%rd0], %r0;"),
        ("lanes store different values, shared", EmulatorErrorKind.WriteConflict, 1, "st.shared", 32, "mov.u64 %rd2, s;\nst.shared.u32 [%rd2], %r0;"),
        ("barrier in a branch", EmulatorErrorKind.DivergentBarrier, 7, "bar.sync", 32, """
            setp.lt.u32 %p1, %r0, 7;
            @!%p1 bra S;
            bar.sync 0;
            S:
            """),
        ("barrier after an early return", EmulatorErrorKind.DivergentBarrier, 9, "bar.sync", 32, "setp.ge.u32 %p1, %r0, 9;\n@%p1 ret;\nbar.sync 0;"),
        ("a warp without the barrier", EmulatorErrorKind.DivergentBarrier, 0, "bar.sync", 64, "setp.ge.u32 %p1, %r0, 32;\n@%p1 ret;\nbar.sync 0;"),
        ("guarded barrier", EmulatorErrorKind.DivergentBarrier, 4, "bar.sync", 32, "setp.lt.u32 %p1, %r0, 4;\n@%p1 bar.sync 0;"),
        ("shuffle without a named lane", EmulatorErrorKind.MissingLanes, 16, "shfl", 32, """
            setp.lt.u32 %p1, %r0, 16;
            @!%p1 bra S;
            shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;
            S:
            """),
        ("shuffle by a lane not named", EmulatorErrorKind.MissingLanes, 16, "shfl", 32, "shfl.sync.bfly.b32 %r1, %r0, 1, 31, 65535;"),
        ("shuffle from a missing lane", EmulatorErrorKind.MissingLanes, 8, "shfl", 16, "shfl.sync.down.b32 %r1, %r0, 8, 31, 65535;"),
        ("vote without a named lane", EmulatorErrorKind.MissingLanes, 0, "vote", 32, """
            setp.ne.u32 %p1, %r0, 0;
            @%p1 vote.sync.ballot.b32 %r1, %p1, -1;
            """),
        ("warp barrier without a named lane", EmulatorErrorKind.MissingLanes, 0, "bar.warp.sync", 32, "setp.ne.u32 %p1, %r0, 0;\n@%p1 bar.warp.sync -1;"),
        ("mma by half a warp", EmulatorErrorKind.MissingLanes, 0, "mma", 16, """
            mov.f32 %f1, 0f00000000; mov.b32 %r1, 0;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f1,%f1,%f1};
            """),
        ("endless loop", EmulatorErrorKind.InstructionBudget, 0, "bra L", 32, "L: add.s32 %r1, %r0, 1;\nbra L;"),
        ("trap", EmulatorErrorKind.Trap, 5, "trap", 32, "setp.eq.u32 %p1, %r0, 5;\n@%p1 trap;"),
        ("copy read before its wait", EmulatorErrorKind.MissingWait, 0, "ld.shared", 32, Copy + "\ncp.async.commit_group;\nld.shared.u32 %r1, [%rd3];"),
        ("wait for too few groups", EmulatorErrorKind.MissingWait, 0, "ld.shared", 32, Copy + "\ncp.async.commit_group;\ncp.async.wait_group 1;\nld.shared.u32 %r1, [%rd3];"),
        ("wait without a commit", EmulatorErrorKind.MissingWait, 0, "ld.shared", 32, Copy + "\ncp.async.wait_group 0;\nld.shared.u32 %r1, [%rd3];"),
        ("copy read by another warp after a barrier only", EmulatorErrorKind.MissingWait, 32, "ld.shared", 64, Copy + """
            cp.async.commit_group; bar.sync 0;
            xor.b32 %r1, %r0, 32; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            setp.ge.u32 %p1, %r0, 32;
            @%p1 ld.shared.u32 %r2, [%rd5];
            """),
        ("copy read by another warp without a barrier", EmulatorErrorKind.SharedRace, 32, "ld.shared", 64, Copy + """
            cp.async.wait_all;
            xor.b32 %r1, %r0, 32; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            setp.ge.u32 %p1, %r0, 32;
            @%p1 ld.shared.u32 %r2, [%rd5];
            """),
        ("copy over what others still read", EmulatorErrorKind.SharedRace, 32, "cp.async.ca", 64, Index + """
            st.shared.u32 [%rd3], %r0; bar.sync 0; mov.u64 %rd2, s;
            ld.shared.u32 %r2, [%rd2];
            setp.eq.u32 %p1, %r0, 32;
            @%p1 cp.async.ca.shared.global [%rd2], [%rd0], 4;
            """),
        ("write over a copy under way", EmulatorErrorKind.MissingWait, 0, "st.shared", 32, Copy + "\nst.shared.u32 [%rd3], %r0;"),
        ("copy from outside", EmulatorErrorKind.OutOfBounds, 0, "cp.async", 1, "mov.u64 %rd3, s;\ncp.async.ca.shared.global [%rd3], [%rd0+1024], 4;"),
        ("copy from unwritten memory", EmulatorErrorKind.UnwrittenRead, 0, "cp.async", 1, "mov.u64 %rd3, s;\ncp.async.cg.shared.global [%rd3], [%rd1], 16;"),
        ("misaligned copy", EmulatorErrorKind.Misaligned, 0, "cp.async", 1, "mov.u64 %rd3, s;\ncp.async.cg.shared.global [%rd3+8], [%rd0], 16;"),
        ("commit by some lanes", EmulatorErrorKind.Unsupported, 0, "commit", 32, Copy + "\nsetp.ne.u32 %p1, %r0, 0;\n@%p1 cp.async.commit_group;"),
    ];

    /// <summary>%rd3: the thread's word of s.</summary>
    private const string Index = "mul.wide.u32 %rd2, %r0, 4; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2;\n";

    /// <summary>A copy of the thread's word, not yet committed.</summary>
    private const string Copy = Index + "add.s64 %rd6, %rd0, %rd2;\ncp.async.ca.shared.global [%rd3], [%rd6], 4;\n";

    public static TheoryData<string> Names => [.. s_cases.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void IsFound(string name)
    {
        (_, EmulatorErrorKind kind, int thread, string line, int threads, string body) = s_cases.Single(c => c.Name == name);
        var host = new EmulatorHost();
        host.Executor.InstructionBudget = 100_000;
        nint written = host.Upload<float>([.. Enumerable.Range(0, 256).Select(i => (float)i)]), unwritten = host.Memory.Allocate(1024);
        string ptx = EmulatorHost.Kernel($".shared .align 16 .b8 s[4096];\n{body}\nret;", 2, ".const .align 4 .u32 table[2] = {1, 2};");

        var error = Assert.Throws<EmulatorException>(() => host.Run(ptx, new Dim3(1), new Dim3(threads), written, unwritten));

        Assert.Equal(kind, error.Kind);
        Assert.Equal("k", error.Kernel);
        Assert.Equal(EmulatorHost.LineOf(ptx, line), error.Line);
        Assert.Equal(new Dim3(thread, 0, 0), error.Thread);
        Assert.Contains(line, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Lanes that read what others of their warp wrote, with order between; lanes that read their own.</summary>
    [Theory]
    [InlineData("bar.warp.sync -1;", 1)]
    [InlineData("bar.sync 0;", 1)]
    [InlineData("shfl.sync.bfly.b32 %r6, %r0, 1, 31, -1;", 1)]
    [InlineData("cp.async.commit_group; cp.async.wait_all; bar.warp.sync -1;", 1)]
    [InlineData("", 0)]
    public void LanesInOrderAreNoRace(string order, int mask)
    {
        var host = new EmulatorHost();
        nint address = host.Upload<uint>(new uint[32]);
        host.Run(EmulatorHost.Kernel($"""
            .shared .align 16 .b8 s[4096];
            {Index} st.shared.u32 [%rd3], %r0; st.shared.u32 [%rd3], %r0;
            {order}
            xor.b32 %r1, %r0, {mask}; mul.wide.u32 %rd4, %r1, 4; mov.u64 %rd5, s; add.s64 %rd5, %rd5, %rd4;
            ld.shared.u32 %r2, [%rd5];
            add.s64 %rd6, %rd0, %rd2; st.global.u32 [%rd6], %r2;
            ret;
            """), new Dim3(1), new Dim3(32), address);
        Assert.Equal(Enumerable.Range(0, 32).Select(lane => (uint)(lane ^ mask)), host.Download<uint>(address, 32));
    }

    [Fact]
    public void TheErrorOfTheLowestBlockIsReported()
    {
        string ptx = EmulatorHost.Kernel("mov.u32 %r1, %ctaid.x; setp.ge.u32 %p1, %r1, 37;\n@%p1 ld.global.u32 %r2, [%rd0+4];\nret;");
        for (int threads = 1; threads <= 4; threads++)
        {
            var host = new EmulatorHost(threads);
            var error = Assert.Throws<EmulatorException>(() => host.Run(ptx, new Dim3(200), new Dim3(64), host.Upload(1)));
            Assert.Equal(new Dim3(37, 0, 0), error.Block);
        }
    }

    [Theory]
    [InlineData("mul.wide.u32 %rd2, %r0, 4; add.s64 %rd2, %rd0, %rd2;\nst.global.u32 [%rd2], %r0;", "st.global")]
    [InlineData("sub.u32 %r1, 2, %r1; mul.wide.u32 %rd2, %r1, 4; add.s64 %rd2, %rd0, %rd2;\nld.global.u32 %r2, [%rd0];\nst.global.u32 [%rd2], 1;", "st.global")]
    [InlineData("mul.wide.u32 %rd2, %r1, 4; add.s64 %rd2, %rd0, %rd2;\nst.global.u32 [%rd2], 1;\nld.global.u32 %r2, [%rd0];", "ld.global")]
    [InlineData("mul.wide.u32 %rd2, %r1, 4; add.s64 %rd2, %rd0, %rd2;\nst.global.u32 [%rd2], 1;\nld.global.u32 %r2, [%rd2];", null)]
    [InlineData("red.global.add.u32 [%rd0], 1;", null)]
    public void BlocksThatDisturbEachOther(string body, string? line)
    {
        var host = new EmulatorHost(2);
        host.Executor.WatchesBlocks = true;
        string ptx = EmulatorHost.Kernel($"mov.u32 %r1, %ctaid.x;\n{body}\nret;");
        nint address = host.Upload<uint>(new uint[64]);
        EmulatorException? error = null;
        for (int launch = 0; launch < 2 && error == null; launch++)
        {
            error = Record.Exception(() => host.Run(ptx, new Dim3(3), new Dim3(32), address)) as EmulatorException;
        }

        Assert.Equal(line == null ? null : EmulatorErrorKind.GlobalRace, error?.Kind);
        Assert.Equal(line == null ? 0 : EmulatorHost.LineOf(ptx, line), error?.Line ?? 0);
    }

    /// <summary>The last of three blocks reads and overwrites what the others wrote: in order only with a fence before the atomic operation and one behind it.</summary>
    [Theory]
    [InlineData("fence.acq_rel.gpu;", "fence.acq_rel.gpu;", false)]
    [InlineData("membar.gl;", "membar.gl;", false)]
    [InlineData("", "fence.acq_rel.gpu;", true)]
    [InlineData("fence.acq_rel.gpu;", "", true)]
    [InlineData("bar.sync 0;", "bar.sync 0;", true)]
    public void BlocksInOrder(string release, string acquire, bool isRace)
    {
        var host = new EmulatorHost();
        host.Executor.WatchesBlocks = true;
        // a warp writes, the other one counts
        string ptx = EmulatorHost.Kernel($"""
            mov.u32 %r1, %ctaid.x; mul.wide.u32 %rd2, %r1, 4; add.s64 %rd2, %rd0, %rd2; setp.eq.u32 %p2, %r0, 0; setp.eq.u32 %p3, %r0, 32; mov.u32 %r3, 0;
            @%p3 st.global.u32 [%rd2], %r1;
            bar.sync 0;
            {release}
            @%p2 atom.global.inc.u32 %r3, [%rd0+128], 2;
            {acquire}
            setp.eq.u32 %p1, %r3, 2;
            @%p1 ld.global.u32 %r4, [%rd0];
            @%p1 st.global.u32 [%rd0+4], 9;
            ret;
            """);
        nint address = host.Upload<uint>(new uint[64]);
        EmulatorException? error = null;
        for (int launch = 0; launch < 2 && error == null; launch++)
        {
            error = Record.Exception(() => host.Run(ptx, new Dim3(3), new Dim3(64), address)) as EmulatorException;
        }

        Assert.Equal(isRace ? EmulatorErrorKind.GlobalRace : null, error?.Kind);
        Assert.Equal(isRace ? EmulatorHost.LineOf(ptx, "ld.global") : 0, error?.Line ?? 0);
        Assert.Equal(isRace ? 1u : 9u, host.Download<uint>(address, 2)[1]);
    }

    [Fact]
    public void FreedMemoryIsNamed()
    {
        var host = new EmulatorHost();
        nint address = host.Upload(1, 2, 3);
        host.Memory.Free(address);
        var error = Assert.Throws<EmulatorException>(() => host.Run(EmulatorHost.Kernel("ld.global.u32 %r1, [%rd0];\nret;"), new Dim3(1), new Dim3(1), address));
        Assert.Equal(EmulatorErrorKind.UseAfterFree, error.Kind);
    }

    [Fact]
    public void RestrictedMemoryIsOutOfBounds()
    {
        var host = new EmulatorHost();
        nint address = host.Upload(1, 2, 3);
        string ptx = EmulatorHost.Kernel("ld.global.u32 %r1, [%rd0+8];\nst.global.u32 [%rd0], %r1;\nret;");
        host.Run(ptx, new Dim3(1), new Dim3(1), address);
        Assert.Equal(3, host.Download<int>(address, 1)[0]);
        host.Memory.Restrict(address, 8);
        Assert.Equal(EmulatorErrorKind.OutOfBounds, Assert.Throws<EmulatorException>(() => host.Run(ptx, new Dim3(1), new Dim3(1), address)).Kind);
        host.Memory.Restrict(address, 12);
        host.Memory.MarkUnwritten(address + 8, 4);
        Assert.Equal(EmulatorErrorKind.UnwrittenRead, Assert.Throws<EmulatorException>(() => host.Run(ptx, new Dim3(1), new Dim3(1), address)).Kind);
    }

    [Theory]
    [InlineData(1025, 1, 1, 0, 8)]
    [InlineData(0, 1, 1, 0, 8)]
    [InlineData(32, 65536, 1, 0, 8)]
    [InlineData(32, 0, 1, 0, 8)]
    [InlineData(32, 1, 65536, 0, 8)]
    [InlineData(32, 1, 1, 232449, 8)]
    [InlineData(32, 1, 1, -1, 8)]
    [InlineData(32, 1, 1, 0, 12)]
    [InlineData(32, 1, 1, 0, 0)]
    public void MalformedLaunchesAreRefused(int threads, int gridY, int gridZ, int shared, int parameterBytes)
    {
        var host = new EmulatorHost();
        PtxFunction function = PtxModule.Parse(EmulatorHost.Kernel("ret;")).Functions["k"];
        var error = Assert.Throws<EmulatorException>(() => host.Executor.Run(function, new Dim3(1, gridY, gridZ), new Dim3(threads), shared, new byte[parameterBytes]));
        Assert.Equal(EmulatorErrorKind.Launch, error.Kind);
    }

    [Fact]
    public void HostAccessesAreChecked()
    {
        var memory = new DeviceMemory();
        nint address = memory.Allocate(64);
        Assert.Equal(EmulatorErrorKind.UnwrittenRead, Assert.Throws<EmulatorException>(() => memory.Read(address, new byte[4])).Kind);
        memory.Write(address + 1, [1, 2, 3]);
        Assert.Equal(EmulatorErrorKind.UnwrittenRead, Assert.Throws<EmulatorException>(() => memory.Read(address, new byte[4])).Kind);
        memory.Read(address + 1, new byte[3]);
        Assert.Equal(EmulatorErrorKind.OutOfBounds, Assert.Throws<EmulatorException>(() => memory.Write(address + 61, new byte[4])).Kind);
        Assert.Equal(EmulatorErrorKind.OutOfBounds, Assert.Throws<EmulatorException>(() => memory.Free(address + 4)).Kind);
        memory.Fill32(address, 7, 16);
        nint other = memory.Allocate(64);
        memory.Copy(other, address, 60);
        Assert.Equal(EmulatorErrorKind.UnwrittenRead, Assert.Throws<EmulatorException>(() => memory.Copy(address, other, 64)).Kind);
        Assert.Equal(128, memory.Used);
        memory.Free(address);
        Assert.Equal(EmulatorErrorKind.UseAfterFree, Assert.Throws<EmulatorException>(() => memory.Read(address, new byte[4])).Kind);
        Assert.False(memory.Owns(address, 1));
        Assert.True(memory.Owns(other, 64));
        Assert.False(memory.Owns(other, 65));
    }

    /// <summary>A copy of 32 floats from the first pointer to the second, by launches that say what they use.</summary>
    [Theory]
    [InlineData("ld.global.f32 %f1, [%rd2]; st.global.f32 [%rd3], %f1;")]
    [InlineData(".shared .align 16 .b8 s[128]; mov.u64 %rd5, s; mad.wide.u32 %rd6, %r0, 4, %rd5; cp.async.ca.shared.global [%rd6], [%rd2], 4; cp.async.wait_all; ld.shared.f32 %f1, [%rd6]; st.global.f32 [%rd3], %f1;")]
    public void MemoryThatALaunchDidNotDeclare(string copy)
    {
        var host = new EmulatorHost();
        (nint x, nint y) = (host.Upload(new float[32]), host.Upload(new float[32]));
        PtxFunction kernel = PtxModule.Parse(EmulatorHost.Kernel($"mad.wide.u32 %rd2, %r0, 4, %rd0; mad.wide.u32 %rd3, %r0, 4, %rd1;\n{copy}\nret;", pointers: 2)).Functions["k"];
        void Run(params MemoryUse[] uses) => host.Executor.Run(kernel, new Dim3(1), new Dim3(32), 0, MemoryMarshal.AsBytes<nint>([x, y]), uses);
        Run(new MemoryUse(x, 128, false), new MemoryUse(y, 128, true));
        Run(MemoryUse.Anything);
        foreach ((MemoryUse[] uses, string why) in ((MemoryUse[], string)[])
            [
                ([new(x, 128, false)], "that it writes"), // y is missing
                ([new(x, 128, false), new(y, 128, false)], "that it writes"), // y is only read
                ([new(y, 128, true)], "that it uses"),
                ([new(x, 124, false), new(y, 128, true)], "that it uses"), // the last element is missing
                ([new(x, 128, false), new(y + 4, 124, true)], "that it writes"), // the first
            ])
        {
            EmulatorException error = Assert.Throws<EmulatorException>(() => Run(uses));
            Assert.Equal(EmulatorErrorKind.Undeclared, error.Kind);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }
}
