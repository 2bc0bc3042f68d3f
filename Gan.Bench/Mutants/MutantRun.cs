using System.Diagnostics;
using System.Text.RegularExpressions;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Bench.Mutants;

/// <summary>What became of a mutant.</summary>
/// <param name="Mutant">Which.</param>
/// <param name="CaughtBy">First test that failed; null when none did.</param>
/// <param name="Reason">The failure's first line, or why the mutant changes nothing.</param>
/// <param name="Seconds">Time the tests took.</param>
internal sealed record MutantResult(Mutant Mutant, string? CaughtBy, string Reason, double Seconds);

/// <summary>Runs the test suite once for each mutant, with the mutant's PTX in the place of the real one, and stops at the first failing test.</summary>
/// <param name="testProgram">The test executable.</param>
/// <param name="stages">Test filters, tried in order until one catches the mutant.</param>
internal sealed partial class MutantRun(string testProgram, IReadOnlyList<string> stages)
{
    // Of processor time, so that a busy machine does not count as a bug found; the longer one, by the clock, is for tests that wait for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10), LongestWait = TimeSpan.FromHours(2);

    /// <summary>Whether the tests pass on the PTX as it ships; without that nothing is learnt.</summary>
    public bool Passes(out string failure)
    {
        foreach (string stage in stages)
        {
            if (Tests(stage, null) is { } caught)
            {
                failure = $"{caught.Test}: {caught.Reason}";
                return false;
            }
        }
        failure = "";
        return true;
    }

    public MutantResult Try(Mutant mutant)
    {
        string folder = Directory.CreateTempSubdirectory("gan-mutant-").FullName;
        var clock = Stopwatch.StartNew();
        try
        {
            File.WriteAllText(Path.Combine(folder, mutant.File + ".ptx"), mutant.Apply(PtxResources.Read(mutant.File)!));
            foreach (string stage in stages)
            {
                if (Tests(stage, folder) is { } caught)
                {
                    return new(mutant, caught.Test, caught.Reason, clock.Elapsed.TotalSeconds);
                }
            }
            return new(mutant, null, "", clock.Elapsed.TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>The first test that failed; null when all passed.</returns>
    private (string Test, string Reason)? Tests(string filter, string? ptxFolder)
    {
        var start = new ProcessStartInfo(testProgram, $"{filter} -trait- Category=Long -stopOnFail -noColor -noLogo") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[PtxResources.FolderVariable] = ptxFolder ?? "";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        var clock = Stopwatch.StartNew();
        while (!process.WaitForExit(TimeSpan.FromSeconds(1)))
        {
            if (Used(process) > Patience || clock.Elapsed > LongestWait)
            {
                process.Kill(entireProcessTree: true);
                return ("(time limit)", $"the tests did not end within {Patience.TotalMinutes} minutes of processor time");
            }
        }
        process.WaitForExit();
        if (process.ExitCode == 0)
        {
            return Count().Match(output.Result) is { Success: true } m && m.Groups[1].Value != "0" ? null
                : throw new InvalidOperationException($"{testProgram} {filter}: no test ran.\n{output.Result}");
        }
        Match failed = Failed().Match(output.Result);
        return failed.Success
            ? (failed.Groups[1].Value.Trim(), failed.Groups[2].Value.Trim())
            : ("(the test program ended)", $"exit code {process.ExitCode}: {errors.Result.Split('\n')[0]}");
    }

    private static TimeSpan Used(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero; // it has just ended
        }
    }

    [GeneratedRegex(@"^\s*(\S.*?) \[FAIL\]\s*\n\s*(.*)$", RegexOptions.Multiline)]
    private static partial Regex Failed();

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex Count();
}
