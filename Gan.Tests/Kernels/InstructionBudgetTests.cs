using System.Diagnostics;
using System.Text.RegularExpressions;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Xunit;

namespace Gan.Tests.Kernels;

/// <summary>
/// The inner loop of every product and convolution, counted in the JIT's own listing: a measure that does not depend on what else the machine does.
/// The test starts this executable again for one small product and reads the listing of the 12x32 tile with 512-bit vectors.
/// </summary>
public partial class InstructionBudgetTests
{
    /// <summary>
    /// Per fused multiply-add. A step has 24 of them, 12 broadcasts, 2 loads, 2 prefetches with their addresses and 5 instructions of the loop: 47. An
    /// accumulator that the JIT keeps in memory adds 2, so that one of them breaks the budget.
    /// </summary>
    private const double Budget = 2.0;

    private const int MultiplyAdds = 24;

    [Fact]
    public void InnerLoopKeepsItsBudget()
    {
        Assert.SkipWhen(SimdWidth.Hardware < 512, "The processor or this run has no 512-bit vectors.");
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Gan.Tests.exe" : "Gan.Tests");
        Assert.SkipUnless(File.Exists(program), "The test executable is not beside its assembly, so it cannot be started again.");
        string file = Path.GetTempFileName();
        try
        {
            Rerun(program, file);
            string[] loop = InnerLoop(File.ReadAllLines(file));
            Assert.SkipWhen(loop.Length == 0, "The JIT gave no listing of TileKernel.Run.");
            string text = string.Join('\n', loop);
            Assert.True(loop.Count(IsMultiplyAdd) == MultiplyAdds, text);
            Assert.True(loop.Length <= Budget * MultiplyAdds,
                $"{loop.Length} instructions for {MultiplyAdds} multiply-adds; the budget is {Budget} each.\n{text}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What the child process runs: a product of whole 12x32 tiles.</summary>
    [Fact]
    public void SmallProduct()
    {
        Assert.SkipWhen(SimdWidth.Hardware < 512, "The processor or this run has no 512-bit vectors.");
        using KernelHost h = new(1, 512);
        DeviceSpan<float> c = h.Room<float>(24 * 64);
        float[] ones = [.. Enumerable.Repeat(1f, 64 * 64)];
        h.K.MatMul(h.Of(ones[..(24 * 64)]), h.Of(ones), default, c, 24, 64, 64, false, false, WriteMode.Write);
        Assert.All(h.Read(c), static x => Assert.Equal(64, x));
    }

    private static void Rerun(string program, string listing)
    {
        ProcessStartInfo start = new(program, ["-method", $"{typeof(InstructionBudgetTests).FullName}.{nameof(SmallProduct)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_JitDisasm"] = "*TileKernel*:Run";
        start.Environment["DOTNET_JitStdOutFile"] = listing;
        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment["GAN_VECTOR"] = "512";
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"The child process ended with {child.ExitCode}.\n{output}\n{errors.Result}");
    }

    /// <summary>Instructions of the labelled block with the most multiply-adds, which must jump back to its own label; none if there is no listing.</summary>
    private static string[] InnerLoop(string[] listing)
    {
        string[] best = [];
        string bestLabel = "", label = "";
        bool inMethod = false;
        List<string> block = [];
        foreach (string line in listing.Append("end:"))
        {
            if (Label().Match(line) is { Success: true } match || line.StartsWith(';') || line == "end:")
            {
                if (inMethod && block.Count(IsMultiplyAdd) > best.Count(IsMultiplyAdd))
                {
                    (best, bestLabel) = ([.. block], label);
                }
                block.Clear();
                label = Label().Match(line) is { Success: true } found ? found.Groups[1].Value : "";
            }
            else if (line.StartsWith("  ", StringComparison.Ordinal) && line.Trim() is { Length: > 0 } instruction
                && !instruction.StartsWith("align", StringComparison.Ordinal))
            {
                block.Add(instruction);
            }
            if (line.StartsWith("; Assembly listing", StringComparison.Ordinal))
            {
                inMethod = line.Contains("Ops512", StringComparison.Ordinal) && line.Contains("Tile3x2", StringComparison.Ordinal);
            }
        }
        Assert.True(best.Length == 0 || best[^1].EndsWith(bestLabel, StringComparison.Ordinal), $"Block {bestLabel} is no loop: {best.LastOrDefault()}");
        return best;
    }

    private static bool IsMultiplyAdd(string instruction) => instruction.StartsWith("vfmadd", StringComparison.Ordinal);

    [GeneratedRegex(@"^(G_M\w+_IG\d+):")]
    private static partial Regex Label();
}
