using System.Globalization;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Emulator;

/// <summary>Every instruction that occurs in the embedded kernels has a value test here.</summary>
public class InstructionCoverageTests
{
    private static readonly HashSet<string> s_tested =
        [.. ValueTests.Mnemonics, .. MemoryValueTests.Mnemonics, .. WarpValueTests.Mnemonics, .. MatrixTests.Mnemonics, .. WarpgroupTests.Mnemonics];

    public static TheoryData<string> Files =>
        [.. typeof(PtxModule).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".ptx", StringComparison.Ordinal)).Order()];

    private static PtxModule Load(string file)
    {
        using Stream stream = typeof(PtxModule).Assembly.GetManifestResourceStream(file)!;
        return PtxModule.Parse(new StreamReader(stream).ReadToEnd());
    }

    [Fact]
    public void KernelsAreEmbedded() => Assert.NotEmpty(Files);

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryInstructionHasAValueTest(string file)
    {
        var missing = new SortedSet<string>(Load(file).Functions.Values.SelectMany(f => f.Statements).Select(s => s.Mnemonic).Where(m => !s_tested.Contains(Plain(m))),
            StringComparer.Ordinal);
        Assert.True(missing.Count == 0, string.Format(CultureInfo.InvariantCulture, "no value test for {0}", string.Join(", ", missing)));
    }

    /// <summary>Cache hints change no value.</summary>
    private static string Plain(string mnemonic) => string.Join('.', mnemonic.Split('.').Where(p => p is not ("nc" or "volatile" or "weak" or "cs" or "L1::no_allocate" or "L2::128B")));
}
