using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Gan.Bench.Roofline;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Bench.Counts;

/// <summary>What one kernel of the contract did in a training step, all calls together, against the least it needs.</summary>
internal sealed class KernelCounts(string kernel)
{
    public string Kernel => kernel;

    public int Calls { get; set; }

    public int Launches { get; set; }

    public double Operations { get; set; }

    public double NeededOperations { get; set; }

    /// <summary>32-byte sectors of global accesses, in bytes; a sector that several warps touch counts for each.</summary>
    public double Bytes { get; set; }

    public double NeededBytes { get; set; }

    /// <summary>Those of <see cref="Bytes"/> that pass the first-level cache: reads that are not found there, and all that is written.</summary>
    public double SecondLevelBytes { get; set; }

    public double SharedAccesses { get; set; }

    public double BankConflicts { get; set; }

    /// <summary>The same by entry of the PTX; what is needed is known of the whole call only.</summary>
    public SortedDictionary<string, KernelCounts> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a launch.</summary>
    public void Add(LaunchCounters launch)
    {
        const int SectorBytes = 32;
        Launches++;
        Operations += launch.FloatOperations + launch.TensorOperations;
        Bytes += SectorBytes * (launch.SectorsRead + launch.SectorsWritten);
        SecondLevelBytes += SectorBytes * (launch.SectorsFetched + launch.SectorsWritten);
        SharedAccesses += launch.SharedAccesses;
        BankConflicts += launch.BankConflicts;
    }
}

/// <summary>Counts a whole training step of the real trainer on the emulator, a sample of blocks a launch.</summary>
internal static class StepCounts
{
    /// <returns>Counts by kernel; and how many of the step's launches have to run one after the other in a graph with branches.</returns>
    public static (IReadOnlyList<KernelCounts> Kernels, int LongestPath) Measure(ModelKind model, int batch, Precision precision, int blocks, int threads)
    {
        // As an H200 has it: launch code chooses grids by these.
        var profile = new EmulatorProfile(ComputeCapability: 90, MemoryBytes: 64L << 30, Multiprocessors: 132);
        var machine = new CountingMachine(new PtxMachine(threads), blocks);
        var driver = new EmulatorDriver(machine, profile);
        driver.Initialize();
        using var device = new CudaDevice(driver, 0, CudaDevice.EmulatorName, precision, owned: driver);
        device.Launches.Branches = true; // the graph is not made, but its memory is as with branches
        GanOptions options = TrainingSteps.Options(model, batch);
        using ImageStore images = TrainingSteps.RandomImages(device, 2 * batch, options.ImageSize * options.ImageSize * options.Nc);
        using var trainer = new GanTrainer(device, options, images, latents: null);
        var schedule = new Schedule(images.Count, batch, 1, epochs: null, steps: long.MaxValue);
        using StepPlan plan = device.Capture(() => trainer.StepWithoutPlan(schedule[0]));
        device.Synchronize();

        Dictionary<string, KernelCounts> kernels = [];
        KernelCounts? current = null;
        IKernels counted = NeededWork.Over(device.Kernels, call =>
        {
            if (!kernels.TryGetValue(call.Kernel, out current))
            {
                kernels[call.Kernel] = current = new KernelCounts(call.Kernel);
            }
            current.Calls++;
            current.NeededOperations += call.Operations;
            current.NeededBytes += call.Bytes;
        });
        foreach (Action<IKernels> call in plan.Calls)
        {
            // Blocks that did not run look like faults to CheckFinite, which would stop Adam.
            device.CopyFromHost<uint>(new uint[StepState.Length], trainer.State);
            machine.Launches.Clear();
            call(counted);
            device.Synchronize();
            foreach (LaunchCounters launch in machine.Launches)
            {
                current!.Add(launch);
                if (!current.Entries.TryGetValue(launch.Kernel, out KernelCounts? entry))
                {
                    current.Entries[launch.Kernel] = entry = new KernelCounts(launch.Kernel);
                }
                entry.Add(launch);
            }
        }
        return ([.. kernels.Values.OrderByDescending(static k => k.NeededOperations).ThenByDescending(static k => k.NeededBytes)], ((GraphReplay)plan.DeviceState!).Extent.LongestPath);
    }
}
