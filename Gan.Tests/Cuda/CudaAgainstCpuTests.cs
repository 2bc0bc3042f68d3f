using Gan.Kernels;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// Kernels whose bits are the CPU's: random numbers, permutation, gathering and Adam by contract; activations, losses' gradients and the normalisation because both
/// sides do the same operations in the same order.
/// </summary>
[Collection(EmulatorCollection.Name)]
public sealed class CudaAgainstCpuTests(EmulatorFixture fixture)
{
    /// <summary>More than a small card works on at once, so that the loops over several groups run too.</summary>
    private static readonly float[] s_arguments = [.. KernelHost.Extremes(), .. KernelHost.Values(45_000, 3, 20), .. KernelHost.Values(1000, 4, 0.7)];

    [Fact]
    public void Sigmoid() => SameAsCpu(h =>
    {
        DeviceSpan<float> sigmoid = h.Room<float>(s_arguments.Length);
        h.K.SigmoidForward(h.Of(s_arguments), sigmoid);
        return h.Read(sigmoid);
    });

    /// <summary>The CPU looks its polynomials up in a table, the GPU divides: each is within 1.6 ulp of tanh.</summary>
    [Fact]
    public void TanhUpToTheLastPlaces()
    {
        float[] Tanh(KernelHost h)
        {
            DeviceSpan<float> tanh = h.Room<float>(s_arguments.Length);
            h.K.TanhForward(h.Of(s_arguments), tanh);
            return h.Read(tanh);
        }
        using KernelHost host = new();
        float[] cpu = Tanh(host), gpu = fixture.Target.SameBits(Tanh);
        for (int i = 0; i < cpu.Length; i++)
        {
            double exact = Math.Tanh(s_arguments[i]);
            Assert.True(VectorMathTests.Ulps(exact, cpu[i]) <= 1.6 && VectorMathTests.Ulps(exact, gpu[i]) <= 1.6,
                $"tanh {s_arguments[i]:R}: cpu {cpu[i]:R}, gpu {gpu[i]:R}, exactly {exact:R}");
        }
    }

