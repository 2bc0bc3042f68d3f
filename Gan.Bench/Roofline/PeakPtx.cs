using System.Globalization;
using System.Text;
using Gan.Kernels;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Bench.Roofline;

/// <summary>
/// Kernels that do nothing but multiply and add, in registers, in independent chains: the ceiling for each precision. Fused multiply-adds in fp32; for TF32 and
/// bfloat16 the warp-wide mma.sync (PTX ISA, "Warp Level Matrix Multiply-Accumulate") that our products use, or where they may use warpgroups wgmma
/// (<see cref="WarpgroupPeakPtx"/>). Written as PTX so that no compiler can drop a chain.
/// </summary>
internal static class PeakPtx
{
    /// <summary>Threads a block.</summary>
    public const int Block = 256;

    private const int Warp = 32;
    private const int FmaChains = 16, MmaChains = 8, Unroll = 8;

    /// <summary>The kernel for a precision. Arguments: a pointer that is never written, and the number of rounds.</summary>
    public static KernelId Kernel(Precision precision, bool warpgroups) => precision == Precision.Fp32
        ? new("peak.sm_70", "peak_fp32")
        : new(warpgroups ? "peak.sm_90a" : "peak.sm_80", $"peak_{precision.ToString().ToLowerInvariant()}");

    /// <summary>Floating-point operations of a thread in a round: 2 a multiply-add; an mma is 2 m n k of a warp.</summary>
    public static double OperationsPerRound(Precision precision, bool warpgroups) => warpgroups ? WarpgroupPeakPtx.OperationsPerRound(precision) : Unroll * precision switch
    {
        Precision.Tf32 => MmaChains * 2.0 * 16 * 8 * 8 / Warp,
        Precision.Bf16 => MmaChains * 2.0 * 16 * 8 * 16 / Warp,
        _ => FmaChains * 2.0,
    };

    /// <summary>The text of a file; null when it is not one of these.</summary>
    public static string? Read(string file) => file switch
    {
        "peak.sm_70" => Module("7.0", "sm_70", Entry("peak_fp32", FmaChains, Fma)),
        "peak.sm_80" => Module("7.1", "sm_80", Entry("peak_tf32", 4 * MmaChains, Mma("m16n8k8.row.col.f32.tf32.tf32.f32")), Entry("peak_bf16", 4 * MmaChains, Mma("m16n8k16.row.col.f32.bf16.bf16.f32"))),
        "peak.sm_90a" => WarpgroupPeakPtx.Module,
        _ => null,
    };

    private static string Module(string version, string target, params string[] entries) =>
        $".version {version}\n.target {target}\n.address_size 64\n{string.Concat(entries)}";

    /// <summary>Sums start at the thread's number; the result is stored only if it is infinite, which it never is.</summary>
    private static string Entry(string name, int sums, Action<StringBuilder> round)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $".visible .entry {name}(\n\t.param .u64 {name}_param_0,\n\t.param .u32 {name}_param_1\n)\n{{\n");
        text.Append(CultureInfo.InvariantCulture, $"\t.reg .pred %p<2>;\n\t.reg .f32 %f<{sums + 2}>;\n\t.reg .b32 %r<9>;\n\t.reg .b64 %rd<2>;\n");
        text.Append(CultureInfo.InvariantCulture, $"\tld.param.u64 %rd1, [{name}_param_0];\n\tld.param.u32 %r1, [{name}_param_1];\n\tmov.u32 %r2, %tid.x;\n");
        // 1 - 2^-24 and 2^-24: what they converge to is finite. The mma operands are ones (as a float, and as two bfloat16), since zeros draw less power.
        string operands = string.Concat(Enumerable.Range(3, 6).Select(static r => $"\tmov.b32 %r{r}, 0x3F803F80;\n"));
        text.Append(CultureInfo.InvariantCulture, $"\tmov.f32 %f{sums}, 0f3F7FFFFF;\n\tmov.f32 %f{sums + 1}, 0f33800000;\n{operands}");
        for (int i = 0; i < sums; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tcvt.rn.f32.u32 %f{i}, %r2;\n");
        }
        text.Append("LOOP:\n");
        for (int i = 0; i < Unroll; i++)
        {
            round(text);
        }
        text.Append("\tadd.s32 %r1, %r1, -1;\n\tsetp.ne.s32 %p1, %r1, 0;\n\t@%p1 bra LOOP;\n");
        for (int i = 1; i < sums; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tadd.rn.f32 %f0, %f0, %f{i};\n");
        }
        return text.Append("\tsetp.neu.f32 %p1, %f0, 0f7F800000;\n\t@%p1 bra DONE;\n\tst.global.f32 [%rd1], %f0;\nDONE:\n\tret;\n}\n").ToString()
            .Replace("LOOP", $"LOOP_{name}", StringComparison.Ordinal).Replace("DONE", $"DONE_{name}", StringComparison.Ordinal);
    }

    private static void Fma(StringBuilder text)
    {
        for (int i = 0; i < FmaChains; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tfma.rn.f32 %f{i}, %f{i}, %f{FmaChains}, %f{FmaChains + 1};\n");
        }
    }

    private static Action<StringBuilder> Mma(string shape) => text =>
    {
        for (int i = 0; i < MmaChains; i++)
        {
            string d = string.Join(", ", Enumerable.Range(4 * i, 4).Select(static n => $"%f{n}"));
            text.Append(CultureInfo.InvariantCulture, $"\tmma.sync.aligned.{shape} {{{d}}}, {{%r3, %r4, %r5, %r6}}, {{%r7, %r8}}, {{{d}}};\n");
        }
    };
}
