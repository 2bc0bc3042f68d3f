using System.Globalization;
using System.Runtime.InteropServices;
using Gan.Bench.Reports;
using static Gan.Bench.Reports.TextColumns;

namespace Gan.Bench.Roofline;

/// <summary>The report as text in columns.</summary>
internal static class RooflineTable
{
    public static void Write(RooflineReport report, string description, TextWriter output)
    {
        output.WriteLine($"{report.Device}: {description}");
        output.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC");
        output.WriteLine(Invariant($"peak {report.PeakGflops:0.0} GFLOP/s (independent multiply-add chains, {report.Precision ?? "fp32"}), copy {report.CopyGbps:0.0} GB/s ({report.CopySize}, read + written{(report.BestCopyGbps > 0 ? Invariant($"; the median, in turn with the rows it bounds; at its best {report.BestCopyGbps:0.0}") : "")})"));
        output.WriteLine();
        TextColumns.Write(output,
            [["kernel", "shape", "ms", "GFLOP/s", "GB/s", "bound", "%"],
            .. report.Kernels.Select(static k => new[]
            {
                k.Name, k.Shape, Number(k.Ms), k.Gflops > 0 ? Number(k.Gflops) : "-", Number(k.Gbps), k.Bound, Percent(k.Percent),
            })], leftAligned: [0, 1, 5]);
        output.WriteLine();
        TextColumns.Write(output,
            [["step", "batch", "ms", "images/s", "steps/s", "GFLOP/s", "%", "managed B/step"],
            .. report.Steps.Select(static s => new[]
            {
                s.Model, Invariant($"{s.Batch}"), Number(s.Ms), Number(s.ImagesPerSecond), Number(1e3 / s.Ms), Number(s.Gflops), Percent(s.Percent),
                Invariant($"{s.ManagedBytesPerStep}"),
            })], leftAligned: [0]);
        output.WriteLine();
        output.WriteLine("Times are medians; % is of the peak, or of the copy bandwidth where the bound is bytes. Above 100 % of the latter, the data stayed in a cache.");
    }

    private static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
