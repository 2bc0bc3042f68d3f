using System.Text.Json.Nodes;
using Gan.Kernels;
using Gan.Train.Cli;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Doctor;

/// <summary><c>gan-train devices</c>: what --device can name here, and why something can't be used.</summary>
internal static class DevicesCommand
{
    public static int Run(DevicesSettings settings, IDeviceCatalogue devices, TextWriter output)
    {
        if (!settings.Json)
        {
            Print(devices, output);
            return ExitCode.Done;
        }
        List<DeviceEntry> all = All(devices, out string? missing);
        output.WriteLine(new JsonObject
        {
            ["devices"] = new JsonArray([.. all.Select(static e => new JsonObject
            {
                ["name"] = e.Name, ["description"] = e.Description, ["usable"] = e.Unusable is null, ["reason"] = e.Unusable,
            })]),
            ["no_cuda"] = missing,
        }.ToJsonString());
        return ExitCode.Done;
    }

    /// <summary>A line a device, and one for what is missing.</summary>
    public static void Print(IDeviceCatalogue devices, TextWriter output)
    {
        List<DeviceEntry> all = All(devices, out string? missing);
        foreach (DeviceEntry entry in all)
        {
            output.WriteLine($"{entry.Name,-14} {(entry.Unusable is null ? "usable" : $"not usable ({entry.Unusable})")}: {entry.Description}");
        }
        if (missing is not null)
        {
            output.WriteLine($"{"cuda",-14} not usable: {missing}");
        }
    }

    private static List<DeviceEntry> All(IDeviceCatalogue devices, out string? missing)
    {
        using Device cpu = devices.Open(DeviceOptions.Cpu, Precision.Fp32);
        IReadOnlyList<DeviceEntry> cuda = devices.Cuda(out string reason);
        missing = cuda.Count == 0 ? reason : null;
        return [new(DeviceOptions.Cpu, cpu.Description, null), .. cuda, devices.Emulator];
    }
}
