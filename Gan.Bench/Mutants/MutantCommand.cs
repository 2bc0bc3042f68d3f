using System.CommandLine;
using Gan.Kernels.Cuda.Launch;

namespace Gan.Bench.Mutants;

/// <summary>"mutants": plants bugs in the CUDA kernels and sees whether the tests find them.</summary>
internal static class MutantCommand
{
    private static readonly string[] s_stages = 
    [
        "-namespace Gan.Tests.Cuda.Products",
        "-class Gan.Tests.Cuda.CudaKernelTests -class Gan.Tests.Cuda.EmulatedKernelsTests -class Gan.Tests.Cuda.CudaAgainstCpuTests",
        "-namespace Gan.Tests.Cuda*",
    ];

    public static Command Create(TextWriter output, TextWriter progress)
    {
        var count = new Option<int>("--count") { Description = "How many bugs.", DefaultValueFactory = static _ => 66 };
        var seed = new Option<int>("--seed") { Description = "Of the draw.", DefaultValueFactory = static _ => 1 };
        var only = new Option<int[]>("--only") { Description = "Numbers of the list to run.", AllowMultipleArgumentsPerToken = true };
        var list = new Option<bool>("--list") { Description = "Prints the bugs and runs nothing." };
        var tests = new Option<string?>("--tests") { Description = "The test program; default: Gan.Tests beside this project's build." };
        var filter = new Option<string[]>("--filter") { Description = "Test filters, tried in order.", DefaultValueFactory = static _ => s_stages };
        var equivalents = new Option<string>("--equivalents") { Description = "Reasons for bugs that change nothing.", DefaultValueFactory = static _ => "Gan.Bench/Mutants/equivalent.txt" };
        var file = new Option<string?>("--out") { Description = "Writes the list with its results to this file." };
        var command = new Command("mutants", "Plants bugs in the CUDA kernels' PTX and runs the tests on each.") { count, seed, only, list, tests, filter, equivalents, file };
        command.SetAction(parsed =>
        {
            Dictionary<string, string> files = PtxResources.Names.ToDictionary(static n => n, static n => PtxResources.Read(n)!);
            IReadOnlyList<Mutant> mutants = MutantList.Draw(files, parsed.GetValue(count), parsed.GetValue(seed));
            if (parsed.GetValue(only) is { Length: > 0 } wanted)
            {
                mutants = [.. mutants.Where(m => wanted.Contains(m.Number))];
            }
            if (parsed.GetValue(list))
            {
                foreach (Mutant m in mutants)
                {
                    output.WriteLine($"{m.Number,3} {m.File} {m.Kernel}: {m.Kind}: {m.Line}: {m.Original}  ->  {m.Changed}");
                }
                return 0;
            }
            IReadOnlyDictionary<string, string> reasons = MutantReport.ReadEquivalents(parsed.GetValue(equivalents)!);
            return Run(mutants, new MutantRun(parsed.GetValue(tests) ?? TestProgram(), parsed.GetValue(filter)!), reasons, parsed.GetValue(seed), parsed.GetValue(file), output, progress);
        });
        return command;
    }

    private static int Run(IReadOnlyList<Mutant> mutants, MutantRun run, IReadOnlyDictionary<string, string> reasons, int seed, string? file, TextWriter output, TextWriter progress)
    {
        if (!run.Passes(out string failure))
        {
            progress.WriteLine($"mutants: the tests fail without any planted bug ({failure}); repair that first.");
            return 1;
        }
        var results = new MutantResult[mutants.Count];
        Parallel.For(0, mutants.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            Mutant m = mutants[i];
            MutantResult result = results[i] = run.Try(m);
            progress.WriteLine($"{m.Number,3} {m.File} {m.Kernel}: {m.Kind}: {(result.CaughtBy is { } test ? $"caught by {test}" : reasons.ContainsKey(m.Key) ? "changes nothing" : "MISSED")} ({result.Seconds:0} s)");
        });
        MutantReport.Write(results, reasons, seed, output);
        if (file is not null)
        {
            using StreamWriter writer = new(file);
            MutantReport.Write(results, reasons, seed, writer);
        }
        return Array.Exists(results, r => r.CaughtBy is null && !reasons.ContainsKey(r.Mutant.Key)) ? 1 : 0;
    }

    private static string TestProgram() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../Gan.Tests/bin/Release/net10.0/Gan.Tests"));
}
