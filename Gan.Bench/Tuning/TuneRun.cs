using System.Globalization;
using Gan.Bench.Cases;
using Gan.Bench.Reports;
using Gan.Bench.Roofline;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Launch;
using Gan.Train.Settings;

namespace Gan.Bench.Tuning;

/// <summary>
/// Measures every product of the models' layers with every tile and every sensible number of parts, to replace the estimates in <see cref="ProductPlan"/> and
/// <see cref="ProductFamily"/>. Times are the device's own, between events around ten calls.
/// </summary>
internal sealed class TuneRun(RooflineSettings settings, TextWriter progress)
{
    private static readonly int[] s_parts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
    private readonly bool _emulated = settings.Device == DeviceOptions.Emulator;

    /// <exception cref="UsageException">The device can't be opened.</exception>
    public (TuneReport Report, string Description) Measure()
    {
        using CudaDevice device = CudaRoofline.Open(settings.Device, settings.Precision);
        List<TuneRow> rows = [];
        foreach (KernelCase kernel in CudaRoofline.Cases(settings.Device).Where(static k => k.Operations > 0).DistinctBy(static k => k.Title))
        {
            int before = rows.Count;
            Measure(device, kernel, rows);
            if (rows.Count > before)
            {
                TuneRow best = rows.Skip(before).MinBy(static r => r.Us)!;
                progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kernel.Title}: {best.Us:0.0} us, {rows.Count - before} ways"));
            }
        }
        return (new TuneReport(settings.Device, settings.Precision.Text(), rows), device.Description);
    }

    private void Measure(CudaDevice device, KernelCase kernel, List<TuneRow> rows)
    {
        using var workspace = new Workspace(device);
        Action<IKernels> call = kernel.Prepare(workspace);
        var trial = new Trial();
        var kernels = new CudaKernels(device.Launches) { Planner = trial.Choose };
        call(kernels);
        if (trial.Tiles.Length > 0) // else a dot product, which has no tiles
        {
            ProductPlan taken = trial.Last;
            foreach (ProductPlan plan in trial.Ways().Append(taken).Distinct())
            {
                trial.Forced = plan;
                double seconds = Time(device, () => call(kernels));
                rows.Add(new(kernel.Title, plan.Tile.Suffix, plan.Parts, Rounded.Of(seconds * 1e6), Rounded.Of(kernel.Operations / seconds / 1e9), plan == taken));
            }
        }
        workspace.Dispose();
        device.TrimMemory();
    }

    /// <summary>Seconds a call: median of samples, after one that loads the kernel and fills the caches.</summary>
    private double Time(CudaDevice device, Action call)
    {
        (int calls, int samples) = _emulated ? (1, 1) : settings.Quick ? (10, 3) : (10, 9);
        void Calls()
        {
            for (int i = 0; i < calls; i++)
            {
                call();
            }
        }
        call();
        return Timing.Median([.. Enumerable.Range(0, samples).Select(_ => device.Measure(Calls) / calls / 1e3)]);
    }

    /// <summary>Takes the plan it is told to, or the library's own, and remembers what was asked for.</summary>
    private sealed class Trial
    {
        private ProductSizes _sizes;

        public ProductTile[] Tiles { get; private set; } = [];

        public ProductPlan? Forced { get; set; }

        public ProductPlan Last { get; private set; }

        public ProductPlan Choose(ReadOnlySpan<ProductTile> tiles, in ProductSizes sizes, int multiprocessors)
        {
            (Tiles, _sizes) = (tiles.ToArray(), sizes);
            return Last = Forced ?? ProductPlan.Choose(tiles, sizes, multiprocessors);
        }

        public IEnumerable<ProductPlan> Ways()
        {
            ProductSizes sizes = _sizes;
            return from tile in Tiles
                   where tile.Suits(sizes)
                   from parts in s_parts
                   let plan = ProductPlan.Split(tile, sizes, parts)
                   where plan.Sensible(sizes)
                   select plan;
        }
    }
}
