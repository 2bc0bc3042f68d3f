using System.CommandLine;
using Gan.Kernels;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Bench.Roofline;

/// <summary>Resolved arguments of the roofline command.</summary>
/// <param name="Device">The name to open: cpu, cuda:N or cuda-emulator.</param>
/// <param name="Precision">How products multiply.</param>
/// <param name="Threads">Threads that share a kernel.</param>
/// <param name="Quick">Less time a row, fewer step rows.</param>
/// <param name="Json">Where the JSON goes; null for the console only.</param>
internal sealed record RooflineSettings(string Device, Precision Precision, int Threads, bool Quick, string? Json)
{
    private const int MostThreads = 1024;

    private static readonly OptionSpec[] s_options =
    [
        new("--device", "NAME", "cpu, cuda, cuda:N or cuda-emulator (small shapes only); auto is the cpu.") { Default = "auto" },
        new("--precision", "NAME", "fp32, tf32 or bf16.") { DefaultNote = "tf32 on cuda and cuda-emulator, fp32 on the cpu" },
        new("--threads", "N", "Threads that share a kernel.") { DefaultNote = "one a logical processor" },
        new("--quick", null, "Less time a row; dcgan steps at 64 and 128 only."),
        new("--json", "FILE", "Write the table as JSON as well."),
    ];

    /// <summary>The command for the parser; its action gets the resolved settings and answers with the exit code.</summary>
    public static Command Command(Func<RooflineSettings, int> run, TextWriter errors) =>
        Command("roofline", "Measures every kernel and whole training steps against the machine's own peak and bandwidth.", run, errors);

    /// <summary>A command with the same options under another name.</summary>
    public static Command Command(string name, string description, Func<RooflineSettings, int> run, TextWriter errors)
    {
        var command = new Command(name, description);
        var flags = s_options.Where(static o => o.IsFlag).Select(static o => (Spec: o, Option: new Option<bool>(o.Name) { Description = o.HelpText })).ToArray();
        var valued = s_options.Where(static o => !o.IsFlag)
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
                return run(Resolve(new OptionReader(s_options, given)));
            }
            catch (UsageException e)
            {
                errors.WriteLine($"{name}: {e.Message}");
                return 2;
            }
        });
        return command;
    }

    private static RooflineSettings Resolve(OptionReader options)
    {
        DeviceChoice asked = DeviceOptions.Resolve(options);
        asked = asked.Used == DeviceOptions.Auto ? asked with { Used = DeviceOptions.Cpu, Reason = "auto" } : asked;
        Precision? precision = DeviceOptions.ResolvePrecision(options);
        ResolvedDevice device = DeviceResolver.Resolve(asked, precision, precision is not null, new MachineDevices());
        int threads = (int)(options.IntegerOrNull("--threads", 1, MostThreads) ?? Environment.ProcessorCount);
        string? json = options.PathText("--json");
        if (json is not null)
        {
            CheckTarget(json);
        }
        return new(device.Choice.Used, device.Precision, threads, options.Flag("--quick"), json);
    }

    /// <summary>Finds out before the two minutes of measuring whether the file can be written.</summary>
    private static void CheckTarget(string json)
    {
        string path = Path.GetFullPath(json);
        if (Directory.Exists(path))
        {
            throw new UsageException($"--json {json}: that is a folder; name a file.");
        }
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new UsageException($"--json {json}: the folder does not exist; make it first.");
        }
        try
        {
            string probe = path + ".tmp";
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--json {json}: can't be written: {e.Message}", e);
        }
    }
}
