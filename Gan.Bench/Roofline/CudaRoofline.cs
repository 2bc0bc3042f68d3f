using System.Globalization;
using Gan.Bench.Cases;
using Gan.Bench.Reports;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Gan.Train.Settings;

namespace Gan.Bench.Roofline;

/// <summary>
/// The table on a CUDA device. Every time is between two events on the device's stream around queued work, so the host's share shows only where it can't
/// keep up: kernels as a replayed graph of ten calls, steps ten in a row. The emulator has times of its own making; its table only shows that the path works,
/// at sizes it gets through.
/// </summary>
internal sealed class CudaRoofline(RooflineSettings settings, TextWriter progress)
{
    private const int CallsPerReplay = 10, StepsPerSample = 10;
    private const int EmulatorOperations = 3_000_000;

    /// <summary>Floats copied for the bandwidth: 256 MiB is beyond any cache.</summary>
    private const int GpuCopy = 1 << 26, EmulatorCopy = 1 << 14;

    private readonly TimeBudget _row = settings.Quick ? new(0.05, 5, 50, 2) : new(0.2, 9, 200, 6);
    private readonly bool _emulated = settings.Device == DeviceOptions.Emulator;

    /// <exception cref="UsageException">The device can't be opened.</exception>
    public (RooflineReport Report, string Description) Measure()
    {
        using CudaDevice device = Open(settings.Device, settings.Precision);
        double peak = Peak(device), bandwidth = Bandwidth(device);
        List<(KernelCase Case, double Seconds)> kernels = [];
        foreach (KernelCase kernel in Cases(settings.Device))
        {
            kernels.Add((kernel, Time(device, kernel)));
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kernel.Title}: {kernels[^1].Seconds * 1e3:0.####} ms"));
        }
        // Again at the end: a card that has warmed up may clock lower, or have been idle before.
        (peak, bandwidth) = (Math.Max(peak, Peak(device)), Math.Max(bandwidth, Bandwidth(device)));
        List<(ModelKind Model, int Batch, StepTime Time)> steps = [];
        foreach ((ModelKind model, int batch) in Steps)
        {
            steps.Add((model, batch, TrainingSteps.Measure(device, model, batch, _emulated ? new(0, 2, 2, 60) : settings.Quick ? new(0.5, 3, 50, 10) : new(2, 5, 200, 20),
                _emulated ? 1 : StepsPerSample, work => device.Measure(work) / 1e3)));
            device.TrimMemory();
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {Name(model)} {batch}: {steps[^1].Time.Seconds * 1e3:0.###} ms"));
        }
        foreach (CudaKernelInfo kernel in device.LoadedKernels().Where(static k => k.LocalBytes > 0))
        {
            progress.WriteLine($"spills registers: {kernel.Name}: {kernel.LocalBytes} bytes of local memory a thread");
        }
        return (new RooflineReport(settings.Device, settings.Threads, Rounded.Of(peak), Rounded.Of(bandwidth),
            [.. kernels.Select(k => KernelRow.From(k.Case, k.Seconds, peak, bandwidth))],
            [.. steps.Select(s => StepRow.From(Name(s.Model), s.Batch, StepOperations.Of(s.Model, s.Batch), s.Time, peak))]) { Precision = settings.Precision.Text(), CopySize = _emulated ? "64 KiB" : "256 MiB" },
            $"{device.Description}; {settings.Precision.Text()}");
    }

    /// <summary>The table's kernels, at sizes that the device gets through.</summary>
    public static IEnumerable<KernelCase> Cases(string device) => device == DeviceOptions.Emulator
        ? KernelCases.Roofline(1, 4, 1 << 14, 64).Where(static k => k.Operations <= EmulatorOperations)
        : KernelCases.Roofline(KernelCases.DcganBatch, KernelCases.MlpBatch, KernelCases.LargeElements, 512, 1024, 2048);

    private IEnumerable<(ModelKind Model, int Batch)> Steps => _emulated
        ? [(ModelKind.Mlp, KernelCases.MlpBatch)]
        : (settings.Quick ? [64, 128] : (int[])[16, 32, 64, 128]).Select(static b => (ModelKind.Dcgan, b)).Append((ModelKind.Mlp, KernelCases.MlpBatch));

    private static string Name(ModelKind model) => model == ModelKind.Dcgan ? "dcgan" : "mlp";

    /// <summary>Opens cuda:N or cuda-emulator, with the kernels that measure its peak beside the library's.</summary>
    /// <exception cref="UsageException">It can't be opened.</exception>
    public static CudaDevice Open(string name, Precision precision)
    {
        static string? Read(string file) => PeakPtx.Read(file) ?? PtxResources.Read(file);
        try
        {
            if (name == DeviceOptions.Emulator)
            {
                return CudaDevice.OpenEmulator(precision, 0, EmulatorProfile.Default, Read);
            }
            int ordinal = DeviceOptions.CudaOrdinal(name)!.Value;
            NativeDriver driver = NativeDriver.TryLoad(out string? reason) ?? throw new UsageException($"--device {name}: {reason}.");
            return CudaDevice.Open(driver, ordinal, precision, Read);
        }
        catch (CudaException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>GFLOP/s: the fastest sample.</summary>
    private double Peak(CudaDevice device)
    {
        int blocks = 8 * device.Multiprocessors, rounds = _emulated ? 2 : 4096;
        using DeviceBuffer never = device.Allocate<float>(1);
        double best = double.MaxValue;
        for (int i = 0; i < (_emulated ? 1 : 8); i++)
        {
            best = Math.Min(best, device.Measure(() => device.Launches.Launch(PeakPtx.Kernel(settings.Precision, device.Launches.Warpgroups), new Dim3(blocks), new Dim3(PeakPtx.Block), 0,
                new KernelParameters(stackalloc byte[KernelParameters.Capacity]).Add(never.AsSpan<float>()).Add(rounds))));
        }
        double gflops = PeakPtx.OperationsPerRound(settings.Precision, device.Launches.Warpgroups) * rounds * blocks * PeakPtx.Block / (best / 1e3) / 1e9;
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak {gflops:0.0} GFLOP/s in {settings.Precision.Text()}"));
        return gflops;
    }

    /// <summary>GB/s of the Copy kernel on 256 MiB, beyond any cache, read + written: the fastest sample.</summary>
    private double Bandwidth(CudaDevice device)
    {
        int elements = _emulated ? EmulatorCopy : GpuCopy;
        using var workspace = new Workspace(device);
        DeviceSpan<float> from = workspace.Signed(elements), to = workspace.Output(elements);
        double best = double.MaxValue;
        for (int i = 0; i < (_emulated ? 1 : 8); i++)
        {
            best = Math.Min(best, device.Measure(() => device.Kernels.Copy(from, to)));
        }
        workspace.Dispose();
        device.TrimMemory();
        double gbps = 2.0 * elements * sizeof(float) / (best / 1e3) / 1e9;
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"copy {gbps:0.0} GB/s"));
        return gbps;
    }

    /// <summary>Seconds a call: median over replays of a graph of ten calls.</summary>
    private double Time(CudaDevice device, KernelCase kernel)
    {
        int calls = _emulated ? 1 : CallsPerReplay;
        using var workspace = new Workspace(device);
        Action<IKernels> call = kernel.Prepare(workspace);
        using StepPlan plan = device.Capture(() =>
        {
            for (int i = 0; i < calls; i++)
            {
                call(device.Kernels);
            }
        });
        plan.Replay();
        device.Synchronize();
        List<double> samples = [];
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        double spent = 0;
        while (samples.Count < (_emulated ? 1 : _row.MaxSamples) && (spent < _row.Seconds || samples.Count < _row.MinSamples) && spent < _row.PatienceSeconds)
        {
            samples.Add(device.Measure(plan.Replay) / calls / 1e3);
            spent = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return Timing.Median(samples);
    }
}
