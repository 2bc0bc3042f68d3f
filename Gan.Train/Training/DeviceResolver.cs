using Gan.Kernels;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>A device that was asked for, settled against what this machine has.</summary>
/// <param name="Choice">With the name to open, and why it was chosen.</param>
/// <param name="Precision">Given, stored in the run, or the device's own.</param>
/// <param name="Note">What the user should know about the precision; null for nothing.</param>
internal sealed record ResolvedDevice(DeviceChoice Choice, Precision Precision, string? Note);

/// <summary>Settles <c>auto</c>, finds out whether a named device can be used, and picks the precision.</summary>
internal static class DeviceResolver
{
    /// <summary>Tensor cores multiply TF32 and bfloat16 from here on (PTX ISA, mma.sync).</summary>
    private const int TensorCores = 80;

    /// <param name="asked">From --device or --ngpu, or from the run to resume.</param>
    /// <param name="precision">Null: the device's own.</param>
    /// <param name="precisionGiven">Whether it was typed; one from config.json gives way to what the device can do.</param>
    /// <param name="catalogue">This machine's devices.</param>
    /// <param name="instead">What to advise where the device can't be used.</param>
    /// <exception cref="UsageException">The device can't be used, or not in this precision.</exception>
    public static ResolvedDevice Resolve(DeviceChoice asked, Precision? precision, bool precisionGiven, IDeviceCatalogue catalogue, string instead = "--device cpu, or leave it out")
    {
        DeviceChoice choice = asked.Used == DeviceOptions.Auto ? Automatic(asked, catalogue) : asked;
        if (choice.Used == DeviceOptions.Cpu)
        {
            return OnCpu(choice, precision, precisionGiven);
        }
        DeviceEntry entry = choice.Used == DeviceOptions.Emulator ? catalogue.Emulator : Find(choice, catalogue, instead);
        if (entry.ComputeCapability >= TensorCores || precision == Precision.Fp32)
        {
            return new(choice, precision ?? Precision.Tf32, null);
        }
        string old = $"{entry.Name} has compute capability {entry.ComputeCapability / 10}.{entry.ComputeCapability % 10}, tf32 and bf16 need 8.0";
        return precisionGiven && precision is { } given
            ? throw new UsageException($"--precision {given.Text()}: {old}; use --precision fp32, or leave it out.")
            : new(choice, Precision.Fp32, $"Precision fp32: {old}.");
    }

    private static DeviceChoice Automatic(DeviceChoice asked, IDeviceCatalogue catalogue)
    {
        IReadOnlyList<DeviceEntry> found = catalogue.Cuda(out string missing);
        return found.FirstOrDefault(static e => e.Unusable is null) is { } usable
            ? asked with { Used = usable.Name, Reason = "auto: a usable NVIDIA device" }
            : asked with { Used = DeviceOptions.Cpu, Reason = $"auto: {(found.Count == 0 ? missing : $"{found[0].Name}: {found[0].Unusable}")}" };
    }

    private static DeviceEntry Find(DeviceChoice choice, IDeviceCatalogue catalogue, string instead)
    {
        IReadOnlyList<DeviceEntry> found = catalogue.Cuda(out string missing);
        string option = choice.Reason.StartsWith("--", StringComparison.Ordinal) ? $"{choice.Reason} (--device {choice.Asked})" : $"--device {choice.Asked}";
        if (found.FirstOrDefault(e => e.Name == choice.Used) is not { } entry)
        {
            string there = found.Count == 0 ? missing : $"there is no such device; this machine has {string.Join(", ", found.Select(static e => e.Name))}";
            throw new UsageException($"{option}: {there}; use {instead}.");
        }
        return entry.Unusable is null ? entry : throw new UsageException($"{option}: {entry.Unusable}; use {instead}.");
    }

    private static ResolvedDevice OnCpu(DeviceChoice choice, Precision? precision, bool precisionGiven) => precision switch
    {
        null or Precision.Fp32 => new(choice, Precision.Fp32, null),
        { } other when precisionGiven => throw new UsageException(
            $"--precision {other.Text()}: the cpu computes in fp32, and the device is {choice}; leave it out, or name an NVIDIA device."),
        { } other => new(choice, Precision.Fp32, $"Precision fp32 instead of {other.Text()}: the cpu computes in fp32."),
    };
}