    [Theory, InlineData(0, 5), InlineData(1, 1), InlineData(3, 2), InlineData(5, 100), InlineData(2, 1003), InlineData(1, 9001), InlineData(300, 67)]
    public void RandomNumbers(int rows, int columns)
    {
        foreach ((ulong seed, uint step, RandomStream stream, int draw) in new[]
        {
            (0x123456789ABCDEF0ul, 77u, RandomStream.User, 3), (1ul, uint.MaxValue, RandomStream.Latent, 65535),
        })
        {
            SameAsCpu(h =>
            {
                DeviceSpan<float> uniform = h.Room<float>((long)rows * columns), normal = h.Room<float>((long)rows * columns);
                DeviceSpan<uint> state = State(h, StepField.Step, step);
                h.K.PhiloxUniform(uniform, rows, columns, state, seed, stream, draw, -2, 6);
                h.K.PhiloxNormal(normal, rows, columns, state, seed, stream, draw, 1, 0.5f);
                return [.. h.Read(uniform), .. h.Read(normal)];
            });
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(5), InlineData(257), InlineData(60_000)]
    public void PermutedImages(int count)
    {
        byte[] images = new byte[count * 4];
        new Random(count).NextBytes(images);
        SameAsCpu(h =>
        {
            DeviceSpan<float> y = h.Room<float>(300 * 4);
            h.K.GatherNormalize(h.Of(images), count, 4, y, 300, State(h, StepField.Row, uint.MaxValue - 100, epoch: 9), 0xFEDCBA9876543210, true, 0.1307f, 0.3081f);
            return h.Read(y);
        });
    }

    [Theory, InlineData(1e-8), InlineData(1e-15)]
    public void Adam(double epsilon)
    {
        // sizes around every limit below which a moment or a gradient counts as zero
        float[] tiny = [.. Enumerable.Range(-149, 180).SelectMany(static e => new[] { MathF.ScaleB(1, e), -MathF.ScaleB(1.3f, e) })];
        float[] w = [.. KernelHost.Extremes(), .. KernelHost.Values(tiny.Length, 1)];
        float[] g = [.. KernelHost.Extremes().Reverse(), .. tiny], m = [.. KernelHost.Values(KernelHost.Extremes().Length, 2), .. tiny.Reverse()];
        float[] v = [.. m.Select(static a => a * a)];
        SameAsCpu(h =>
        {
            DeviceSpan<float> dw = h.Of(w), dm = h.Of(m), dv = h.Of(v), dg = h.Of(g);
            DeviceSpan<double> state = h.Of(6, 2e-4, 0.5, 0.999, epsilon, 0.015625, 0.994014980014994, 0);
            for (int step = 0; step < 3; step++)
            {
                h.K.Adam(dw, dg, dm, dv, state, default);
            }
            return [.. h.Read(dw), .. h.Read(dm), .. h.Read(dv), .. h.Read(state).Select(static d => (float)d)];
        });
    }

    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void GradientsOfLosses(WriteMode mode)
    {
        float[] z = KernelHost.Extremes(), p = [.. KernelHost.Values(z.Length - 3, 1, 0.5, 0.5), 0, 1, float.NaN], t = KernelHost.Values(z.Length, 2, 0.5, 0.5);
        // several upstream gradients: the quotient by the number of elements rounds up for some, down for others
        foreach ((float[] targets, float upstream) in new[] { (t, 1.7f), ([0.9f], 1.7f), ([0.9f], 1), (t, -0.3f), ([0.1f], 3.1f), (t, 0.77f) })
        {
            SameAsCpu(h =>
            {
                DeviceSpan<float> dz = h.Of(KernelHost.Values(z.Length, 3)), dp = h.Of(KernelHost.Values(z.Length, 3)), dloss = h.Of(upstream);
                h.K.BceWithLogitsBackward(h.Of(z), h.Of(targets), dloss, dz, mode);
                h.K.BceBackward(h.Of(p), h.Of(targets), dloss, dp, mode);
                return [.. h.Read(dz), .. h.Read(dp)];
            });
        }
    }

    /// <summary>A sum over one element is that element: all losses, through their functions, to the bit.</summary>
    [Fact]
    public void LossesOfOneElement() => LossesOf(KernelHost.Extremes().Take(40), 0.3f);

    /// <summary>
    /// Of almost every operation of softplus (the loss, as the target is 0) and of the sigmoid (the mean that is reported): two logits with which the result has other bits
    /// if that one operation is rounded toward zero. Found by trying 20 million each; left are the first steps of the polynomials, where none showed a difference.
    /// </summary>
    [Fact]
    public void LossesOfOneElementToTheLastBit() => LossesOf(
    [
        -0.277114868f, -2.20643616f, -10.8070984f, -12.194046f, -2.41285706f, -15.5996857f, -5.95292664f, -8.71195984f, -8.68165588f, -10.8917236f,
        -4.72216797f, -15.4865265f, -16.98172f, -15.3375397f, -1.09693909f, -0.940109253f, -1.47857666f, -1.32783508f, -1.03781128f, -1.00227356f,
        -1.43928528f, -0.91897583f, -0.852859497f, -0.556213379f, -0.24887085f, -2.14328003f, -1.23326111f, -0.340393066f, -0.0707397461f, -14.2649078f,
        -16.1385651f, -84.0187836f, -27.7774658f, -79.8440094f, -12.9790497f, -10.1040192f, -14.2543335f, -36.4189758f, -23.1419373f, -57.8634949f,
        -28.8468323f, -13.4902496f, -7.25450134f, -19.7551422f, -21.8256989f, -1.63005066f, -13.7231598f,
    ], 0);

    /// <summary>Sums of a few floats of like size are exact in double, whatever their order: means to the bit, with every lane of a warp in use.</summary>
    [Fact]
    public void MeansOfAFewElements()
    {
        for (int n = 2; n <= 64; n++)
        {
            float[] z = [.. KernelHost.Values(n, n).Select(static v => 1 + v * 0.125f)];
            float[] found = fixture.Target.SameBits(h =>
            {
                DeviceSpan<float> means = h.Room<float>(2), p = h.Room<float>(n);
                h.K.BceWithLogitsForward(h.Of(z), h.Of(1f), means.Slice(0, 1), means.Slice(1, 1));
                float[] first = h.Read(means);
                h.K.LogitLossForward(h.Of(z), LogitLoss.Hinge, 1, means.Slice(0, 1), means.Slice(1, 1));
                float[] second = h.Read(means);
                h.K.SigmoidForward(h.Of(z), p);
                return [.. first, .. second, .. h.Read(p)];
            });
            float probability = (float)(found[4..].Sum(static v => (double)v) / n);
            Assert.Equal([probability, probability], [found[1], found[3]]);
        }
    }

    private void LossesOf(IEnumerable<float> logits, float target)
    {
        foreach (float z in logits)
        {
            SameAsCpu(h =>
            {
                DeviceSpan<float> results = h.Room<float>(3 + 2 * Enum.GetValues<LogitLoss>().Length);
                h.K.BceWithLogitsForward(h.Of(z), h.Of(target), results.Slice(0, 1), results.Slice(1, 1));
                h.K.BceForward(h.Of(Math.Clamp(z, 0, 1)), h.Of(target), results.Slice(2, 1));
                foreach (LogitLoss kind in Enum.GetValues<LogitLoss>())
                {
                    h.K.LogitLossForward(h.Of(z), kind, target, results.Slice(3 + 2 * (int)kind, 1), results.Slice(4 + 2 * (int)kind, 1));
                }
                return h.Read(results);
            });
        }
    }

    [Theory, InlineData(Activation.Identity), InlineData(Activation.Relu), InlineData(Activation.LeakyRelu)]
    public void NormalisationByGivenStatistics(Activation activation)
    {
        foreach ((int rows, int channels) in new[] { (33, 67), (130, 64), (5, 4) })
        {
            float[] x = KernelHost.Values(rows * channels), dy = KernelHost.Values(x.Length, 6), gamma = KernelHost.Values(channels, 2), beta = KernelHost.Values(channels, 3);
            float[] mean = KernelHost.Values(channels, 4), variance = [.. KernelHost.Values(channels, 5).Select(static v => v * v)];
            x[7] = float.NaN;
            x[11] = float.PositiveInfinity;
            SameAsCpu(h =>
            {
                DeviceSpan<float> y = h.Room<float>(x.Length), dx = h.Room<float>(x.Length), savedMean = h.Room<float>(channels), savedInvStd = h.Room<float>(channels);
                h.K.BatchNormInference(h.Of(x), h.Of(gamma), h.Of(beta), y, savedMean, savedInvStd, h.Of(mean), h.Of(variance), rows, channels, 1e-5f, activation, 0.2f);
                h.K.BatchNormBackward(h.Of(x), h.Of(dy), h.Of(gamma), h.Of(beta), savedMean, savedInvStd, dx, WriteMode.Write, default, default,
                    WriteMode.Write, rows, channels, false, activation, 0.2f);
                return [.. h.Read(y), .. h.Read(savedMean), .. h.Read(savedInvStd), .. h.Read(dx)];
            });
        }
    }

    /// <summary>
    /// Pre-activations at half the smallest float: nearest rounding makes some of them positive, and with them the slope. And all of them zero, which is not positive.
    /// </summary>
    [Theory, InlineData(Activation.Relu), InlineData(Activation.LeakyRelu)]
    public void TheKinkAtTheSmallestNumbers(Activation activation)
    {
        foreach ((int rows, int channels, bool zero) in new[] { (33, 67, false), (130, 64, false), (5, 4, false), (300, 4, false), (33, 67, true), (130, 64, true), (20000, 4, true), (20000, 3, true) })
        {
            float tiny = zero ? 0 : MathF.ScaleB(1, -75);
            float[] sizes = [tiny, 1.5f * tiny, -tiny, -1.5f * tiny, 0.5f * tiny, 0], starts = zero ? [0, -0f, 0, -0f] : [0, -0f, float.Epsilon, -float.Epsilon];
            float[] x = [.. Enumerable.Range(0, rows * channels).Select(i => sizes[i / channels * 5 % 6])], dy = KernelHost.Values(x.Length, 6);
            float[] gamma = [.. Enumerable.Range(0, channels).Select(c => sizes[c % 4])], beta = [.. Enumerable.Range(0, channels).Select(c => starts[c / 4 % 4])];
            SameAsCpu(h =>
            {
                DeviceSpan<float> dx = h.Room<float>(x.Length), mean = h.Of(new float[channels]), invStd = h.Of(Enumerable.Repeat(1f, channels).ToArray());
                h.K.BatchNormBackward(h.Of(x), h.Of(dy), h.Of(gamma), h.Of(beta), mean, invStd, dx, WriteMode.Write, default, default,
                    WriteMode.Write, rows, channels, false, activation, 0.2f);
                return h.Read(dx);
            });
        }
    }

    [Fact]
    public void RefusesMemoryOfTheCpu()
    {
        using KernelHost cpu = new();
        using KernelHost gpu = fixture.Target.Open();
        DeviceSpan<float> here = gpu.Of(1f), there = cpu.Of(1f);
        ArgumentException e = Assert.Throws<ArgumentException>(() => gpu.K.LeakyReluBackward(here, there, here, 0.2f, WriteMode.Write));
        Assert.Equal("LeakyReluBackward: dy is in memory of the cpu, but the kernel runs on a CUDA device; copy it over first.", e.Message);
    }

    /// <summary>A pre-activation of zero is not positive, in training either, where dx also takes the sums over the batch.</summary>
    [Theory, InlineData(Activation.Relu), InlineData(Activation.LeakyRelu)]
    public void TheKinkInTraining(Activation activation)
    {
        foreach ((int rows, int channels) in new[] { (33, 67), (130, 64), (20000, 4), (20000, 3) }) // the last two give a thread many rows
        {
            float[] dy = KernelHost.Values(rows * channels, 6), gamma = KernelHost.Values(channels, 2), x = new float[dy.Length];
            float[] Work(KernelHost h)
            {
                DeviceSpan<float> dx = h.Room<float>(x.Length), mean = h.Of(new float[channels]), invStd = h.Of(Enumerable.Repeat(1f, channels).ToArray());
                h.K.BatchNormBackward(h.Of(x), h.Of(dy), h.Of(gamma), h.Of(new float[channels]), mean, invStd, dx, WriteMode.Write, default, default,
                    WriteMode.Write, rows, channels, true, activation, 0.2f);
                return h.Read(dx);
            }
            using KernelHost cpu = new();
            float[] expected = Work(cpu), found = fixture.Target.SameBits(Work);
            Assert.Equal(activation == Activation.LeakyRelu, Array.Exists(expected, static v => v != 0));
            Assert.All(expected.Zip(found), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    private void SameAsCpu(Func<KernelHost, float[]> work)
    {
        using KernelHost cpu = new();
        KernelHost.AssertSameBits(work(cpu), fixture.Target.SameBits(work), "cpu against the emulator");
    }

    private static DeviceSpan<uint> State(KernelHost h, StepField field, uint value, uint epoch = 0)
    {
        uint[] state = new uint[StepState.Length];
        (state[(int)StepField.Epoch], state[(int)field]) = (epoch, value);
        return h.Of(state);
    }
}
