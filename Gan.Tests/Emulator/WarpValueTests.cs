using Gan.Kernels.Cuda.Driver;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Shuffles, votes and reductions between lanes.</summary>
public class WarpValueTests
{
    public static IEnumerable<string> Mnemonics =>
    [
        "shfl.sync.up.b32", "shfl.sync.down.b32", "shfl.sync.bfly.b32", "shfl.sync.idx.b32", "vote.sync.all.pred", "vote.sync.any.pred", "vote.sync.uni.pred",
        "vote.sync.ballot.b32", "activemask.b32", "match.any.sync.b32", "redux.sync.add.u32", "redux.sync.add.s32", "redux.sync.min.u32", "redux.sync.min.s32",
        "redux.sync.max.u32", "redux.sync.max.s32", "redux.sync.and.b32", "redux.sync.or.b32", "redux.sync.xor.b32", "bar.sync", "barrier.sync",
        "bar.warp.sync", "membar.gl", "fence.acq_rel.gpu", "bra", "bra.uni", "ret", "exit", "trap", "griddepcontrol.wait", "griddepcontrol.launch_dependents",
    ];

    private static uint[] Run(string body, int threads = 32)
    {
        var host = new EmulatorHost();
        nint address = host.Upload<uint>(new uint[threads]);
        host.Run(EmulatorHost.Kernel($"""
            mul.wide.u32 %rd1, %r0, 4; add.s64 %rd1, %rd0, %rd1; mul.lo.u32 %r1, %r0, 2654435761;
            {body}
            st.global.u32 [%rd1], %r9;
            ret;
            """), new Dim3(1), new Dim3(threads), address);
        return host.Download<uint>(address, threads);
    }

