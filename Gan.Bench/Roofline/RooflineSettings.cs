using System.CommandLine;
using Gan.Bench.Reports;
using Gan.Kernels;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Bench.Roofline;

/// <summary>Resolved arguments of the commands that measure kernels: roofline and tune.</summary>
/// <param name="Device">The name to open: cpu, cuda:N or cuda-emulator.</param>
/// <param name="Precision">How products multiply.</param>
/// <param name="Threads">Threads that share a kernel.</param>
/// <param name="Quick">Less time a row.</param>
/// <param name="Json">Where the JSON goes; null for the console only.</param>
internal sealed record RooflineSettings(string Device, Precision Precision, int Threads, bool Quick, string? Json)
{
    private const int MostThreads = 1024;

    private static readonly OptionSpec s_precision = new("--precision", "NAME", "fp32, tf32 or bf16.")
    {
        DefaultNote = "tf32 on cuda and cuda-emulator, fp32 on the cpu",
    };

    private static readonly OptionSpec s_json = new("--json", "FILE", "Write the table as JSON as well.");

    private static readonly OptionSpec[] s_roofline =
    [
        new("--device", "NAME", "cpu, cuda, cuda:N or cuda-emulator (small shapes only); auto is the cpu.") { Default = DeviceOptions.Auto },
        s_precision,
        new("--threads", "N", "Threads that share a kernel.") { DefaultNote = "one a logical processor" },
        new("--quick", null, "Less time a row; dcgan steps at 64 and 128 only."),
        s_json,
    ];

    private static readonly OptionSpec[] s_tune =
    [
        new("--device", "NAME", "cuda, cuda:N or cuda-emulator (small shapes only).") { Default = "cuda" },
        s_precision,
        new("--quick", null, "A third of the samples of each way."),
        s_json,
    ];

    /// <summary>The roofline command for the parser; its action gets the resolved settings and answers with the exit code.</summary>
    public static Command Roofline(Func<RooflineSettings, int> run, TextWriter errors) =>
        Command("roofline", "Measures every kernel and whole training steps against the machine's own peak and bandwidth.", s_roofline, "--device cpu, or leave it out", run, errors);

    /// <summary>The tune command, likewise.</summary>
    public static Command Tune(Func<RooflineSettings, int> run, TextWriter errors) =>
        Command("tune", "Measures every product of the models' layers on a CUDA device with every compiled tile and number of parts.", s_tune, "--device cuda-emulator", run, errors);

    private static Command Command(string name, string description, OptionSpec[] options, string instead, Func<RooflineSettings, int> run, TextWriter errors)
    {
        var command = new Command(name, description);
        var flags = options.Where(static o => o.IsFlag).Select(static o => (Spec: o, Option: new Option<bool>(o.Name) { Description = o.HelpText })).ToArray();
        var valued = options.Where(static o => !o.IsFlag)
            .Select(static o => (Spec: o, Option: new Option<string>(o.Name) { Description = o.HelpText, HelpName = o.Value })).ToArray();
        Array.ForEach(flags, f => command.Options.Add(f.Option));
        Array.ForEach(valued, v => command.Options.Add(v.Option));
        command.SetAction(parsed =>
        {
            Dictionary<string, string> given = [];
            foreach ((OptionSpec spec, Option<bool> option) in flags)
            {
                if (parsed.GetValue(option))
                {
                    given[spec.Name] = "";
                }
            }
            foreach ((OptionSpec spec, Option<string> option) in valued)
            {
                if (parsed.GetValue(option) is { } text)
                {
                    given[spec.Name] = text;
                }
            }
            try
            {
                return run(Resolve(new OptionReader(options, given), instead));
            }
            catch (UsageException e)
            {
                errors.WriteLine($"{name}: {e.Message}");
                return 2;
            }
        });
        return command;
    }

    private static RooflineSettings Resolve(OptionReader options, string instead)
    {
        DeviceChoice asked = DeviceOptions.Resolve(options);
        asked = asked.Used == DeviceOptions.Auto ? asked with { Used = DeviceOptions.Cpu, Reason = "auto" } : asked;
        Precision? precision = DeviceOptions.ResolvePrecision(options);
        ResolvedDevice device = DeviceResolver.Resolve(asked, precision, precision is not null, new MachineDevices(), instead);
        int threads = options.Has("--threads") ? (int)options.Integer("--threads", 1, MostThreads) : Environment.ProcessorCount;
        string? json = options.PathText("--json");
        if (json is not null)
        {
            ReportFile.Check("--json", json);
        }
        return new(device.Choice.Used, device.Precision, threads, options.Flag("--quick"), json);
    }
}
