using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
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
