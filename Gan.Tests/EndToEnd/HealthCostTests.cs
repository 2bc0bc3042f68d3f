using System.Diagnostics;
using Gan.Kernels;
using Gan.Tests.Ops;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>What the health check costs: processor time of its launches beside that of a whole step, default dcgan, batch 16.</summary>
public sealed class HealthCostTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", "Long")]
    public unsafe void TheChecksAreASmallPartOfAStep()
    {
        TrainSettings settings = TrainSettingsResolver.Resolve(new Dictionary<string, string>
        {
            ["--model"] = "dcgan", ["--nc"] = "3", ["--synthetic-count"] = "16", ["--batch-size"] = "16",
        });
        using Device device = TestDevice.Open(threads: 1);
        using ImageDataset data = DataSource.Open(settings, static _ => { });
        using var images = new ImageStore(device, data.Pointer, data.Count, data.ImageBytes);
        using var trainer = new GanTrainer(device, GanOptions.From(settings), images, null);
        var schedule = new Schedule(data.Count, 16, 1, null, 100);
        double step = Time(5, () => trainer.Step(schedule[0]));
        double checks = Time(50, () =>
        {
            device.Kernels.CheckFinite([trainer.AdamD.CheckOfParameters(1), trainer.AdamG.CheckOfParameters(2), trainer.AdamD.CheckOfGradients(3)], trainer.State);
            device.Kernels.CheckFinite([trainer.AdamG.CheckOfGradients(4)], trainer.State);
        });
        output.WriteLine($"step {1000 * step:0.0} ms, checks {1000 * checks:0.00} ms: {checks / step:0.00%}");
        Assert.Null(trainer.ReadFault()); // else they would end at once
        Assert.InRange(checks / step, 0, 0.05);
    }

    /// <summary>Processor seconds a call, the least of three rounds.</summary>
    private static double Time(int calls, Action call)
    {
        call();
        double least = double.PositiveInfinity;
        for (int round = 0; round < 3; round++)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            for (int i = 0; i < calls; i++)
            {
                call();
            }
            least = Math.Min(least, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / calls);
        }
        return least;
    }
}
