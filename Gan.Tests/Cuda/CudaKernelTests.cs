using Gan.Kernels;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda;

// The kernel tests of the CPU, run on the emulator.

[Collection(EmulatorCollection.Name)]
public sealed class CudaElementwiseTests(EmulatorFixture fixture) : ElementwiseTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaReductionTests(EmulatorFixture fixture) : ReductionTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaLossTests(EmulatorFixture fixture) : LossKernelTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaAdamTests(EmulatorFixture fixture) : AdamKernelTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaEpilogueTests(EmulatorFixture fixture) : EpilogueTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaHealthTests(EmulatorFixture fixture) : HealthKernelTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaStabilizeTests(EmulatorFixture fixture) : StabilizeKernelTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaBatchNormTests(EmulatorFixture fixture) : BatchNormKernelTests
{
    private protected override KernelTarget Target => fixture.Target;
}

[Collection(EmulatorCollection.Name)]
public sealed class CudaGatherTests(EmulatorFixture fixture) : GatherTests
{
    private protected override KernelTarget Target => fixture.Target;

    /// <summary>The position is on the device: where a host check failed to rule it out, the kernel reads nothing that is not there, and NaN shows it.</summary>
    [Fact]
    public override void RefusesRowsThatAreNotThere()
    {
        foreach ((uint first, int there) in new[] { (8u, 2), (10u, 0), (uint.MaxValue, 0) })
        {
            using KernelHost h = Target.Open();
            float[] x = KernelHost.Values(10 * 7);
            uint[] state = new uint[StepState.Length];
            state[(int)StepField.LatentRow] = first;
            DeviceSpan<float> y = h.Room<float>(3 * 7);
            h.K.TakeRows(h.Of(x), 10, 7, y, 3, h.Of(state));
            float[] got = h.Read(y);
            Assert.Equal(x[^(there * 7)..], got[..(there * 7)]);
            Assert.All(got[(there * 7)..], static v => Assert.True(float.IsNaN(v)));
        }
    }
}
