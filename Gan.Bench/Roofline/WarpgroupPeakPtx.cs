using System.Globalization;
using System.Text;
using Gan.Kernels;

namespace Gan.Bench.Roofline;

/// <summary>
/// The ceiling of wgmma.mma_async (PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate"): two warpgroups a block, each with the widest shape, 64 x 256,
/// over and over the same ones in shared memory.
/// </summary>
internal static class WarpgroupPeakPtx
{
    private const int Unroll = 8, Rows = 64, Columns = 256, RowBytes = 128, Sums = Columns / 2, Threads = 128, SharedBytes = (Rows + Columns) * RowBytes;

    /// <summary>peak_tf32 and peak_bf16.</summary>
    public static string Module { get; } = $".version 8.0\n.target sm_90a\n.address_size 64\n{Entry("peak_tf32", "k8.f32.tf32.tf32", "")}{Entry("peak_bf16", "k16.f32.bf16.bf16", ", 0, 0")}";

    /// <summary>Floating-point operations of a thread in a round: 2 m n k of a warpgroup, 32 bytes of k each.</summary>
    public static double OperationsPerRound(Precision precision) => Unroll * 2.0 * Rows * Columns * (precision == Precision.Tf32 ? 8 : 16) / Threads;

    private static string Entry(string name, string shape, string transposes)
    {
        StringBuilder text = new();
        string sums = string.Join(", ", Enumerable.Range(0, Sums).Select(static i => $"%f{i}"));
        text.Append($$"""
            .visible .entry {{name}}(
            	.param .u64 {{name}}_param_0,
            	.param .u32 {{name}}_param_1
            )
            .maxntid {{PeakPtx.Block}}, 1, 1
            {
            	.shared .align 1024 .b8 {{name}}_operands[{{SharedBytes}}];
            	.reg .pred %p<3>;
            	.reg .f32 %f<{{Sums}}>;
            	.reg .b32 %r<8>;
            	.reg .b64 %rd<6>;
            	ld.param.u64 %rd1, [{{name}}_param_0];
            	ld.param.u32 %r1, [{{name}}_param_1];
            	mov.u32 %r2, {{name}}_operands;
            	mov.u32 %r3, %tid.x;
            	shl.b32 %r4, %r3, 4;
            	mov.b32 %r5, 0x3F803F80;
            FILL_{{name}}:
            	add.s32 %r6, %r2, %r4;
            	st.shared.v4.b32 [%r6], {%r5, %r5, %r5, %r5};
            	add.s32 %r4, %r4, {{16 * PeakPtx.Block}};
            	setp.lt.s32 %p1, %r4, {{SharedBytes}};
            	@%p1 bra FILL_{{name}};
            	fence.proxy.async.shared::cta;
            	bar.sync 0;
            	shr.u32 %r6, %r2, 4;
            	cvt.u64.u32 %rd2, %r6;
            	or.b64 %rd3, %rd2, {{Descriptor}};
            	add.s64 %rd4, %rd3, {{Rows * RowBytes / 16}};
            	setp.ne.s32 %p2, %r1, 0;

            """.ReplaceLineEndings("\n"));
        for (int i = 0; i < Sums; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tmov.f32 %f{i}, 0f00000000;\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"LOOP_{name}:\n\twgmma.fence.sync.aligned;\n");
        for (int i = 0; i < Unroll; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\twgmma.mma_async.sync.aligned.m64n256{shape} {{{sums}}}, %rd3, %rd4, %p2, 1, 1{transposes};\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"\twgmma.commit_group.sync.aligned;\n\twgmma.wait_group.sync.aligned 0;\n\tadd.s32 %r1, %r1, -1;\n\tsetp.ne.s32 %p1, %r1, 0;\n\t@%p1 bra LOOP_{name};\n");
        for (int i = 1; i < Sums; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tadd.rn.f32 %f0, %f0, %f{i};\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"\tsetp.neu.f32 %p1, %f0, 0f7F800000;\n\t@%p1 bra DONE_{name};\n\tst.global.f32 [%rd1], %f0;\nDONE_{name}:\n\tret;\n}}\n").ToString();
    }

    /// <summary>Rows of 128 bytes with the 128-byte swizzle (1), atoms of eight rows one after the other; the start comes in the low bits.</summary>
    private static long Descriptor => (1L << 62) | ((8L * RowBytes / 16) << 32) | (1L << 16);
}