    /// <summary>All modes, distances and widths that split the warp evenly; the predicate says whether the source lane was in the segment.</summary>
    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("bfly")]
    [InlineData("idx")]
    public void Shuffle(string mode)
    {
        foreach (int width in (int[])[32, 16, 8, 2])
        {
            foreach (int by in (int[])[0, 1, 3, 8, 16, 31])
            {
                int c = ((32 - width) << 8) | (mode == "up" ? 0 : 31);
                uint[] found = Run($"shfl.sync.{mode}.b32 %r2|%p1, %r0, {by}, {c}, -1; selp.u32 %r3, 100, 0, %p1; add.u32 %r9, %r2, %r3;");
                for (int lane = 0; lane < 32; lane++)
                {
                    int first = lane / width * width;
                    int source = mode switch { "up" => lane - by, "down" => lane + by, "bfly" => lane ^ by, _ => first + (by % width) };
                    bool isIn = mode == "bfly" ? source < first + width : source >= first && source < first + width;
                    Assert.Equal((mode, width, by, lane, isIn ? source + 100 : lane), (mode, width, by, lane, (int)found[lane]));
                }
            }
        }
    }

    [Fact]
    public void ShuffleAmongSomeLanes()
    {
        uint[] found = Run("mov.u32 %r9, 7; setp.lt.u32 %p1, %r0, 8; @%p1 shfl.sync.bfly.b32 %r9, %r0, 1, 31, 255;");
        Assert.Equal(Enumerable.Range(0, 32).Select(i => i < 8 ? (uint)i ^ 1 : 7), found);
    }

    [Fact]
    public void MembersThatHaveEndedAreNotMissed()
    {
        uint[] found = Run("setp.ge.u32 %p1, %r0, 16; mov.u32 %r9, 3; @%p1 st.global.u32 [%rd1], %r9; @%p1 ret; shfl.sync.bfly.b32 %r9, %r0, 8, 31, -1;");
        Assert.Equal(Enumerable.Range(0, 32).Select(i => i >= 16 ? 3u : (uint)i ^ 8), found);
    }

    [Theory]
    [InlineData("setp.lt.u32 %p1, %r0, 40;", true, true, true, 0xFFFF_FFFFu)]
    [InlineData("setp.lt.u32 %p1, %r0, 5;", false, true, false, 0x1Fu)]
    [InlineData("setp.gt.u32 %p1, %r0, 40;", false, false, true, 0u)]
    public void Votes(string predicate, bool all, bool any, bool uni, uint ballot)
    {
        uint[] found = Run($"""
            {predicate} vote.sync.all.pred %p2, %p1, -1; vote.sync.any.pred %p3, %p1, -1; vote.sync.uni.pred %p4, %p1, -1;
            selp.u32 %r2, 1, 0, %p2; selp.u32 %r3, 2, 0, %p3; selp.u32 %r4, 4, 0, %p4; or.b32 %r9, %r2, %r3; or.b32 %r9, %r9, %r4;
            """);
        Assert.All(found, f => Assert.Equal((all ? 1u : 0) | (any ? 2u : 0) | (uni ? 4u : 0), f));
        Assert.All(Run($"{predicate} vote.sync.ballot.b32 %r9, %p1, -1;"), f => Assert.Equal(ballot, f));
        Assert.All(Run($"{predicate} vote.sync.ballot.b32 %r9, !%p1, -1;"), f => Assert.Equal(~ballot, f));
        Assert.All(Run($"{predicate} vote.sync.all.pred %p2, !%p1, -1; selp.u32 %r9, 1, 0, %p2;"), f => Assert.Equal(any ? 0u : 1, f));
    }

    [Fact]
    public void ActiveMaskNamesTheRunningLanes() => Assert.Equal(Enumerable.Range(0, 32).Select(i => i < 10 ? 0x3FFu : 1),
        Run("mov.u32 %r9, 1; setp.lt.u32 %p1, %r0, 10; @!%p1 bra S; activemask.b32 %r9; S:"));

    [Fact]
    public void MatchFindsEqualLanes() => Assert.Equal(Enumerable.Range(0, 32).Select(i => 0x1111_1111u << (i % 4)),
        Run("and.b32 %r2, %r0, 3; match.any.sync.b32 %r9, %r2, -1;"));

    [Theory]
    [InlineData("add.u32")]
    [InlineData("add.s32")]
    [InlineData("min.u32")]
    [InlineData("min.s32")]
    [InlineData("max.u32")]
    [InlineData("max.s32")]
    [InlineData("and.b32")]
    [InlineData("or.b32")]
    [InlineData("xor.b32")]
    public void Reductions(string operation)
    {
        uint[] values = [.. Enumerable.Range(0, 32).Select(i => ((uint)i * 2654435761u) | 0x40)];
        uint expected = operation switch
        {
            "min.u32" => values.Min(),
            "min.s32" => (uint)values.Min(v => (int)v),
            "max.u32" => values.Max(),
            "max.s32" => (uint)values.Max(v => (int)v),
            "and.b32" => values.Aggregate((a, b) => a & b),
            "or.b32" => values.Aggregate((a, b) => a | b),
            "xor.b32" => values.Aggregate((a, b) => a ^ b),
            _ => values.Aggregate((a, b) => a + b),
        };
        Assert.All(Run($"or.b32 %r2, %r1, 64; redux.sync.{operation} %r9, %r2, -1;"), f => Assert.Equal(expected, f));
    }

    [Fact]
    public void FencesAndWarpBarriersChangeNothing() =>
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (uint)i), Run("membar.gl; fence.acq_rel.gpu; bar.warp.sync -1; barrier.sync 0; mov.u32 %r9, %r0;"));

    [Fact]
    public void SpecialRegisters()
    {
        string[] names = ["%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
            "%laneid", "%warpid", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge"];
        var host = new EmulatorHost(2);
        const int Threads = 5 * 3 * 4, Blocks = 2 * 3 * 4;
        nint address = host.Upload<uint>(new uint[Threads * Blocks * names.Length]);
        string stores = string.Concat(names.Select((n, i) => $"mov.u32 %r10, {n}; st.global.u32 [%rd1+{4 * i}], %r10;\n"));
        host.Run(EmulatorHost.Kernel($"""
            mov.u32 %r1, %tid.y; mov.u32 %r2, %tid.z; mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ctaid.y; mov.u32 %r5, %ctaid.z;
            mad.lo.u32 %r6, %r5, 3, %r4; mad.lo.u32 %r6, %r6, 2, %r3; mad.lo.u32 %r7, %r2, 3, %r1; mad.lo.u32 %r7, %r7, 5, %r0; mad.lo.u32 %r8, %r6, {Threads}, %r7;
            mad.wide.u32 %rd1, %r8, {4 * names.Length}, %rd0; {stores} ret;
            """), new Dim3(2, 3, 4), new Dim3(5, 3, 4), address);
        uint[] found = host.Download<uint>(address, Threads * Blocks * names.Length);
        for (int block = 0; block < Blocks; block++)
        {
            for (int thread = 0; thread < Threads; thread++)
            {
                int lane = thread % 32;
                uint below = (uint)((1ul << lane) - 1), self = 1u << lane;
                uint[] expected = [(uint)thread % 5, (uint)thread / 5 % 3, (uint)thread / 15, 5, 3, 4, (uint)block % 2, (uint)block / 2 % 3, (uint)block / 6, 2, 3, 4,
                    (uint)lane, (uint)thread / 32, 2, self, below, below | self, ~(below | self), ~below];
                Assert.Equal(expected, found.AsSpan(((block * Threads) + thread) * names.Length, names.Length).ToArray());
            }
        }
    }
}
