using System.Globalization;
using Gan.Kernels;

namespace Gan.Train.Settings;

/// <summary>
/// Reads --device, --ngpu and --precision. Only their wording is judged here; what this machine has is looked at by
/// <see cref="Training.DeviceResolver"/>, so that a run made elsewhere can be read.
/// </summary>
internal static class DeviceOptions
{
    public const string Auto = "auto", Cpu = "cpu", Emulator = "cuda-emulator";
    private const string CudaPrefix = "cuda:";

    /// <summary>--device alone, as generate has it.</summary>
    public static DeviceChoice Resolve(OptionReader options)
    {
        var asked = options.Text("--device")!;
        return asked switch
        {
            Auto => new DeviceChoice(asked, Auto, "not looked for yet"),
            Cpu or Emulator => new DeviceChoice(asked, asked, "as asked"),
            "cuda" => new DeviceChoice(asked, CudaName(0), "as asked"),
            _ when CudaOrdinal(asked) is { } ordinal => new DeviceChoice(asked, CudaName(ordinal), "as asked"),
            _ => throw new UsageException($"--device {asked}: not known; choose auto, cpu, cuda, cuda:N or cuda-emulator."),
        };
    }

    /// <summary>--device and --ngpu together.</summary>
    public static DeviceChoice ResolveWithGpuCount(OptionReader options)
    {
        var choice = Resolve(options);
        if (options.IntegerOrNull("--ngpu", 0, int.MaxValue) is not { } count)
        {
            return choice;
        }

        if (count > 1)
        {
            throw new UsageException($"--ngpu {count}: training on several devices is not supported yet; use --ngpu 0 or --ngpu 1.");
        }

        var meant = count == 0 ? Cpu : "cuda";
        if (options.Has("--device") && choice.Asked != meant && !(count == 1 && choice.Used != Cpu && choice.Used != Auto))
        {
            throw new UsageException($"--ngpu {count} means --device {meant}, but --device {choice.Asked} is given; leave one of them out.");
        }

        return options.Has("--device") ? choice : new DeviceChoice(meant, count == 0 ? Cpu : CudaName(0), $"--ngpu {count}");
    }

    /// <summary>--precision, or null for the device's own.</summary>
    public static Precision? ResolvePrecision(OptionReader options) => options.Text("--precision") switch
    {
        null => null,
        "fp32" => Precision.Fp32,
        "tf32" => Precision.Tf32,
        "bf16" => Precision.Bf16,
        var asked => throw new UsageException($"--precision {asked}: not known; choose fp32, tf32 or bf16."),
    };

    /// <summary>As typed on the command line.</summary>
    public static string Text(this Precision precision) => precision.ToString().ToLowerInvariant();

    /// <summary>The name of an NVIDIA device by its ordinal.</summary>
    public static string CudaName(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{CudaPrefix}{ordinal}");

    /// <summary>N of cuda:N; null for any other name.</summary>
    public static int? CudaOrdinal(string device) =>
        device.StartsWith(CudaPrefix, StringComparison.Ordinal)
        && int.TryParse(device.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal
            : null;
}
