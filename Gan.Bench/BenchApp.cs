using System.CommandLine;
using BenchmarkDotNet.Running;
using Gan.Bench.Cases;
using Gan.Bench.Counts;
using Gan.Bench.Mutants;
using Gan.Bench.Reports;
using Gan.Bench.Roofline;
using Gan.Bench.Scale;
using Gan.Bench.Suites;
using Gan.Bench.Tuning;
using Gan.Train.Settings;

namespace Gan.Bench;

/// <summary>What the program does: the roofline table, the best tiles of a CUDA device, how steps scale, the list of cases, bugs planted in the CUDA kernels, and the BenchmarkDotNet suite.</summary>
internal static class BenchApp
{
    private const int UsageError = 2;

    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand("Benchmarks. Without a command, arguments go to BenchmarkDotNet, e.g. --filter *Conv* (--list flat shows its benchmarks).");
        root.Subcommands.Add(RooflineSettings.Roofline(settings => Roofline(settings, output, errors), errors));
        var list = new Command("list", "Lists the cases of the suite: family, kernel, shape, operations and bytes.");
        list.SetAction(_ => List(output));
        root.Subcommands.Add(list);
        root.Subcommands.Add(RooflineSettings.Tune(settings => Tune(settings, output, errors), errors));
        root.Subcommands.Add(ScaleCommand.Create(output));
        root.Subcommands.Add(CountCommand.Create(output));
        root.Subcommands.Add(MutantCommand.Create(output, errors));
        if (args.Length > 0 && args[0] is not ("--help" or "-h" or "-?" or "--version") && root.Subcommands.All(c => c.Name != args[0]))
        {
            BenchmarkSwitcher.FromAssembly(typeof(BenchApp).Assembly).Run(args, SuiteConfig.Create());
            return 0;
        }
        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            errors.WriteLine($"{args[0]}: {string.Join(" ", parsed.Errors.Select(static e => e.Message))} See {args[0]} --help.");
            return UsageError;
        }
        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
    }

    private static int Roofline(RooflineSettings settings, TextWriter output, TextWriter progress)
    {
        (RooflineReport report, string description) = settings.Device == DeviceOptions.Cpu
            ? new RooflineRun(settings, progress).Measure()
            : new CudaRoofline(settings, progress).Measure();
        RooflineTable.Write(report, description, output);
        ReportFile.Save(settings.Json, report);
        return 0;
    }

    private static int Tune(RooflineSettings settings, TextWriter output, TextWriter progress)
    {
        if (settings.Device == DeviceOptions.Cpu)
        {
            progress.WriteLine("tune: --device cpu: tiles to choose from are a CUDA device's; give --device cuda or cuda-emulator.");
            return UsageError;
        }
        (TuneReport report, string description) = new TuneRun(settings, progress).Measure();
        report.Write(description, output);
        ReportFile.Save(settings.Json, report);
        return 0;
    }

    private static int List(TextWriter output)
    {
        foreach ((string family, IReadOnlyList<KernelCase> cases) in KernelCases.Families)
        {
            foreach (KernelCase c in cases)
            {
                output.WriteLine($"{family,-11} {c.Title}  {c.Operations / 1e6:0.###} MFLOP  {c.Bytes / 1e6:0.###} MB");
            }
        }
        return 0;
    }
}
