using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class HealthMonitorTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void ADiscriminatorThatHasWonIsToldOnceAnEpisode()
    {
        var monitor = new HealthMonitor(Bce(0), 1);
        List<RunWarning> found = [];
        long step = 0;
        void Feed(int steps, float lossD, float dx, float dgz)
        {
            for (int i = 0; i < steps; i++)
            {
                if (monitor.Observe(new MetricsLine(step++, 0, lossD, 5, dx, dgz, dgz)) is { } warning)
                {
                    found.Add(warning);
                }
            }
        }

        Feed(HealthMonitor.Window - 1, 0.001f, 1, 0);
        Assert.Empty(found); // not for long enough
        Feed(3000, 0.001f, 1, 0);
        RunWarning first = Assert.Single(found);
        Assert.Equal((HealthMonitor.Window - 1L, "discriminator-won"), (first.Step, first.Kind));
        Assert.Contains("--lr-d", first.Message);
        Feed(2000, 0.9f, 0.7f, 0.3f); // a healthy stretch ends the episode
        Assert.Single(found);
        Feed(2000, 0.01f, 0.99f, 0.01f);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void SwingsAreNoVictory()
    {
        var monitor = new HealthMonitor(Bce(0), 1);
        for (long step = 0; step < 5000; step++)
        {
            bool sure = step % 400 < 300; // for 300 steps sure of everything, then wrong again
            Assert.Null(monitor.Observe(new MetricsLine(step, 0, sure ? 0.001f : 1.2f, 3, sure ? 1 : 0.6f, sure ? 0 : 0.4f, 0.3f)));
        }
    }

    [Fact]
    public void SmoothedTargetsHaveAHigherLeastLoss()
    {
        Assert.Equal(0.06f, Bce(0), 1e-6f);
        Assert.Equal(0.06f + 0.325083f, Bce(0.1f), 1e-5f);
    }

    private static float Bce(float smoothing) => HealthMonitor.WonBelow(new GanOptions
    {
        Model = ModelKind.Mlp, BatchSize = 1, Lr = 1, Beta1 = 0, Beta2 = 0, Nz = 1, ImageSize = 28, LabelSmoothing = smoothing,
    });

    [Fact]
    public void SamplesThatBecomeAlikeAreToldOnceAnEpisode()
    {
        var monitor = new HealthMonitor(1, 0.5);
        Assert.Null(monitor.ObserveSamples(0, 0.01)); // an untrained G
        Assert.Null(monitor.ObserveSamples(1000, 0.4));
        Assert.Null(monitor.ObserveSamples(1500, 0.1));
        RunWarning first = monitor.ObserveSamples(2000, 0.1)!;
        Assert.Equal((2000L, "generator-collapsed"), (first.Step, first.Kind));
        Assert.Contains("20% as much", first.Message, StringComparison.Ordinal);
        Assert.Null(monitor.ObserveSamples(2500, 0.1));
        Assert.Null(monitor.ObserveSamples(3000, 0.4));
        Assert.Null(monitor.ObserveSamples(3500, 0.1));
        Assert.NotNull(monitor.ObserveSamples(4000, 0.1));
    }

    [Fact]
    public void DiversityIsTheRootMeanVarianceOverImages()
    {
        Assert.Equal(0, HealthMonitor.Diversity([1, 2, 1, 2, 1, 2], 3), 1e-12);
        Assert.Equal(Math.Sqrt((1 + 4) / 2.0), HealthMonitor.Diversity([0, 0, 2, 4], 2), 1e-12);
    }

    [Fact]
    public void TheLogForgetsWhatAResumedRunDoesAgain()
    {
        string path = _temp.At("warnings.jsonl");
        var log = new WarningsLog(path, 0);
        Assert.False(File.Exists(path));
        RunWarning early = new(10, "a", "first \"quoted\""), late = new(20, "b", "second");
        log.Add(early);
        log.Add(late);
        Assert.Equal([early, late], WarningsLog.Read(path));
        File.AppendAllText(path, "{torn");
        _ = new WarningsLog(path, 20);
        Assert.Equal([early], WarningsLog.Read(path));
    }
}
