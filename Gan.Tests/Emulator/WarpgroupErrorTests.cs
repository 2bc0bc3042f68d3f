using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>What wgmma demands of registers, shared memory, lanes and warps: each omission is found at its line, and what is allowed passes.</summary>
public class WarpgroupErrorTests
{
    /// <summary>Eight rows of 128 bytes, swizzled, and again every 1024 bytes: both A and B, in any type.</summary>
    private const ulong Tile = (64ul << 32) | (1ul << 62);

    /// <summary>Zeros to all of s; each thread writes 16 bytes in each quarter.</summary>
    private const string Write = """
        mul.wide.u32 %rd2, %r0, 16; mov.u64 %rd3, s; add.s64 %rd3, %rd3, %rd2; mov.b32 %r1, 0; mov.b32 %r2, 0; mov.b32 %r3, 0; mov.b32 %r4, 0;
        st.shared.v4.u32 [%rd3], {%r1,%r1,%r1,%r1}; st.shared.v4.u32 [%rd3+2048], {%r1,%r1,%r1,%r1};
        st.shared.v4.u32 [%rd3+4096], {%r1,%r1,%r1,%r1}; st.shared.v4.u32 [%rd3+6144], {%r1,%r1,%r1,%r1};
        mov.f32 %f1, 0f00000000; mov.f32 %f2, %f1; mov.f32 %f3, %f1; mov.f32 %f4, %f1; mov.f32 %f5, %f1; mov.f32 %f6, %f1; mov.f32 %f7, %f1; mov.f32 %f8, %f1;
        setp.lt.u32 %p1, %r0, 96; setp.eq.u32 %p2, %r0, %r0;

        """;

    private const string Ready = "fence.proxy.async; bar.sync 0;\n";

    /// <summary>More of them than shared memory's states can tell apart.</summary>
    private const string Barriers = "mov.b32 %r9, 4200;\nL: bar.sync 0; sub.s32 %r9, %r9, 1; setp.ne.s32 %p3, %r9, 0; @%p3 bra L;\n";

    private const string Fence = "wgmma.fence.sync.aligned;\n", Commit = "wgmma.commit_group.sync.aligned;\n", Wait = "wgmma.wait_group.sync.aligned 0;\n";

    /// <summary>mov of the descriptor, and then everything until the product may start.</summary>
    private static readonly string s_start = $"{Describe(Tile)}{Write}{Ready}{Fence}";

    private static readonly string s_product = Multiply("%f1,%f2,%f3,%f4", "%rd10"), s_other = Multiply("%f5,%f6,%f7,%f8", "%rd10");

    private static readonly string s_fragment = Multiply("%f1,%f2,%f3,%f4", "{%r1,%r2,%r3,%r4}");

