using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.EndToEnd;
using Gan.Train.Models;
using Gan.Train.Settings;
using Gan.Train.Training;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>The trainer's step on the emulator: graphs give the bits of eager steps, for the weights, the optimisers and the metrics.</summary>
public class EmulatedTrainerTests
{
    [Theory, InlineData(false, Precision.Fp32), InlineData(true, Precision.Fp32), InlineData(true, Precision.Bf16)]
    public void ReplayedStepsGiveTheSameBits(bool dcgan, Precision precision)
    {
        GanOptions options = StepTests.Options(dcgan, 1) with { Ngf = 2, Ndf = 2 };
        using CudaDevice eager = CudaDevice.OpenEmulator(precision), replayed = CudaDevice.OpenEmulator(precision);
        byte[] expected = StepTests.Train(options, eager, static (trainer, place) => trainer.StepWithoutPlan(place));
        Assert.True(expected.AsSpan().SequenceEqual(StepTests.Train(options, replayed, static (trainer, place) => trainer.Step(place))));
        Assert.Equal(0, replayed.Memory.LiveBuffers);
    }

    /// <summary>
    /// Graphs with branches, whose launches the emulator runs in the least likely order and holds to what they said they use, and graphs of launches that wait by themselves: all losses
    /// and all extras of the trainer, so that every kernel of a step is among them.
    /// </summary>
    [Theory]
    [InlineData("mlp, plain")]
    [InlineData("mlp, two steps of D, noise on its input, clipped")]
    [InlineData("mlp, hinge, spectral norm, average")]
    [InlineData("dcgan, plain")]
    [InlineData("dcgan, least squares, spectral norm, average")]
    [InlineData("dcgan, bf16")]
    public void EveryGraphGivesTheSameBits(string what)
    {
        GanOptions plain = StepTests.Options(what.StartsWith("dcgan", StringComparison.Ordinal), what.Contains("two steps") ? 2 : 1) with { Ngf = 2, Ndf = 2 };
        GanOptions options = plain with
        {
            DLoss = what.Contains("hinge") ? DiscriminatorLoss.Hinge : what.Contains("least") ? DiscriminatorLoss.LeastSquares : plain.DLoss,
            SpectralNorm = what.Contains("spectral"), Ema = what.Contains("average") ? 0.9f : 0,
            InstanceNoise = what.Contains("noise") ? 0.1f : 0, InstanceNoiseSteps = 100, GradNorms = what.Contains("clipped"), Saturating = what.Contains("two steps"), LabelSmoothing = what.Contains("noise") ? 0.1f : 0, ClipGrad = what.Contains("clipped") ? 1 : 0,
        };
        Precision precision = what.Contains("bf16") ? Precision.Bf16 : Precision.Fp32;
        using CudaDevice eager = CudaDevice.OpenEmulator(precision);
        byte[] expected = StepTests.Train(options, eager, static (trainer, place) => trainer.StepWithoutPlan(place));
        foreach ((bool branches, bool dependent) in ((bool, bool)[])[(true, false), (false, true), (true, true)])
        {
            FaultyDriver? driver = null;
            using CudaDevice branched = CudaDevice.OpenEmulator(precision, 0, EmulatorProfile.Default, wrap: inner => driver = new FaultyDriver(inner));
            (branched.Launches.Branches, branched.Launches.DependentLaunch) = (branches, dependent);
            Assert.True(expected.AsSpan().SequenceEqual(StepTests.Train(options, branched, static (trainer, place) => trainer.Step(place))), $"branches {branches}, dependent {dependent}");
            Assert.Equal(0, branched.Memory.LiveBuffers);
            Assert.Equal(dependent, driver!.Count("GraphAddProgrammaticDependencies") >= 50);
        }
    }

