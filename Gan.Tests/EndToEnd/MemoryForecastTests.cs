using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>The forecast before the first step against what the run then took.</summary>
public sealed partial class MemoryForecastTests
{
    [Theory]
    [InlineData("--model dcgan --ngf 16 --ndf 16 --batch-size 16 --synthetic-count 40 --steps 4")]
    [InlineData("--model mlp --batch-size 20 --synthetic-count 50 --steps 4")]
    public void The_pool_is_forecast_within_2_percent(string arguments)
    {
        using TempFolder folder = new();
        Ended run = GanTrain.Run($"{arguments} --device cpu --out {folder.At("run")}").Expect(0);
        (double pool, _) = Forecast(run.Output);
        Assert.InRange(Last(folder.At("run")).Pool / pool, 0.98, 1.02);
    }

    /// <summary>The networks as they are by default, in a process of their own; its size is read at the end of the run, when a checkpoint was just written.</summary>
    [Fact, Trait("Category", "Long")]
    public void The_process_is_forecast_within_10_percent()
    {
        using TempFolder folder = new();
        using GanTrainProcess process = GanTrainProcess.Start($"--model dcgan --batch-size 64 --synthetic-count 512 --steps 2 --device cpu --out {folder.At("run")}");
        Ended run = process.End().Expect(0);
        Assert.InRange(Last(folder.At("run")).WorkingSet / Forecast(run.Output).Process, 0.9, 1.1);
    }

    private static (double Pool, double Process) Forecast(string output)
    {
        Match m = Line().Match(output);
        Assert.True(m.Success, output);
        return (MiB(m.Groups[1].Value), MiB(m.Groups[2].Value));
    }

    private static double MiB(string text) => double.Parse(text, CultureInfo.InvariantCulture) * 1048576;

    private static (double Pool, double WorkingSet) Last(string run)
    {
        using JsonDocument line = JsonDocument.Parse(File.ReadLines(Path.Combine(run, "timing.jsonl")).Last());
        return (line.RootElement.GetProperty("pool_bytes").GetDouble(), line.RootElement.GetProperty("working_set_bytes").GetDouble());
    }

    [GeneratedRegex(@"Memory: ([\d.]+) MiB on the device \(forecast\), (\d+) MiB for the whole process")]
    private static partial Regex Line();
}
