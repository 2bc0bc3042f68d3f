using Gan.Kernels;
using Gan.Kernels.Cuda;
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
}