    /// <summary>
    /// No block of any launch of a step uses what another one writes, unless it comes later for sure: all losses and extras again. On a GPU it would show now and then.
    /// </summary>
    [Theory]
    [InlineData(false, Precision.Fp32, nameof(DiscriminatorLoss.Bce))]
    [InlineData(false, Precision.Tf32, nameof(DiscriminatorLoss.Hinge))]
    [InlineData(true, Precision.Fp32, nameof(DiscriminatorLoss.LeastSquares))]
    [InlineData(true, Precision.Bf16, nameof(DiscriminatorLoss.Bce))]
    public void BlocksDoNotDisturbEachOther(bool dcgan, Precision precision, string lossName)
    {
        DiscriminatorLoss loss = Enum.Parse<DiscriminatorLoss>(lossName);
        GanOptions options = StepTests.Options(dcgan, 1) with { Ngf = 4, Ndf = 4, DLoss = loss, SpectralNorm = loss == DiscriminatorLoss.Hinge, Ema = 0.9f, ClipGrad = 1, InstanceNoise = 0.1f, InstanceNoiseSteps = 100 };
        using CudaDevice usual = CudaDevice.OpenEmulator(precision), watched = WatchedBlocks.Open(precision);
        byte[] expected = StepTests.Train(options, usual, static (trainer, place) => trainer.StepWithoutPlan(place));
        Assert.True(expected.AsSpan().SequenceEqual(StepTests.Train(options, watched, static (trainer, place) => trainer.StepWithoutPlan(place))));
    }

    /// <summary>What branches are for: in an mlp's step, 60 launches of small kernels, hardly more than half have to wait for one another.</summary>
    [Theory, InlineData(false, 0.6), InlineData(true, 0.8)]
    public void BranchesShortenAStep(bool dcgan, double most)
    {
        GanOptions options = StepTests.Options(dcgan, 1);
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Fp32);
        device.Launches.Branches = true;
        using ImageStore images = StepTests.Images(device, options);
        using GanTrainer trainer = new(device, options, images, null);
        Schedule schedule = new(StepTests.Count, options.BatchSize, options.DSteps, 100, null);
        using StepPlan plan = device.Capture(() => trainer.StepWithoutPlan(schedule[0]));
        (int launches, int longest) = ((GraphReplay)plan.DeviceState!).Extent;
        Assert.True(launches >= 50 && longest >= 20, $"{launches} launches, {longest} in the longest path");
        Assert.True(longest <= most * launches, $"{longest} of {launches} launches in a row; at most {most} of them are expected");
    }

    /// <summary>A steady step is one graph launch: nothing is allocated, loaded or waited for, whatever the batch's place in the epoch.</summary>
    [Fact]
    public void ASteadyStepIsOneGraphLaunch()
    {
        FaultyDriver? driver = null;
        GanOptions options = StepTests.Options(false, 1);
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Fp32, 0, EmulatorProfile.Default, wrap: inner => driver = new FaultyDriver(inner));
        using ImageStore images = StepTests.Images(device, options);
        using GanTrainer trainer = new(device, options, images, null);
        Schedule schedule = new(StepTests.Count, options.BatchSize, options.DSteps, 100, null);
        int warm = 2 * schedule.StepsPerEpoch, steps = schedule.StepsPerEpoch;
        for (int s = 0; s < warm; s++)
        {
            trainer.Step(schedule[s]);
        }
        Dictionary<string, int> before = new(driver!.Calls);
        for (int s = warm; s < warm + steps; s++)
        {
            trainer.Step(schedule[s]);
        }
        Dictionary<string, int> made = driver.Calls.Select(c => (c.Key, Made: c.Value - before.GetValueOrDefault(c.Key))).Where(static c => c.Made > 0)
            .ToDictionary(static c => c.Key, static c => c.Made);
        // The epoch's end moves two words of the step's state.
        Assert.Equal(new Dictionary<string, int> { ["GraphLaunch"] = steps, ["Launch"] = 2 }, made);
        device.Synchronize();
    }
}
