using System.Text.Json.Serialization;
using Gan.Bench.Reports;

namespace Gan.Bench.Roofline;

/// <summary>The roofline table, member for member the JSON that docs/performance.md describes.</summary>
/// <param name="Device">As on the command line.</param>
/// <param name="Threads">Threads that share a kernel.</param>
/// <param name="PeakGflops">Measured peak of multiply-adds, GFLOP/s.</param>
/// <param name="CopyGbps">Measured copy bandwidth, GB/s, read + written.</param>
/// <param name="Kernels">A row a kernel and shape.</param>
/// <param name="Steps">A row a model and batch.</param>
internal sealed record RooflineReport(string Device, int Threads, double PeakGflops, double CopyGbps, IReadOnlyList<KernelRow> Kernels, IReadOnlyList<StepRow> Steps)
{
    /// <summary>How a CUDA device multiplied; left out for the cpu, which knows fp32 only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary>How much was copied for <paramref name="CopyGbps"/>.</summary>
    [JsonIgnore]
    public string CopySize { get; init; } = "64 MiB";

    /// <summary>The fastest copy of the run, where <paramref name="CopyGbps"/> is a median; else 0.</summary>
    [JsonIgnore]
    public double BestCopyGbps { get; init; }
}

/// <summary>One kernel at one shape.</summary>
/// <param name="Name">Kernel.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Ms">Median milliseconds of a call.</param>
/// <param name="Gflops">Textbook GFLOP/s; 0 where only bytes are counted.</param>
/// <param name="Gbps">GB/s of the bytes a call must move.</param>
/// <param name="Bound">"flops" or "bytes": what would take longer at the measured peak and bandwidth.</param>
/// <param name="Percent">Of the peak or the bandwidth, whichever <paramref name="Bound"/> says.</param>
internal sealed record KernelRow(string Name, string Shape, double Ms, double Gflops, double Gbps, string Bound, double Percent)
{
    public const string Flops = "flops", Bytes = "bytes";

    public static KernelRow From(Cases.KernelCase kernel, double seconds, double peakGflops, double copyGbps)
    {
        double gflops = kernel.Operations / seconds / 1e9, gbps = kernel.Bytes / seconds / 1e9;
        bool byFlops = kernel.Operations / peakGflops >= kernel.Bytes / copyGbps;
        return new(kernel.Name, kernel.Shape, Rounded.Of(seconds * 1e3), Rounded.Of(gflops), Rounded.Of(gbps), byFlops ? Flops : Bytes,
            Rounded.Of(100 * (byFlops ? gflops / peakGflops : gbps / copyGbps)));
    }
}

/// <summary>One whole training step.</summary>
/// <param name="Model">"dcgan" or "mlp".</param>
/// <param name="Batch">Images a step.</param>
/// <param name="Ms">Median milliseconds.</param>
/// <param name="ImagesPerSecond">Batch over time.</param>
/// <param name="Gflops">Needed work in textbook operations, GFLOP/s.</param>
/// <param name="Percent">Of the peak.</param>
/// <param name="ManagedBytesPerStep">Managed memory allocated in a steady step, all threads.</param>
internal sealed record StepRow(string Model, int Batch, double Ms, double ImagesPerSecond, double Gflops, double Percent, long ManagedBytesPerStep)
{
    public static StepRow From(string model, int batch, long operations, StepTime time, double peakGflops)
    {
        double gflops = operations / time.Seconds / 1e9;
        return new(model, batch, Rounded.Of(time.Seconds * 1e3), Rounded.Of(batch / time.Seconds), Rounded.Of(gflops), Rounded.Of(100 * gflops / peakGflops),
            time.ManagedBytes);
    }
}
