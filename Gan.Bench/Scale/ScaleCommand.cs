using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Gan.Bench.Roofline;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Bench.Scale;

/// <summary>A dcgan step at several batch sizes on the CPU.</summary>
/// <param name="Batch">Images a step.</param>
/// <param name="Seconds">Median of a step.</param>
/// <param name="PoolBytes">Most that the device's pool held.</param>
/// <param name="ForecastBytes">What the trainer forecast for it.</param>
internal readonly record struct ScaleRow(int Batch, double Seconds, long PoolBytes, long ForecastBytes)
{
    public double SecondsAnImage => Seconds / Batch;
}

/// <summary>
/// <c>Gan.Bench scale</c>: whether time and memory grow with the batch and nothing else. Time an image against the median of all batch sizes, the pool's
/// high-water mark an image, and the forecast beside it.
/// </summary>
internal static class ScaleCommand
{
    /// <summary>Patience is without limit: every row gets its samples, a minute for the largest batch.</summary>
    private static readonly TimeBudget s_budget = new(4, 5, 1000, double.PositiveInfinity);

    public static Command Create(TextWriter output)
    {
        var batches = new Option<int[]>("--batches")
        {
            Description = "Batch sizes, apart by spaces.", HelpName = "N", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [32, 64, 128, 256, 512],
        };
        batches.Validators.Add(static result =>
        {
            if (result.Tokens.Any(static t => !int.TryParse(t.Value, CultureInfo.InvariantCulture, out int n) || n is < 1 or > 4096))
            {
                result.AddError("--batches takes whole numbers from 1 to 4096.");
            }
        });
        var command = new Command("scale", "Measures dcgan steps at several batch sizes on the CPU: time and memory an image.") { batches };
        command.SetAction(parsed => Write([.. parsed.GetValue(batches)!.Select(Measure)], output));
        return command;
    }

    private static ScaleRow Measure(int batch)
    {
        using var device = new CpuDevice();
        StepTime time = TrainingSteps.Measure(device, ModelKind.Dcgan, batch, s_budget);
        GanOptions options = TrainingSteps.Options(ModelKind.Dcgan, batch);
        var forecast = new MemoryForecast(options, batch * TrainingSteps.Batches, options.ImageSize * options.ImageSize * options.Nc, steps: 2, latentRows: 0);
        return new(batch, time.Seconds, time.PoolBytes, forecast.StepBytes(streamed: false));
    }

    private static void Write(IReadOnlyList<ScaleRow> rows, TextWriter output)
    {
        const double MiB = 1 << 20;
        double median = Timing.Median([.. rows.Select(static r => r.SecondsAnImage)]);
        output.WriteLine(FormattableString.Invariant($"{"batch",5}  {"ms",8}  {"ms an image",11}  {"of median",9}  {"pool MiB",9}  {"an image",8}  {"forecast",9}"));
        foreach (ScaleRow r in rows)
        {
            output.WriteLine(FormattableString.Invariant($"{r.Batch,5}  {r.Seconds * 1e3,8:0.0}  {r.SecondsAnImage * 1e3,11:0.00}  {r.SecondsAnImage / median,9:0.00}  ")
                + FormattableString.Invariant($"{r.PoolBytes / MiB,9:0.0}  {r.PoolBytes / MiB / r.Batch,8:0.00}  {r.ForecastBytes / MiB,9:0.0}"));
        }
        output.WriteLine(FormattableString.Invariant($"Peak of the process, all batches: {Process.GetCurrentProcess().PeakWorkingSet64 / MiB:0} MiB."));
    }
}
