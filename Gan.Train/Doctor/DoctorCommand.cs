using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Kernels.Cuda;
using Gan.Train.Cli;
using Gan.Train.Doctor.Naive;
using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Doctor;

/// <summary>
/// <c>gan-train doctor</c>: lists the devices, then checks every kernel of one against the cpu (the cpu against plain loops), single training steps of
/// both models, and that they repeat bit for bit.
/// </summary>
internal static class DoctorCommand
{
    private const int Steps = 20;

    /// <returns>0 when everything agrees, 1 when not.</returns>
    /// <exception cref="UsageException">The device can't be used, or the results can't be written.</exception>
    public static int Run(DoctorSettings settings, IDeviceCatalogue devices, TextWriter output, CancellationToken interrupt)
    {
        DevicesCommand.Print(devices, output);
        ResolvedDevice resolved = DeviceResolver.Resolve(settings.Device, settings.Precision, settings.Precision is not null, devices);
        if (resolved.Note is not null)
        {
            output.WriteLine(resolved.Note);
        }
        using Device device = devices.Open(resolved.Choice.Used, resolved.Precision);
        output.WriteLine($"Device: {resolved.Choice}; {device.Description}");
        using Device yardstick = device is CpuDevice ? new NaiveDevice() : devices.Open(DeviceOptions.Cpu, Precision.Fp32);
        var report = new DoctorReport(output);
        bool full = !settings.Quick && DeviceOptions.CudaOrdinal(resolved.Choice.Used) is not null;
        try
        {
            Check(report, device, resolved.Precision, yardstick, full, interrupt);
        }
        catch (Exception e) when (e is CudaException or DeviceOutOfMemoryException)
        {
            report.Fail(e.Message);
        }
        report.Conclude();
        if (settings.Json is { } path)
        {
            WriteJson(path, report, resolved, device);
        }
        return report.Ok ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Check(DoctorReport report, Device device, Precision precision, Device yardstick, bool full, CancellationToken interrupt)
    {
        report.KernelHeader(device.Name, precision, yardstick.Name);
        var kernels = new KernelComparison(device, precision, yardstick);
        foreach (KernelCheck check in new KernelChecks(full).All)
        {
            interrupt.ThrowIfCancellationRequested();
            report.Add(kernels.Run(check));
        }
        var steps = new StepComparison(device, precision, yardstick);
        foreach (GanOptions options in full ? [Dcgan(64, 32, 16), Mlp(128)] : new[] { Dcgan(32, 8, 4), Mlp(32) })
        {
            interrupt.ThrowIfCancellationRequested();
            report.Add(steps.Run(options, Steps));
        }
    }

    private static GanOptions Dcgan(int size, int width, int batch) => new()
    {
        Model = ModelKind.Dcgan, BatchSize = batch, Lr = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Nz = 100, ImageSize = size, Nc = 3, Ngf = width, Ndf = width,
    };

    private static GanOptions Mlp(int hidden) => new()
    {
        Model = ModelKind.Mlp, BatchSize = 60, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = 100, ImageSize = 28, Hidden = hidden,
    };

    private static void WriteJson(string path, DoctorReport report, ResolvedDevice resolved, Device device)
    {
        try
        {
            AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(report.ToJson(resolved.Choice.Used, device.Description, resolved.Precision).ToJsonString() + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--json {path}: cannot be written ({e.Message}); choose another place.", e);
        }
    }
}
