using System.Text.RegularExpressions;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>What the committed PTX may not contain, whoever compiled it (Cuda/Source/gan.cuh has the reasons).</summary>
public partial class PtxRulesTests
{
    public static TheoryData<string> Files() => [.. PtxResources.Names];

    [Fact]
    public void ThereIsPtx() => Assert.True(PtxResources.Names.Count >= 10, $"{PtxResources.Names.Count} files");

    [Theory, MemberData(nameof(Files))]
    public void HoldsNoForbiddenInstruction(string file)
    {
        string[] lines = PtxResources.Read(file)!.Split('\n');
        string[] broken = [.. lines.Select(static (text, i) => $"line {i + 1}: {Broken(text)}: {text}").Where((_, i) => Broken(lines[i]) is not null)];
        Assert.Equal([], broken);
    }

    [Theory, MemberData(nameof(Files))]
    public void SaysWhatItWasMadeFromAndBy(string file)
    {
        string[] lines = PtxResources.Read(file)!.Split('\n');
        Assert.Equal($"// {file}.ptx: made from {file[..file.LastIndexOf('.')]}.cu by build-ptx.sh; do not edit.", lines[0]);
        Assert.Matches(@"^// compiler: clang 19\.\d+\.\d+$", lines[1]);
        Assert.Contains($".target {file[(file.LastIndexOf('.') + 1)..]}", lines);
    }

    [Theory]
    [InlineData("	ld.local.f32 	%f1, [%rd1];", "local memory")]
    [InlineData("	.local .align 8 .b8 	__local_depot0[16];", "local memory")]
    [InlineData("	call.uni (retval0), f, (param0);", "a call")]
    [InlineData("	@%p1 ex2.approx.f32 	%f1, %f2;", "an approximation")]
    [InlineData("	add.ftz.f32 	%f1, %f2, %f3;", "flushed denormals")]
    [InlineData("	mul.f32 	%f1, %f2, %f3;", "fusable arithmetic")]
    [InlineData("	sub.f64 	%fd1, %fd2, %fd3;", "fusable arithmetic")]
    [InlineData("	atom.global.add.f32 	%f1, [%rd1], %f2;", "a float atomic")]
    [InlineData("	red.global.add.f32 	[%rd1], %f2;", "a float atomic")]
    [InlineData("	add.rn.f32 	%f1, %f2, %f3;", null)]
    [InlineData("	atom.global.add.u32 	%r1, [%rd1], 1;", null)]
    [InlineData("	mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1, %f2, %f3, %f4}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f1, %f2, %f3, %f4};", null)]
    [InlineData("// .local, call and .approx in a comment", null)]
    public void RulesSeeWhatTheyShould(string line, string? rule) => Assert.Equal(rule, Broken(line));

    /// <summary>The rule that a line breaks; null when it breaks none.</summary>
    private static string? Broken(string line)
    {
        string code = line.Split("//")[0];
        return code.Contains(".local") ? "local memory"
            : Call().IsMatch(code) ? "a call"
            : code.Contains(".approx") ? "an approximation"
            : code.Contains(".ftz") ? "flushed denormals"
            : FloatAtomic().IsMatch(code) ? "a float atomic"
            : Unrounded().IsMatch(code) ? "fusable arithmetic"
            : null;
    }

    [GeneratedRegex(@"\bcall\b")]
    private static partial Regex Call();

    [GeneratedRegex(@"\b(add|sub|mul|mad)\.f(32|64)\b")]
    private static partial Regex Unrounded();

    [GeneratedRegex(@"\b(atom|red)\.\S*\.f(16|32|64)\b")]
    private static partial Regex FloatAtomic();
}
