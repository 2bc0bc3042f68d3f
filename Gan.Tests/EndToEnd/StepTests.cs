using Gan.Core;
using Gan.Kernels;
using Gan.Kernels.Cpu;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>The trainer's step: eager or replayed, on any number of threads, the same bits; and what a steady step takes.</summary>
[Collection(Alone.Name)]
public class StepTests
{
    internal const int Count = 20;

    public static TheoryData<bool, int> Kinds => new() { { true, 1 }, { true, 2 }, { false, 1 }, { false, 2 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReplayedStepsAndOtherThreadCountsGiveTheSameBits(bool dcgan, int dSteps)
    {
        GanOptions options = Options(dcgan, dSteps);
        byte[] expected = Train(options, threads: 1, static (trainer, place) => trainer.StepWithoutPlan(place));
        for (int threads = 1; threads <= 3; threads++)
        {
            Assert.True(expected.AsSpan().SequenceEqual(Train(options, threads, static (trainer, place) => trainer.Step(place))), $"{threads} threads, replayed");
        }
        Assert.True(expected.AsSpan().SequenceEqual(Train(options, 3, static (trainer, place) => trainer.StepWithoutPlan(place))), "3 threads, eager");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ASteadyStepTakesNothing(bool dcgan, int dSteps)
    {
        GanOptions options = Options(dcgan, dSteps);
        using var device = new CpuDevice(2);
        using ImageStore images = Images(device, options);
        using var trainer = new GanTrainer(device, options, images, null);
        var schedule = new Schedule(Count, options.BatchSize, options.DSteps, null, 1000);
        int step = 0;
        void Steps(int n)
        {
            for (int i = 0; i < n; i++)
            {
                trainer.Step(schedule[step++]);
            }
        }

        Steps(2 * schedule.StepsPerEpoch);
        MemoryStatistics before = device.Memory;
        long forecast = new MemoryForecast(options, Count, images.Elements, schedule.TotalSteps, 0, device.Forecast).StepBytes(streamed: false);
        const int Measured = 100;
        long managed = GC.GetTotalAllocatedBytes(precise: true);
        Steps(Measured);
        managed = GC.GetTotalAllocatedBytes(precise: true) - managed;

        MemoryStatistics after = device.Memory;
        Assert.Equal(before, after);
        Assert.Equal(forecast, after.Reserved);
        // Other tests of the process allocate too when run side by side; this class is in a collection of its own.
        Assert.True(managed < 1024 * Measured, $"{managed / Measured} bytes of managed memory a step");
    }

    internal static GanOptions Options(bool dcgan, int dSteps) => dcgan
        ? new() { Model = ModelKind.Dcgan, BatchSize = 8, Lr = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Nz = 8, ImageSize = 32, Nc = 3, Ngf = 4, Ndf = 4, DSteps = dSteps }
        : new() { Model = ModelKind.Mlp, BatchSize = 8, Lr = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Nz = 8, ImageSize = 28, Hidden = 16, DSteps = dSteps };

    internal static unsafe ImageStore Images(Device device, GanOptions options)
    {
        var pixels = new byte[Count * options.ImageSize * options.ImageSize * options.Nc];
        new Random(3).NextBytes(pixels);
        fixed (byte* p = pixels)
        {
            return new ImageStore(device, p, Count, pixels.Length / Count);
        }
    }

    /// <summary>Two epochs, each with a partial batch; everything a checkpoint holds, and the metrics.</summary>
    private static byte[] Train(GanOptions options, int threads, Action<GanTrainer, StepPlace> step)
    {
        using var device = new CpuDevice(threads);
        return Train(options, device, step);
    }

    internal static byte[] Train(GanOptions options, Device device, Action<GanTrainer, StepPlace> step)
    {
        using ImageStore images = Images(device, options);
        using var trainer = new GanTrainer(device, options, images, null);
        var schedule = new Schedule(Count, options.BatchSize, options.DSteps, 2, null);
        for (long s = 0; s < schedule.TotalSteps; s++)
        {
            step(trainer, schedule[s]);
        }
        using var bytes = new MemoryStream();
        foreach ((_, List<Core.Serialization.HostTensor> tensors) in TrainerState.Capture(trainer).OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            tensors.ForEach(t => bytes.Write(t.Bytes.Span));
        }
        foreach (Gan.Train.Runs.MetricsLine line in trainer.Metrics.Read(0, schedule.TotalSteps, schedule))
        {
            bytes.Write(System.Text.Encoding.ASCII.GetBytes(line.ToString()));
        }
        return bytes.ToArray();
    }
}
