using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Gan.Bench.Roofline;
using Gan.Kernels.Cuda.Launch;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// The committed PTX through NVIDIA's own assembler, where it is installed (ptxas of the CUDA toolkit, on the path or named by PTXAS): what the driver would refuse
/// at load, and registers that do not suffice. Nothing else here needs the toolkit.
/// </summary>
public sealed partial class PtxAssemblerTests : IDisposable
{
    private static readonly string s_assembler = Environment.GetEnvironmentVariable("PTXAS") is { Length: > 0 } path ? path : "ptxas";
    private static readonly Lazy<bool> s_isHere = new(() => Run("--version").ExitCode == 0);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every file that such a card takes.</summary>
    [Theory]
    [InlineData(70)]
    [InlineData(80)]
    [InlineData(90)]
    public void AssemblesWithoutSpillsOrComplaints(int capability)
    {
        SkipWithoutAssembler();
        string[] files = [.. PtxResources.Names.Where(f => PtxResources.Needs(f).RunsOn(capability))];
        Assert.NotEmpty(files);
        Assert.All(files, file => Inspect(PtxResources.Read(file)!, Target(file, capability), file));
    }

    /// <summary>What the driver is really given: one kernel's part of a file at a time.</summary>
    [Fact]
    public void EachKernelCutFromItsFileAssembles()
    {
        SkipWithoutAssembler();
        Assert.All(PtxResources.Names, file => Assert.All(Entry().Matches(PtxResources.Read(file)!).Select(static m => m.Groups[1].Value),
            name => Inspect(PtxCut.Entry(PtxResources.Read(file)!, name)!, Target(file, 90), name)));
    }

    /// <summary>What it is given for dependent launch.</summary>
    [Fact]
    public void KernelsThatWaitForOthersAssemble()
    {
        SkipWithoutAssembler();
        Assert.All(PtxResources.Names, file => Inspect(PtxDependentLaunch.Of(PtxResources.Read(file)!), Target(file, 90), file));
    }

    /// <summary>The kernels that measure a card's peak, which are written as PTX.</summary>
    [Fact]
    public void PeakKernelsAssemble()
    {
        SkipWithoutAssembler();
        Assert.All(["peak.sm_70", "peak.sm_80", "peak.sm_90a"], static (string file) => Assert.NotNull(PeakPtx.Read(file)));
        Assert.All(["peak.sm_70", "peak.sm_80", "peak.sm_90a"], (string file) => Inspect(PeakPtx.Read(file)!, Target(file, 90), file));
    }

    [Fact]
    public void TheAssemblerSeesWhatIsWrong()
    {
        SkipWithoutAssembler();
        static string Kernel(string instruction) =>
            $".version 6.3\n.target sm_70\n.address_size 64\n.visible .entry f(.param .u64 p)\n{{\n.reg .f32 %f<4>;\n{instruction}\nret;\n}}\n";
        Assert.Equal(0, Assemble(Kernel("add.rn.f32 %f1, %f2, %f3;"), "sm_90").ExitCode);
        Assert.NotEqual(0, Assemble(Kernel("add.rn.f32 %f1, %f2;"), "sm_90").ExitCode);
    }

    [Theory]
    [InlineData("    8 bytes stack frame, 16 bytes spill stores, 8 bytes spill loads", true)]
    [InlineData("    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", false)]
    [InlineData("ptxas warning : something", true)]
    [InlineData("ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized due to...in function 'f'", true)]
    [InlineData("ptxas info    : Used 72 registers, 436 bytes cmem[0]", false)]
    public void ComplaintsAreSeen(string line, bool isComplaint) => Assert.Equal(isComplaint, Complaint().IsMatch(line));

    private static string Target(string file, int capability) => $"sm_{capability}{(PtxResources.Needs(file).Exactly ? "a" : "")}";

    private void Inspect(string ptx, string target, string name)
    {
        (int code, string output) = Assemble(ptx, target);
        Assert.SkipWhen(code != 0 && Unsupported().IsMatch(output), $"{s_assembler} no longer assembles for {target}.");
        Assert.True(code == 0, $"{name} for {target}: {output}");
        Assert.Equal(Entry().Count(ptx), Compiled().Count(output));
        Assert.Equal([], output.Split('\n').Where(static l => Complaint().IsMatch(l)));
    }

    private (int ExitCode, string Output) Assemble(string ptx, string target)
    {
        string source = Path.Combine(_folder.Path, "kernels.ptx");
        File.WriteAllText(source, ptx);
        return Run("-v", $"-arch={target}", source, "-o", Path.Combine(_folder.Path, "kernels.cubin"));
    }

    private static void SkipWithoutAssembler() =>
        Assert.SkipUnless(s_isHere.Value, "ptxas of the CUDA toolkit is neither on the path nor named by the variable PTXAS.");

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(s_assembler, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (Win32Exception)
        {
            return (-1, "");
        }
    }

    [GeneratedRegex(@"\.entry (\w+)\(")]
    private static partial Regex Entry();

    [GeneratedRegex("Compiling entry function")]
    private static partial Regex Compiled();

    [GeneratedRegex(@"[1-9]\d* bytes (stack|spill)|warning|Performance Loss", RegexOptions.IgnoreCase)]
    private static partial Regex Complaint();

    [GeneratedRegex(@"not defined for option|unsupported gpu", RegexOptions.IgnoreCase)]
    private static partial Regex Unsupported();
}
