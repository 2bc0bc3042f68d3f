using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class StabilizeKernelTests : KernelTests
{
    [Fact]
    public void NormAndDotFollowTheFormula()
    {
        foreach (int n in Target.Lengths)
        {
            float[] a = KernelHost.Values(n, 1), b = KernelHost.Values(n, 2);
            float[] result = Target.SameBits(h =>
            {
                DeviceSpan<float> norm = h.Room<float>(1), dot = h.Room<float>(1);
                h.K.Norm(h.Of(a), norm);
                h.K.Dot(h.Of(a), h.Of(b), dot);
                return [h.Read(norm)[0], h.Read(dot)[0]];
            });
            KernelHost.AssertClose(Math.Sqrt(a.Sum(static v => (double)v * v)), result[0], 1e-6, 1e-7, "norm");
            KernelHost.AssertClose(a.Zip(b, static (x, y) => (double)x * y).Sum(), result[1], 1e-5, 1e-6 * Math.Sqrt(n + 1), "dot");
        }
    }

    [Fact]
    public void ClippingScalesDownOnly()
    {
        foreach (int n in Target.Lengths)
        {
            float[] x = KernelHost.Values(n);
            Assert.Equal(x, Clip(x, norm: 2, most: 2.1f));
            KernelHost.AssertSameBits([.. x.Select(static v => v * (0.5f / (2 + 1e-6f)))], Clip(x, norm: 2, most: 0.5f), "clipped");
        }
    }

    [Fact]
    public void DivisionHasAFloor()
    {
        foreach (int n in Target.Lengths)
        {
            float[] x = KernelHost.Values(n);
            foreach ((float s, float least) in new[] { (0.3f, 0f), (0f, 1e-12f), (-2f, 1f) })
            {
                float[] y = Target.SameBits(h =>
                {
                    DeviceSpan<float> to = h.Of(x);
                    h.K.DivideBy(to, h.Of(s), least, to);
                    return h.Read(to);
                });
                KernelHost.AssertSameBits([.. x.Select(v => v / Math.Max(s, least))], y, "quotient");
            }
        }
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 0u)]
    [InlineData(9u, 1u)]
    public void TheAverageStartsAtTheWeightsAndStopsAtAFault(uint step, uint fault)
    {
        foreach (int n in Target.Lengths)
        {
            float[] x = KernelHost.Values(n, 1), before = KernelHost.Values(n, 2);
            float[] found = Target.SameBits(h =>
            {
                var state = new uint[StepState.Length];
                (state[(int)StepField.Step], state[(int)StepField.FaultStep]) = (step, fault);
                DeviceSpan<float> average = h.Of(before);
                h.K.ExponentialAverage(h.Of(x), average, 0.9f, h.Of(state));
                return h.Read(average);
            });
            float[] expected = fault > 0 ? before : step == 0 ? x : [.. before.Select((a, i) => 0.9f * a + (1 - 0.9f) * x[i])];
            KernelHost.AssertSameBits(expected, found, $"step {step}, fault {fault}");
        }
    }

    [Fact]
    public void NoiseFadesLinearly()
    {
        float[] x = KernelHost.Values(1000, 1), noise = KernelHost.Values(1000, 2);
        foreach ((uint step, float scale) in new[] { (0u, 0.5f), (30u, 0.5f * (10f / 40)), (40u, 0f), (4_000_000_000u, 0f) })
        {
            float[] y = Target.SameBits(h =>
            {
                var state = new uint[StepState.Length];
                state[(int)StepField.Step] = step;
                DeviceSpan<float> to = h.Of(noise);
                h.K.AddDecayedNoise(h.Of(x), to, to, 0.5f, 40, h.Of(state));
                return h.Read(to);
            });
            KernelHost.AssertSameBits([.. x.Select((v, i) => v + scale * noise[i])], y, $"step {step}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(17, 33)]
    [InlineData(7, 4099)]
    public void SpectralNormsGradientFollowsTheFormula(int rows, int columns)
    {
        float[] dy = KernelHost.Values((long)rows * columns, 1), u = KernelHost.Values(rows, 2), v = KernelHost.Values(columns, 3), old = KernelHost.Values((long)rows * columns, 4);
        foreach (WriteMode mode in new[] { WriteMode.Write, WriteMode.Add })
        {
            float[] dw = Target.SameBits(h =>
            {
                DeviceSpan<float> to = h.Of(old);
                h.K.SpectralNormBackward(h.Of(dy), h.Of(u), h.Of(v), h.Of(0.7f), h.Of(1.3f), to, rows, columns, mode);
                return h.Read(to);
            });
            for (int i = 0; i < dw.Length; i++)
            {
                double expected = (dy[i] - 0.7 * u[i / columns] * v[i % columns]) / 1.3 + (mode == WriteMode.Add ? old[i] : 0);
                KernelHost.AssertClose(expected, dw[i], 1e-5, 1e-6, $"{rows} x {columns}, {mode}", i);
            }
        }
    }

    [Theory]
    [InlineData(LogitLoss.Hinge, 1)]
    [InlineData(LogitLoss.Hinge, -1)]
    [InlineData(LogitLoss.LeastSquares, 0.9f)]
    [InlineData(LogitLoss.Linear, -1)]
    public void LossesFollowTheFormula(LogitLoss kind, float target)
    {
        foreach (int n in Target.Lengths.Where(static n => n > 0))
        {
            float[] z = KernelHost.Values(n), old = KernelHost.Values(n, 2);
            foreach (WriteMode mode in new[] { WriteMode.Write, WriteMode.Add })
            {
                float[] found = Target.SameBits(h =>
                {
                    DeviceSpan<float> loss = h.Room<float>(1), output = h.Room<float>(1), dz = h.Of(old);
                    h.K.LogitLossForward(h.Of(z), kind, target, loss, output);
                    h.K.LogitLossForward(h.Of(z), kind, target, loss, default);
                    h.K.LogitLossBackward(h.Of(z), kind, target, h.Of(0.5f), dz, mode);
                    return [h.Read(loss)[0], h.Read(output)[0], .. h.Read(dz)];
                });
                KernelHost.AssertClose(z.Average(v => Loss(kind, target, v)), found[0], 1e-5, 1e-6, "loss");
                KernelHost.AssertClose(z.Average(v => kind == LogitLoss.LeastSquares ? v : 1 / (1 + Math.Exp(-v))), found[1], 1e-5, 1e-6, "output");
                for (int i = 0; i < n; i++)
                {
                    double slope = kind switch { LogitLoss.Hinge => 1 - target * z[i] > 0 ? -target : 0, LogitLoss.LeastSquares => z[i] - target, _ => target };
                    KernelHost.AssertClose(0.5 / n * slope + (mode == WriteMode.Add ? old[i] : 0), found[2 + i], 1e-5, 1e-9, $"gradient, {mode}", i);
                }
            }
        }
    }

    private static double Loss(LogitLoss kind, double target, double z) => kind switch
    {
        LogitLoss.Hinge => Math.Max(0, 1 - target * z),
        LogitLoss.LeastSquares => (z - target) * (z - target) / 2,
        _ => target * z,
    };

    private float[] Clip(float[] x, float norm, float most) => Target.SameBits(h =>
    {
        DeviceSpan<float> to = h.Of(x);
        h.K.ClipByNorm(to, h.Of(norm), most);
        return h.Read(to);
    });
}
