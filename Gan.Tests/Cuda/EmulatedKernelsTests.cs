using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Emulator;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>The device over the emulator itself: real PTX through driver, pool, graphs.</summary>
public class EmulatedKernelsTests
{
    [Fact]
    public void OpensByName()
    {
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Tf32, 2);
        Assert.Equal("cuda-emulator", device.Name);
        Assert.Matches(@"^Gan PTX emulator, compute capability 9\.0, 16 multiprocessors, [0-9.]+ GiB, 2 threads$", device.Description);
        Assert.Throws<CudaException>(() => CudaDevice.OpenEmulator(Precision.Tf32, 1, new EmulatorProfile(70)));
        Assert.Throws<ArgumentOutOfRangeException>(() => CudaDevice.OpenEmulator(threads: -1));
    }

    [Theory, InlineData(1), InlineData(1000), InlineData(4099)]
    public void AStepOfKernelsReplaysToTheSameBits(int n)
    {
        float[] expected = Run(n, replays: 0, steps: 4), replayed = Run(n, replays: 3, steps: 1);
        Assert.Equal(expected, replayed);
        Assert.NotEqual(expected[0], Run(n, replays: 1, steps: 1)[0]);
    }

    /// <summary>w = tanh(w + relu(noise)); moved on by the device's own step state; a sum through scratch memory at the end.</summary>
    private static float[] Run(int n, int replays, int steps)
    {
        using CudaDevice device = CudaDevice.OpenEmulator(threads: 1);
        using DeviceBuffer w = device.Allocate<float>(n), sum = device.Allocate<float>(1), state = device.Allocate<uint>(StepState.Length);
        device.CopyFromHost<float>(new float[n], w.AsSpan<float>());
        device.CopyFromHost<float>([0], sum.AsSpan<float>());
        device.CopyFromHost<uint>(new uint[StepState.Length], state.AsSpan<uint>());
        for (int i = 0; i < steps; i++)
        {
            if (replays == 0)
            {
                Step();
                continue;
            }
            using StepPlan plan = device.Capture(Step);
            for (int j = 0; j < replays; j++)
            {
                plan.Replay();
            }
        }
        float[] result = new float[n + 1];
        device.CopyToHost(w.AsSpan<float>(), result.AsSpan(0, n));
        device.CopyToHost(sum.AsSpan<float>(), result.AsSpan(n));
        return result;

        void Step()
        {
            IKernels kernels = device.Kernels;
            using (DeviceBuffer noise = device.Allocate<float>(n))
            {
                kernels.PhiloxNormal(noise.AsSpan<float>(), 1, n, state.AsSpan<uint>(), 7, RandomStream.Latent, 0, 0, 1);
                kernels.ReluForward(noise.AsSpan<float>(), noise.AsSpan<float>());
                kernels.Add(w.AsSpan<float>(), noise.AsSpan<float>(), w.AsSpan<float>());
            }
            using DeviceBuffer y = device.Allocate<float>(n); // the noise's block again
            kernels.TanhForward(w.AsSpan<float>(), y.AsSpan<float>());
            kernels.Copy(y.AsSpan<float>(), w.AsSpan<float>());
            kernels.Sum(y.AsSpan<float>(), 1, sum.AsSpan<float>(), WriteMode.Add);
            kernels.AdvanceState(state.AsSpan<uint>(), StepField.Step, 1, WriteMode.Add);
        }
    }

    [Fact]
    public void AKernelThatReadsWhatNobodyWroteIsNamed()
    {
        using CudaDevice device = CudaDevice.OpenEmulator(threads: 1);
        using DeviceBuffer x = device.Allocate<float>(100), y = device.Allocate<float>(100);
        device.Kernels.ReluForward(x.AsSpan<float>(), y.AsSpan<float>());
        CudaException e = Assert.Throws<CudaException>(device.Synchronize);
        Assert.Contains("relu_forward, PTX line ", e.Message);
        Assert.Contains("never written", e.Message);
        Assert.Throws<CudaException>(() => device.Allocate(64));
    }

    [Fact]
    public void EveryCarriedFileLoadsWithAnArchitectureInItsName()
    {
        using CudaDevice device = CudaDevice.OpenEmulator(Precision.Bf16, 1);
        Assert.NotEmpty(Gan.Kernels.Cuda.Launch.PtxResources.Names);
        foreach (string file in Gan.Kernels.Cuda.Launch.PtxResources.Names)
        {
            CudaException e = Assert.Throws<CudaException>(() => device.Launches.Launch(new(file, "no_such_kernel"), new(1), new(1), 0, []));
            Assert.Equal($"cuda-emulator: {file}.ptx has no kernel 'no_such_kernel'.", e.Message);
        }
        Assert.Null(Gan.Kernels.Cuda.Launch.PtxResources.Read("no_such_file.sm_70"));
    }
}
