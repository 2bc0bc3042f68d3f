using Gan.Bench.Mutants;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.Docs;
using Xunit;

namespace Gan.Tests.Bench;

/// <summary>The tool that plants bugs in the CUDA kernels: docs/mutants.md is its work.</summary>
public class MutantTests
{
    private static readonly Lazy<Dictionary<string, string>> s_files = new(static () => PtxResources.Names.ToDictionary(static n => n, static n => PtxResources.Read(n)!));

    [Fact]
    public void The_same_seed_draws_the_same_bugs_and_another_draws_others()
    {
        IReadOnlyList<Mutant> first = MutantList.Draw(s_files.Value, 60, 1);
        Assert.Equal(first, MutantList.Draw(s_files.Value, 60, 1));
        Assert.NotEqual(first.Select(static m => m.Key), MutantList.Draw(s_files.Value, 60, 2).Select(static m => m.Key));
        Assert.Equal(60, first.DistinctBy(static m => (m.File, m.Line)).Count());
    }

    [Fact]
    public void A_bug_changes_one_line_and_no_other()
    {
        foreach (Mutant m in MutantList.Draw(s_files.Value, 60, 3))
        {
            string[] before = s_files.Value[m.File].Split('\n'), after = m.Apply(s_files.Value[m.File]).Split('\n');
            Assert.Equal(before.Length, after.Length);
            Assert.Equal([m.Line - 1], Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]));
            Assert.NotEqual(m.Original, m.Changed);
        }
    }

    /// <summary>A proof is about one line of one kernel; when that changes, the reason has to be thought through again or taken out.</summary>
    [Fact]
    public void Every_reason_in_equivalent_txt_is_about_a_line_that_exists()
    {
        Assert.SkipUnless(Checkout.IsHere, "the repository is not where this was built");
        IReadOnlyDictionary<string, string> reasons = MutantReport.ReadEquivalents(Path.Combine(Checkout.Root, "Gan.Bench", "Mutants", "equivalent.txt"));
        Assert.NotEmpty(reasons);
        Assert.Empty(reasons.Keys.Except(MutantList.All(s_files.Value).Select(static m => m.Key)));
        Assert.All(reasons.Values, static reason => Assert.True(reason.Length > 40, reason));
    }

    [Fact]
    public void Keys_tell_all_bugs_apart() => Assert.Equal([], MutantList.All(s_files.Value).GroupBy(static m => m.Key).Where(static g => g.Count() > 1).Select(static g => g.Key));

    [Theory]
    [InlineData("barrier removed", "\tbar.sync \t0;", "")]
    [InlineData("wait one group late", "\tcp.async.wait_group 1;", "cp.async.wait_group 2;")]
    [InlineData("padding read instead of zero-filled", "\tcp.async.cg.shared.global [%r1+16], [%rd2], 16, %r7;", "cp.async.cg.shared.global [%r1+16], [%rd2], 16;")]
    [InlineData("load shifted by an element", "\tld.shared.v4.f32 \t{%f1, %f2, %f3, %f4}, [%rd5+32];", "ld.shared.v4.f32 \t{%f1, %f2, %f3, %f4}, [%rd5+48];")]
    [InlineData("store shifted by an element", "\tst.global.f32 \t[%rd5], %f1;", "st.global.f32 \t[%rd5+4], %f1;")]
    [InlineData("bound swapped", "\tsetp.lt.s32 \t%p1, %r1, %r2;", "setp.le.s32 \t%p1, %r1, %r2;")]
    [InlineData("condition turned round", "\t@!%p3 bra \t$L__BB0_2;", "@%p3 bra \t$L__BB0_2;")]
    [InlineData("operand not rounded to TF32", "\t@numbers add.u32 %r1, %r1, 0x1000;", "@numbers add.u32 %r1, %r1, 0;")]
    [InlineData("wrong phase", "\tmov.u32 \t%r8, %ctaid.z;", "mov.u32 %r8, 0;")]
    [InlineData("shuffle to the wrong lane", "\tshfl.sync.bfly.b32\t%r5, %r4, 8, 31, -1;", "shfl.sync.bfly.b32\t%r5, %r4, 4, 31, -1;")]
    public void Each_kind_makes_the_bug_it_is_named_after(string kind, string line, string expected)
    {
        Mutation mutation = Mutation.All.Single(m => m.Kind == kind);
        System.Text.RegularExpressions.Match match = mutation.Pattern.Match(line);
        Assert.True(match.Success);
        Assert.Equal(expected, mutation.Change(match).Trim());
    }
}
