using System.Globalization;
using System.Text.RegularExpressions;

namespace Gan.Bench.Mutants;

/// <summary>A kind of bug that people make in kernels: where it can be planted, and what the line becomes.</summary>
/// <param name="Kind">For the list.</param>
/// <param name="Pattern">Lines it applies to.</param>
/// <param name="Change">The line with the bug.</param>
internal sealed record Mutation(string Kind, Regex Pattern, Func<Match, string> Change)
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("barrier removed", Line(@"bar\.sync\s+0;"), static _ => ""),
        new("wait dropped", Line(@"cp\.async\.wait_(group|all)\b.*;"), static _ => ""),
        new("wait one group late", Line(@"cp\.async\.wait_group (\d+);"), static m => $"cp.async.wait_group {Number(m, 1) + 1};"),
        new("commit dropped", Line(@"cp\.async\.commit_group;"), static _ => ""),
        new("product's wait dropped", Line(@"wgmma\.wait_group\.sync\.aligned \d+;"), static _ => ""),
        new("product's fence dropped", Line(@"wgmma\.fence\.sync\.aligned;"), static _ => ""),
        new("product's operands not fenced", Line(@"fence\.proxy\.async\.shared::cta;"), static _ => ""),
        new("product's next operand too near", Line(@"add\.s64 ([ab], [ab]), 2;"), static m => $"add.s64 {m.Groups[1].Value}, 1;"),
        new("padding read instead of zero-filled", Line(@"(cp\.async\.c[ag]\.shared\.global \[.*\], \[.*\], (\d+)), %r\d+;"), static m => $"{m.Groups[1].Value};"),
        new("load shifted by an element", Line(@"(ld\.(?:global|shared)\S*\s+.*\[%\w+)(\+-?\d+)?(\];)"), static m => Shifted(m)),
        new("store shifted by an element", Line(@"(st\.(?:global|shared)\S*\s+\[%\w+)(\+-?\d+)?(\],.*;)"), static m => Shifted(m)),
        new("store dropped", Line(@"(?:@!?%p\d+ )?st\.(?:global|shared).*;"), static _ => ""),
        new("bound swapped", Line(@"setp\.(lt|le|gt|ge)(\..*;)"), static m => $"setp.{Neighbour(m.Groups[1].Value)}{m.Groups[2].Value}"),
        new("condition turned round", Line(@"@(!?)(%p\d+ bra.*;)"), static m => $"@{(m.Groups[1].Length == 0 ? "!" : "")}{m.Groups[2].Value}"),
        new("product rounded toward zero", Line(@"fma\.rn\.f32(.*;)"), static m => $"fma.rz.f32{m.Groups[1].Value}"),
        new("operand not rounded to TF32", Line(@"((?:@numbers )?add\.[su]32\s+%r\d+, %r\d+, )(?:0x1000|4096);"), static m => $"{m.Groups[1].Value}0;"),
        new("bfloat16 rounded toward zero", Line(@"cvt\.rn\.bf16x2\.f32(.*;)"), static m => $"cvt.rz.bf16x2.f32{m.Groups[1].Value}"),
        new("quotient rounded toward zero", Line(@"div\.rn\.f32(.*;)"), static m => $"div.rz.f32{m.Groups[1].Value}"),
        new("wrong phase", Line(@"mov\.u32\s+(%r\d+), %ctaid\.z;"), static m => $"mov.u32 {m.Groups[1].Value}, 0;"),
        new("block axes swapped", Line(@"mov\.u32\s+(%r\d+), %ctaid\.(x|y);"), static m => $"mov.u32 {m.Groups[1].Value}, %ctaid.{(m.Groups[2].Value == "x" ? "y" : "x")};"),
        new("shuffle to the wrong lane", Line(@"(shfl\.sync\.\w+\.b32\s+\S+, \S+, )(\d+)(, .*;)"), static m => $"{m.Groups[1].Value}{Math.Max(1, Number(m, 2) / 2)}{m.Groups[3].Value}"),
        new("added instead of subtracted", Line(@"sub\.((?:rn\.)?f32.*;)"), static m => $"add.{m.Groups[1].Value}"),
        new("subtracted instead of added", Line(@"add\.((?:rn\.)?f32.*;)"), static m => $"sub.{m.Groups[1].Value}"),
        new("index off by one", Line(@"add\.s32(\s+%r\d+, %r\d+, )(?!4096;)(-?\d+);"), static m => $"add.s32{m.Groups[1].Value}{Number(m, 2) + 1};"),
        new("fence between blocks dropped", Line(@"fence\.acq_rel\.gpu;"), static _ => ""),
        new("count of blocks not reset", Line(@"(atom\.global\.)inc(\.u32.*;)"), static m => $"{m.Groups[1].Value}add{m.Groups[2].Value}"),
        new("smaller instead of larger", Line(@"max(\.[sfu]\d+.*;)"), static m => $"min{m.Groups[1].Value}"),
        new("larger instead of smaller", Line(@"min(\.[sfu]\d+.*;)"), static m => $"max{m.Groups[1].Value}"),
    ];

    private static Regex Line(string pattern) => new($@"^\s*(?:{pattern})\s*$", RegexOptions.CultureInvariant);

    private static int Number(Match m, int group) => int.Parse(m.Groups[group].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string Shifted(Match m)
    {
        int offset = m.Groups[2].Length == 0 ? 0 : int.Parse(m.Groups[2].ValueSpan[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int size = Regex.Match(m.Groups[1].Value, @"\.v(\d)") is { Success: true } v ? 4 * int.Parse(v.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 4;
        return string.Create(CultureInfo.InvariantCulture, $"{m.Groups[1].Value}+{offset + size}{m.Groups[3].Value}");
    }

    private static string Neighbour(string comparison) => comparison switch { "lt" => "le", "le" => "lt", "gt" => "ge", _ => "gt" };
}
