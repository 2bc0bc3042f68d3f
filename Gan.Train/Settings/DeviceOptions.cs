using System.Globalization;

namespace Gan.Train.Settings;

/// <summary>Decides what --device, --ngpu and --precision mean here, or says why it cannot be had.</summary>
internal static class DeviceOptions
{
    private const string CpuOnly = "this version has no CUDA support yet and runs on the cpu; use --device cpu, or leave it out";

    /// <summary>--device alone, as generate has it.</summary>
    public static DeviceChoice Resolve(OptionReader options)
    {
        var asked = options.Text("--device")!;
        return asked switch
        {
            "auto" => new DeviceChoice(asked, "cpu", "auto: this version has no CUDA support yet"),
            "cpu" => new DeviceChoice(asked, "cpu", "as asked"),
            _ when IsCuda(asked) => throw new UsageException($"--device {asked}: {CpuOnly}."),
            _ => throw new UsageException($"--device {asked}: not known; choose auto, cpu, cuda, cuda:N or cuda-emulator."),
        };
    }

    /// <summary>--device and --ngpu together.</summary>
    public static DeviceChoice ResolveWithGpuCount(OptionReader options)
    {
        if (options.IntegerOrNull("--ngpu", 0, int.MaxValue) is not { } count)
        {
            return Resolve(options);
        }

        if (count > 1)
        {
            throw new UsageException($"--ngpu {count}: training on several devices is not supported yet; use --ngpu 0 or --ngpu 1.");
        }

        var device = options.Text("--device")!;
        var meant = count == 0 ? "cpu" : "cuda";
        if (options.Has("--device") && device != meant && !(count == 1 && IsCuda(device)))
        {
            throw new UsageException($"--ngpu {count} means --device {meant}, but --device {device} is given; leave one of them out.");
        }

        return count == 0
            ? new DeviceChoice("cpu", "cpu", "--ngpu 0")
            : throw new UsageException("--ngpu 1 means --device cuda: this version has no CUDA support yet; use --ngpu 0.");
    }

    /// <summary>Only fp32 on the cpu.</summary>
    public static string ResolvePrecision(OptionReader options) => (options.Text("--precision") ?? "fp32") switch
    {
        "fp32" => "fp32",
        ("tf32" or "bf16") and var asked => throw new UsageException($"--precision {asked}: not in this version yet; the cpu computes in fp32."),
        var asked => throw new UsageException($"--precision {asked}: not known; choose fp32, tf32 or bf16."),
    };

    private static bool IsCuda(string device) =>
        device is "cuda" or "cuda-emulator"
        || (device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