    /// <summary>Name, kind, thread.x that is blamed, part of the guilty line, threads, body.</summary>
    private static readonly (string Name, EmulatorErrorKind Kind, int Thread, string Line, int Threads, string Body)[] s_cases =
    [
        ("d read before its wait", EmulatorErrorKind.MissingWait, 0, "add.f32", 128, s_start + s_product + Commit + "add.f32 %f9, %f8, %f2;"),
        ("d written before its wait", EmulatorErrorKind.MissingWait, 0, "mov.f32 %f4, %f9", 128, s_start + s_product + Commit + "mov.f32 %f9, %f8;\nmov.f32 %f4, %f9;"),
        ("d stored before its wait", EmulatorErrorKind.MissingWait, 0, "st.global", 128, s_start + s_product + Commit + "st.global.f32 [%rd0], %f1;"),
        ("d of a group not waited for", EmulatorErrorKind.MissingWait, 0, "add.f32", 128,
            s_start + s_product + Commit + s_other + Commit + "wgmma.wait_group.sync.aligned 1;\nmov.f32 %f9, %f1;\nadd.f32 %f9, %f5, %f1;"),
        ("wait without commit", EmulatorErrorKind.MissingWait, 0, "add.f32", 128, s_start + s_product + Wait + "add.f32 %f9, %f1, %f2;"),
        ("A written before its wait", EmulatorErrorKind.MissingWait, 0, "mov.b32 %r3, 1", 128, s_start + s_fragment + Commit + "add.s32 %r5, %r3, 1;\nmov.b32 %r3, 1;"),
        ("no fence at all", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, Describe(Tile) + Write + Ready + s_product),
        ("d written after the fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, s_start + "mov.f32 %f2, 0f00000000;\n" + s_product),
        ("d read after the fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, s_start + "add.f32 %f9, %f2, %f2;\n" + s_product),
        ("A written after the fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, s_start + "mov.b32 %r4, 0;\n" + s_fragment),
        ("d shared with a product under way", EmulatorErrorKind.MissingWait, 0, "{%f3", 128, s_start + s_product + Multiply("%f3,%f4,%f5,%f6", "%rd10")),
        ("d in another order", EmulatorErrorKind.MissingWait, 0, "{%f2", 128, s_start + s_product + Multiply("%f2,%f1,%f3,%f4", "%rd10")),
        ("d in another shape", EmulatorErrorKind.MissingWait, 0, "bf16", 128,
            s_start + s_product + "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f1,%f2,%f3,%f4}, %rd10, %rd10, 1, 1, 1, 0, 0;"),
        ("A from a d under way", EmulatorErrorKind.MissingWait, 0, "{%f1", 128,
            s_start + Multiply("%r1,%r2,%r3,%r4", "%rd10") + s_fragment),
        ("no proxy fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, Describe(Tile) + Write + "bar.sync 0;\n" + Fence + s_product),
        ("proxy fence before the write", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, Describe(Tile) + "fence.proxy.async;\n" + Write + "bar.sync 0;\n" + Fence + s_product),
        ("proxy fence after the barrier", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, Describe(Tile) + Write + "bar.sync 0;\nfence.proxy.async;\n" + Fence + s_product),
        ("proxy fence of other threads only", EmulatorErrorKind.MissingFence, 0, "mma_async", 128,
            Describe(Tile) + Write + "setp.ne.u32 %p3, %r0, 127;\n@%p3 fence.proxy.async;\nbar.sync 0;\n" + Fence + s_product),
        ("written again after the proxy fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128,
            Describe(Tile) + Write + "fence.proxy.async.shared::cta;\nst.shared.u32 [%rd3+8], %r1; bar.sync 0;\n" + Fence + s_product),
        ("byte written again after the proxy fence", EmulatorErrorKind.MissingFence, 0, "mma_async", 128,
            Describe(Tile) + Write + "fence.proxy.async; mov.b16 %rs1, 0; st.shared.u8 [%rd3+8], %rs1; bar.sync 0;\n" + Fence + s_product),
        ("proxy fence does not order lanes", EmulatorErrorKind.SharedRace, 0, "ld.shared", 128,
            Write + "xor.b32 %r5, %r0, 1; mul.wide.u32 %rd4, %r5, 16;\nfence.proxy.async; ld.shared.u32 %r6, [%rd4];"),
        ("copied, proxy fence before the wait", EmulatorErrorKind.MissingFence, 0, "mma_async", 128, Describe(Tile) + Write + """
            cp.async.cg.shared.global [%rd3], [%rd0], 16; fence.proxy.async; cp.async.wait_all; bar.sync 0;

            """ + Fence + s_product),
        ("written by this warp while read", EmulatorErrorKind.MissingWait, 0, "st.shared.u32 [%rd3], %r1", 128, s_start + s_product + Commit + "st.shared.u32 [%rd3], %r1;"),
        ("written whole while read", EmulatorErrorKind.MissingWait, 0, "st.shared.v4.u32 [%rd3], {%r0", 128,
            s_start + s_product + Commit + "st.shared.v4.u32 [%rd3], {%r0,%r0,%r0,%r0};"),
        ("written after a barrier while read", EmulatorErrorKind.MissingWait, 100, "st.shared.u32 [%rd3+6144], %r2", 128,
            s_start + s_product + Commit + "bar.sync 0;\n@!%p1 st.shared.u32 [%rd3+6144], %r2;\n" + Wait),
        ("byte written while read", EmulatorErrorKind.MissingWait, 0, "st.shared.u8", 128,
            s_start + s_product + Commit + "mov.b16 %rs1, 0;\nst.shared.u8 [%rd3+1], %rs1;"),
        ("written many barriers later while read", EmulatorErrorKind.MissingWait, 0, "st.shared.u32 [%rd3], %r1", 128,
            s_start + s_product + Commit + Barriers + "st.shared.u32 [%rd3], %r1;"),
        ("copied to while read", EmulatorErrorKind.MissingWait, 0, "cp.async", 128, s_start + s_product + Commit + "cp.async.ca.shared.global [%rd3], [%rd0], 4;"),
        ("written without a barrier after the wait", EmulatorErrorKind.SharedRace, 32, "st.shared.u32 [%rd4], %r2", 128,
            s_start + s_product + Commit + Wait + "mov.u64 %rd4, s; setp.eq.u32 %p3, %r0, 32;\n@%p3 st.shared.u32 [%rd4], %r2;"),
        ("written without a barrier after a late wait", EmulatorErrorKind.SharedRace, 96, "st.shared.u32 [%rd4], %r2", 128,
            s_start + s_product + Commit + "bar.sync 0;\n" + Wait + "mov.u64 %rd4, s; setp.eq.u32 %p3, %r0, 96;\n@%p3 st.shared.u32 [%rd4], %r2;"),
        ("no barrier after the writes", EmulatorErrorKind.SharedRace, 0, "mma_async", 128, Describe(Tile) + Write + "fence.proxy.async;\n" + Fence + s_product),
        ("unwritten", EmulatorErrorKind.UnwrittenRead, 0, "mma_async", 128, Describe(Tile) + Fence + s_product),
        ("by half a warp", EmulatorErrorKind.MissingLanes, 16, "mma_async", 128, s_start + "setp.lt.u32 %p3, %r0, 16;\n@%p3 " + s_product),
        ("fence by half a warp", EmulatorErrorKind.MissingLanes, 16, "@%p3 wgmma.fence", 128, s_start + "setp.lt.u32 %p3, %r0, 16;\n@%p3 " + Fence + s_product),
        ("commit by half a warp", EmulatorErrorKind.MissingLanes, 16, "commit_group", 128, s_start + s_product + "setp.lt.u32 %p3, %r0, 16;\n@%p3 " + Commit),
        ("wait by half a warp", EmulatorErrorKind.MissingLanes, 16, "wait_group", 128, s_start + s_product + Commit + "setp.lt.u32 %p3, %r0, 16;\n@%p3 " + Wait),
        ("by three warps", EmulatorErrorKind.Warpgroup, 0, "mma_async", 96, s_start + s_product),
        ("not by the last warp", EmulatorErrorKind.Warpgroup, 0, "mma_async", 128, s_start + "@!%p1 bra S;\n" + s_product + Commit + Wait + "S: bar.sync 0;"),
        ("not by the first warp", EmulatorErrorKind.Warpgroup, 32, "mma_async", 128,
            s_start + "setp.lt.u32 %p3, %r0, 32;\n@%p3 bra S;\n" + s_product + Commit + Wait + "S: bar.sync 0;"),
        ("another product in one warp", EmulatorErrorKind.Warpgroup, 96, "{%f5", 128, s_start + "@!%p1 bra T;\n" + s_product + "bra S;\nT:\n" + s_other + "S: " + Commit + Wait),
        ("another descriptor in one warp", EmulatorErrorKind.Warpgroup, 96, "mma_async", 128, s_start + "@!%p1 add.s64 %rd10, %rd10, 2;\n" + s_product + Commit + Wait),
        ("another descriptor in one lane", EmulatorErrorKind.Warpgroup, 5, "mma_async", 128, s_start + "setp.eq.u32 %p3, %r0, 5; @%p3 add.s64 %rd10, %rd10, 2;\n" + s_product),
        ("another scale-d in one lane", EmulatorErrorKind.Warpgroup, 5, "mma_async", 128,
            s_start + "setp.ne.u32 %p3, %r0, 5;\n" + s_product.Replace("%rd10, 1, 1, 1", "%rd10, %p3, 1, 1", StringComparison.Ordinal)),
        ("not waited for at the end", EmulatorErrorKind.MissingWait, 0, "exit;", 128, s_start + s_product + Commit + "exit;"),
        ("not committed at the end", EmulatorErrorKind.MissingWait, 0, "exit;", 128, s_start + s_product + Wait + "exit;"),
        ("A outside", EmulatorErrorKind.OutOfBounds, 96, "mma_async", 128,
            s_start + Describe(Tile + 64) + Describe(Tile, 11) + s_product.Replace("%rd10, 1", "%rd11, 1", StringComparison.Ordinal) + Commit + Wait),
        ("B outside", EmulatorErrorKind.OutOfBounds, 0, "mma_async", 128,
            s_start + Describe(Tile) + Describe(Tile + 512, 11) + s_product.Replace("%rd10, 1", "%rd11, 1", StringComparison.Ordinal)),
        ("swizzle pattern off its alignment", EmulatorErrorKind.Misaligned, 0, "mma_async", 128, s_start + Describe(Tile + 8) + s_product),
        ("across a row's end", EmulatorErrorKind.Misaligned, 0, "mma_async", 128, s_start + Describe(Tile + 7) + s_product),
        ("stride off the pattern", EmulatorErrorKind.Misaligned, 0, "mma_async", 128, s_start + Describe(Tile - (32ul << 32)) + s_product),
        ("base offset", EmulatorErrorKind.Unsupported, 0, "mma_async", 128, s_start + Describe(Tile | (1ul << 49)) + s_product),
    ];

    public static TheoryData<string> Names => [.. s_cases.Select(c => c.Name)];

    private static string Describe(ulong descriptor, int register = 10) => $"mov.b64 %rd{register}, {descriptor};\n";

    private static string Multiply(string d, string a) => $"wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {{{d}}}, {a}, %rd10, 1, 1, 1;\n";

    private static (string Ptx, Exception? Error) Run(string body, int threads)
    {
        var host = new EmulatorHost();
        string ptx = EmulatorHost.Kernel($".shared .align 1024 .b8 s[8192];\n{body}\nret;", target: "sm_90a");
        nint address = host.Upload<float>(new float[256]);
        return (ptx, Record.Exception(() => host.Run(ptx, new Dim3(1), new Dim3(threads), address)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IsFound(string name)
    {
        (_, EmulatorErrorKind kind, int thread, string line, int threads, string body) = s_cases.Single(c => c.Name == name);
        (string ptx, Exception? found) = Run(body, threads);
        var error = Assert.IsType<EmulatorException>(found);
        Assert.True(kind == error.Kind, error.Message);
        Assert.True(EmulatorHost.LineOf(ptx, line) == error.Line, error.Message);
        Assert.Equal(new Dim3(thread, 0, 0), error.Thread);
    }

    public static TheoryData<string> Allowed =>
    [
        s_start + s_product + s_product + Commit + s_product + Commit + Fence + s_product + Commit + Wait,
        s_start + s_fragment + Commit + "add.s32 %r5, %r3, %r4;\n" + s_fragment + Commit + Wait + "mov.b32 %r3, 0;",
        s_start + s_product + Commit + s_other + Commit + "wgmma.wait_group.sync.aligned 1; add.f32 %f9, %f1, %f2;\n" + Wait + "add.f32 %f9, %f5, %f6;",
        s_start + s_product + Commit + Wait + "bar.sync 0;\n" + Write + Ready + Fence + s_product + Commit + Wait,
        s_start + s_product + Commit + "bar.sync 0;\n" + Wait + "bar.sync 0;\n@%p1 st.shared.u32 [%rd3], 0;",

        // The second half is written while the first is read: A in registers, B only from there.
        s_start + s_fragment + Commit + "st.shared.u32 [%rd3+4096], 0; st.shared.v4.u32 [%rd3+6144], {%r1,%r1,%r1,%r1}; bar.sync 0;\n" + Wait,
        s_start + s_product + Commit + Barriers + Wait,
        s_start + "mov.b16 %rs1, 0; st.shared.u8 [%rd3], %rs1;\n" + Ready + s_product + Commit + Wait,
        s_start + "@!%p2 " + s_product + s_product.Replace("%rd10, 1, 1", "%rd10, !%p2, 1", StringComparison.Ordinal) + Commit + Wait,
    ];

    [Theory]
    [MemberData(nameof(Allowed))]
    public void IsAllowed(string body) => Assert.Null(Run(body, 128).Error?.Message);

    /// <summary>A result of zeros is zero whatever d was, unless d is added.</summary>
    [Theory]
    [InlineData("1", 3)]
    [InlineData("0", 0)]
    [InlineData("%p2", 3)]
    [InlineData("!%p2", 0)]
    public void ScaleOfD(string scale, float expected)
    {
        var host = new EmulatorHost();
        nint address = host.Upload<float>(new float[512]);
        string product = s_product.Replace("%rd10, 1, 1", $"%rd10, {scale}, 1", StringComparison.Ordinal);
        host.Run(EmulatorHost.Kernel($$"""
            .shared .align 1024 .b8 s[8192];
            {{Describe(Tile)}} {{Write}} {{Ready}} mov.f32 %f1, 0f40400000; mov.f32 %f2, %f1; mov.f32 %f3, %f1; mov.f32 %f4, %f1;
            {{Fence}} {{product}} {{Commit}} {{Wait}} add.s64 %rd5, %rd0, %rd2; st.global.v4.f32 [%rd5], {%f1,%f2,%f3,%f4}; ret;
            """, target: "sm_90a"), new Dim3(1), new Dim3(128), address);
        Assert.All(host.Download<float>(address, 512), x => Assert.Equal(expected, x));
    }

    [Theory]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, -1, 1;", "-1")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, -1;", "-1")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1, 0, 1;", "takes 6 operands")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1;", "takes 8 operands")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f1,%f2,%f3,%f4}, {%r0,%r0,%r0,%r0}, %rd0, 1, 1, 1, 0, 1;", "takes 7 operands")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1, 0, 2;", "must be 1 or 0")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n12k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4,%f5,%f6}, %rd0, %rd0, 1, 1, 1;", "multiple of 8")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n264k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1;", "multiple of 8")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n16k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1;", "8 registers are expected")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%f1,%f2,%f3,%f1}, %rd0, %rd0, 1, 1, 1;", "twice")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 %f1, %rd0, %rd0, 1, 1, 1;", "4 registers are expected")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %r0, %rd0, 1, 1, 1;", "%r0")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1, 0, 0;", "unsupported")]
    [InlineData("wgmma.mma_async.sync.aligned.m64n8k16.f32.tf32.tf32 {%f1,%f2,%f3,%f4}, %rd0, %rd0, 1, 1, 1;", "unsupported")]
    [InlineData("wgmma.wait_group.sync.aligned %r0;", "unsupported")]
    [InlineData("fence.proxy.async.global;", "unsupported")]
    public void IsRefused(string instruction, string why) =>
        Assert.Contains(why, Assert.Throws<PtxException>(() => PtxModule.Parse(EmulatorHost.Kernel(instruction + "\nret;", target: "sm_90a"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sm_80")]
    [InlineData("sm_90")]
    public void OtherTargetsHaveNoWgmma(string target) =>
        Assert.Contains(target, Assert.Throws<PtxException>(() => PtxModule.Parse(EmulatorHost.Kernel(Fence + "ret;", target: target))).Message, StringComparison.Ordinal);
}
