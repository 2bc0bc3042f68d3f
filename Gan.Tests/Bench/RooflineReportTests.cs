using System.Text.Json;
using Gan.Bench.Cases;
using Gan.Bench.Reports;
using Gan.Bench.Roofline;
using Xunit;

namespace Gan.Tests.Bench;

public class RooflineReportTests
{
    private static readonly KernelCase s_flops = new("matmul", "2x2x2", 1_000_000, 1000, static _ => static _ => { });
    private static readonly KernelCase s_bytes = new("tanh", "9 elements", 0, 1_000_000, static _ => static _ => { });

    [Fact]
    public void Json_has_the_members_of_the_contract_in_their_order()
    {
        var report = new RooflineReport("cpu", 2, 200, 10, [KernelRow.From(s_flops, 1e-5, 200, 10)], [StepRow.From("dcgan", 64, 2_000_000, new(1e-3, 12, 0), 200)]);
        using var json = JsonDocument.Parse(ReportFile.Json(report));
        Assert.Equal(["device", "threads", "peak_gflops", "copy_gbps", "kernels", "steps"], Names(json.RootElement));
        Assert.Equal(["name", "shape", "ms", "gflops", "gbps", "bound", "percent"], Names(json.RootElement.GetProperty("kernels")[0]));
        Assert.Equal(["model", "batch", "ms", "images_per_second", "gflops", "percent", "managed_bytes_per_step"], Names(json.RootElement.GetProperty("steps")[0]));
        Assert.Equal("cpu", json.RootElement.GetProperty("device").GetString());
        Assert.Equal(100, json.RootElement.GetProperty("kernels")[0].GetProperty("gflops").GetDouble());
    }

    [Fact]
    public void The_slower_of_peak_and_bandwidth_bounds_a_row()
    {
        KernelRow flops = KernelRow.From(s_flops, 1e-5, peakGflops: 200, copyGbps: 10);
        Assert.Equal(("flops", 50.0, 100.0, 0.1), (flops.Bound, flops.Percent, flops.Gflops, flops.Gbps));
        KernelRow bytes = KernelRow.From(s_bytes, 2e-4, peakGflops: 200, copyGbps: 10);
        Assert.Equal(("bytes", 50.0, 0.0, 5.0), (bytes.Bound, bytes.Percent, bytes.Gflops, bytes.Gbps));
        Assert.Equal("bytes", KernelRow.From(s_flops, 1e-5, peakGflops: 20_000, copyGbps: 10).Bound);
    }

    [Fact]
    public void A_step_row_is_worked_out_from_its_time()
    {
        StepRow row = StepRow.From("mlp", 60, 3_000_000, new StepTime(2e-3, 40, 0), peakGflops: 30);
        Assert.Equal((2.0, 30_000.0, 1.5, 5.0, 40L), (row.Ms, row.ImagesPerSecond, row.Gflops, row.Percent, row.ManagedBytesPerStep));
    }

    [Fact]
    public void Numbers_keep_six_digits()
    {
        Assert.Equal([0.000123457, 12.3457, 1234570, 0], new[] { 0.000123456789, 12.3456789, 1234567.89, 0 }.Select(Rounded.Of).Select(static v => v > 1e6 ? Math.Round(v / 10) * 10 : v));
    }

    [Fact]
    public void The_table_shows_every_row_and_the_machine()
    {
        var text = new StringWriter();
        RooflineTable.Write(new("cpu", 2, 200, 10, [KernelRow.From(s_flops, 1e-5, 200, 10)], [StepRow.From("mlp", 60, 2_000_000, new(1e-3, 12, 0), 200)]), "A processor", text);
        foreach (string part in (string[])["A processor", "200.0 GFLOP/s", "matmul", "2x2x2", "50.0", "mlp", "60000"])
        {
            Assert.Contains(part, text.ToString(), StringComparison.Ordinal);
        }
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(static p => p.Name)];
}
