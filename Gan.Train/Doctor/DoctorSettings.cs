using Gan.Kernels;
using Gan.Train.Settings;

namespace Gan.Train.Doctor;

/// <summary>Options of <c>doctor</c>, resolved.</summary>
/// <param name="Device">Which device to check.</param>
/// <param name="Precision">Null: the device's own.</param>
/// <param name="Quick">Small shapes and few repetitions, as on the emulator.</param>
/// <param name="Json">Where the results go as JSON; null for the console only.</param>
internal sealed record DoctorSettings(DeviceChoice Device, Precision? Precision, bool Quick, string? Json)
{
    /// <summary>The table of <c>doctor</c>'s options.</summary>
    public static IReadOnlyList<OptionSpec> Options { get; } =
    [
        new("--device", "NAME", "auto, cpu, cuda, cuda:N or cuda-emulator.") { Default = "auto" },
        new("--precision", "NAME", "fp32, tf32 or bf16.") { DefaultNote = "tf32 on cuda and cuda-emulator, fp32 on the cpu" },
        new("--quick", null, "Smaller shapes; always so on the emulator."),
        new("--json", "FILE", "Write the results as JSON as well."),
    ];

    /// <exception cref="UsageException">Anything wrong with the options.</exception>
    public static DoctorSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(Options, given);
        return new(DeviceOptions.Resolve(options), DeviceOptions.ResolvePrecision(options), options.Flag("--quick"), JsonTarget.Check(options.PathText("--json")));
    }
}

/// <summary>Options of <c>devices</c>, resolved.</summary>
/// <param name="Json">Whether to print JSON instead of a table.</param>
internal sealed record DevicesSettings(bool Json)
{
    /// <summary>The table of <c>devices</c>' options.</summary>
    public static IReadOnlyList<OptionSpec> Options { get; } = [new("--json", null, "Print JSON.")];

    /// <exception cref="UsageException">Anything wrong with the options.</exception>
    public static DevicesSettings Resolve(IReadOnlyDictionary<string, string> given) => new(new OptionReader(Options, given).Flag("--json"));
}

/// <summary>A file for results that is written at the end of minutes of work.</summary>
internal static class JsonTarget
{
    /// <summary>Finds out before the work whether the file can be written.</summary>
    /// <exception cref="UsageException">It can't.</exception>
    public static string? Check(string? path)
    {
        if (path is null)
        {
            return null;
        }
        if (Directory.Exists(path))
        {
            throw new UsageException($"--json {path}: it is a folder; give a file's name.");
        }
        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        return Directory.Exists(parent) ? path : throw new UsageException($"--json {path}: there is no folder {parent}; make it first.");
    }
}
