using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Lanes that take different ways, meet again where they should, and give the same results as one thread after another.</summary>
public class DivergenceTests
{
    private static uint[] Run(string body, int threads, int workers = 1, int blocks = 1)
    {
        var host = new EmulatorHost(workers);
        nint address = host.Upload<uint>(new uint[threads * blocks]);
        host.Run(EmulatorHost.Kernel($"""
            mov.u32 %r40, %ctaid.x; mov.u32 %r41, %ntid.x; mad.lo.u32 %r42, %r40, %r41, %r0; mad.wide.u32 %rd1, %r42, 4, %rd0; mov.u32 %r9, 0;
            {body}
            """), new Dim3(blocks), new Dim3(threads), address);
        return host.Download<uint>(address, threads * blocks);
    }

    [Fact]
    public void NestedBranchesMeetAgain()
    {
        // All lanes are together again at each ballot.
        uint[] found = Run("""
            and.b32 %r1, %r0, 1; setp.eq.u32 %p1, %r1, 0; and.b32 %r2, %r0, 2; setp.eq.u32 %p2, %r2, 0; setp.lt.u32 %p3, %r0, 40;
            @%p1 bra A;
            add.u32 %r9, %r9, 1;
            @%p2 bra B;
            add.u32 %r9, %r9, 2;
            bra C;
            B: add.u32 %r9, %r9, 4;
            C: vote.sync.ballot.b32 %r3, %p3, 0xAAAAAAAA; setp.eq.u32 %p4, %r3, 0xAAAAAAAA; @!%p4 trap;
            bra D;
            A: add.u32 %r9, %r9, 8;
            D: vote.sync.ballot.b32 %r3, %p3, -1; setp.eq.u32 %p4, %r3, -1; @!%p4 trap;
            bar.sync 0;
            st.global.u32 [%rd1], %r9; ret;
            """, 32);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => i % 2 == 0 ? 8u : (i & 2) == 0 ? 5u : 3), found);
    }

    [Fact]
    public void LoopsOfDifferentLengthWithBreakAndContinue()
    {
        // for (i = 0; i < tid; i++) { if (i % 3 == 1) continue; if (sum > 50) break; sum += i; }
        uint[] found = Run("""
            mov.u32 %r1, 0;
            LOOP: setp.ge.u32 %p1, %r1, %r0; @%p1 bra DONE;
            rem.u32 %r2, %r1, 3; setp.eq.u32 %p2, %r2, 1; @%p2 bra NEXT;
            setp.gt.u32 %p3, %r9, 50; @%p3 bra DONE;
            add.u32 %r9, %r9, %r1;
            NEXT: add.u32 %r1, %r1, 1; bra LOOP;
            DONE: bar.sync 0; st.global.u32 [%rd1], %r9; ret;
            """, 96);
        Assert.Equal(Enumerable.Range(0, 96).Select(tid =>
        {
            uint sum = 0;
            for (uint i = 0; i < tid && (i % 3 == 1 || sum <= 50); i++)
            {
                sum += i % 3 == 1 ? 0 : i;
            }

            return sum;
        }), found);
    }

    [Fact]
    public void EarlyReturnsInsideNestedLoops()
    {
        uint[] found = Run("""
            mov.u32 %r1, 0;
            OUTER: mov.u32 %r2, 0;
            INNER: add.u32 %r9, %r9, 1;
            mad.lo.u32 %r3, %r1, 7, %r2; setp.eq.u32 %p1, %r3, %r0; @!%p1 bra GO;
            st.global.u32 [%rd1], %r9; ret;
            GO: add.u32 %r2, %r2, 1; setp.lt.u32 %p2, %r2, 7; @%p2 bra INNER;
            add.u32 %r1, %r1, 1; setp.lt.u32 %p3, %r1, 4; @%p3 bra OUTER;
            st.global.u32 [%rd1], 1000; exit;
            """, 45);
        Assert.Equal(Enumerable.Range(0, 45).Select(i => i < 28 ? (uint)i + 1 : 1000u), found);
    }

    [Fact]
    public void ReconvergedLoopsRunOncePerWarp()
    {
        // 32 lanes with 1 to 32 rounds: a warp that diverged for good would run 528 rounds.
        var host = new EmulatorHost();
        string ptx = EmulatorHost.Kernel("mov.u32 %r1, 0;\nL: add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, %r0; @%p1 bra L;\nret;");
        host.Run(ptx, new Dim3(1), new Dim3(32), host.Upload(0));
        Assert.InRange(host.Executor.Executed, 31 * 3, (32 * 3) + 20);
    }

    [Fact]
    public void GuardedInstructionsLeaveOtherLanesAlone()
    {
        uint[] found = Run("""
            setp.lt.u32 %p1, %r0, 3; setp.ge.u32 %p2, %r0, 30; setp.lt.or.u32 %p3|%p4, %r0, 10, %p2;
            @%p1 add.u32 %r9, %r9, 1; @!%p1 add.u32 %r9, %r9, 2; @%p3 add.u32 %r9, %r9, 10; @%p4 add.u32 %r9, %r9, 100;
            st.global.u32 [%rd1], %r9; ret;
            """, 32);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (i < 3 ? 1u : 2) + (i < 10 || i >= 30 ? 10u : 0) + (i >= 10 || i >= 30 ? 100u : 0)), found);
    }

    [Fact]
    public void InlineAssemblyScopesAndVectors()
    {
        uint[] found = Run("""
            {
                .reg .pred q; .reg .b32 x, y; .reg .b64 z; .reg .b16 lo, hi;
                setp.ne.s32 q, %r0, 0; selp.b32 x, 7, 9, q;
                mov.b64 z, {x, %r0}; mov.b64 {y, x}, z; mov.b32 {lo, hi}, y; mov.b32 y, {hi, lo}; mov.b32 {_, hi}, y; cvt.u32.u16 y, hi;
                mad.lo.u32 %r9, y, 100, x;
            }
            st.global.u32 [%rd1], %r9; ret;
            """, 32);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (uint)((i == 0 ? 900 : 700) + i)), found);
    }

    /// <summary>Random programs of branches and loops: each thread must get what it gets when it runs alone.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void RandomProgramsDoNotDependOnCompany(int seed)
    {
        var random = new Random(seed);
        for (int program = 0; program < 20; program++)
        {
            int label = 0;
            string body = Block(random, 4, ref label) + "st.global.u32 [%rd1], %r9; ret;";
            uint[] together = Run(body, 64);
            Assert.Equal(together, Run(body, 64, workers: 3));
            Assert.Equal(together, Run(body.Replace("%r0", "%r42", StringComparison.Ordinal), 1, workers: 2, blocks: 64));
        }
    }

    private static string Block(Random random, int depth, ref int label)
    {
        string text = "";
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int id = ++label, kind = depth == 0 ? 0 : random.Next(4);
            string condition = $"add.u32 %r10, %r9, %r0; rem.u32 %r10, %r10, {random.Next(2, 6)}; setp.eq.u32 %p1, %r10, 0;";
            text += kind switch
            {
                1 => $"{condition} @%p1 bra A{id};\n{Block(random, depth - 1, ref label)} bra B{id};\nA{id}: {Block(random, depth - 1, ref label)} B{id}:\n",
                2 => $"mov.u32 %r{10 + depth}, {random.Next(1, 4)};\nA{id}: {Block(random, depth - 1, ref label)} {condition} @%p1 bra B{id};\n"
                    + $"sub.u32 %r{10 + depth}, %r{10 + depth}, 1; setp.ne.u32 %p1, %r{10 + depth}, 0; @%p1 bra A{id};\nB{id}:\n",
                3 when random.Next(4) == 0 => $"{condition} @!%p1 bra A{id};\n st.global.u32 [%rd1], %r9; ret;\nA{id}:\n",
                _ => $"mad.lo.u32 %r9, %r9, {random.Next(3, 20)}, %r0; add.u32 %r9, %r9, {random.Next(100)};\n",
            };
        }

        return text;
    }
}
