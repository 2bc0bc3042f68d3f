using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class AdamKernelTests : KernelTests
{
    private const double Rate = 2e-4, Beta1 = 0.5, Beta2 = 0.999, Epsilon = 1e-8;

    [Fact]
    public void FollowsPyTorchsFloat32FormulaBitForBit()
    {
        foreach (int n in Target.Lengths)
        {
            float[] w = KernelHost.Values(n, 1), m = new float[n], v = new float[n];
            float[] gradients = KernelHost.Values(n, 9);
            float[] result = Target.SameBits(h =>
            {
                DeviceSpan<float> dw = h.Of(KernelHost.Values(n, 1)), dm = h.Of(new float[n]), dv = h.Of(new float[n]);
                DeviceSpan<double> state = h.Of(0, Rate, Beta1, Beta2, Epsilon, 1, 1, 0);
                for (int step = 0; step < 3; step++)
                {
                    h.K.Adam(dw, h.Of([.. gradients.Select(g => g * (step + 1))]), dm, dv, state, default);
                }
                double[] end = h.Read(state);
                Assert.Equal(3, end[(int)AdamField.Step]);
                Assert.Equal(Beta1 * Beta1 * Beta1, end[(int)AdamField.Beta1Power]);
                Assert.Equal(Beta2 * Beta2 * Beta2, end[(int)AdamField.Beta2Power]);
                return [.. h.Read(dw), .. h.Read(dm), .. h.Read(dv)];
            });
            for (int step = 1; step <= 3; step++)
            {
                float stepSize = (float)(Rate / (1 - Math.Pow(Beta1, step))), correction = (float)Math.Sqrt(1 - Math.Pow(Beta2, step));
                for (int i = 0; i < n; i++)
                {
                    float g = gradients[i] * step;
                    m[i] += (g - m[i]) * (float)(1 - Beta1);
                    v[i] = v[i] * (float)Beta2 + (float)(1 - Beta2) * g * g;
                    w[i] += -stepSize * m[i] / (MathF.Sqrt(v[i]) / correction + (float)Epsilon);
                }
            }
            KernelHost.AssertSameBits([.. w, .. m, .. v], result, $"{n} parameters");
        }
    }

    [Fact]
    public void AFaultStopsUpdates()
    {
        using KernelHost h = Target.Open();
        DeviceSpan<uint> step = h.Of(new uint[StepState.Length]);
        DeviceSpan<float> w = h.Of(KernelHost.Values(100)), g = h.Of(KernelHost.Values(100, 2)), m = h.Of(new float[100]), v = h.Of(new float[100]);
        DeviceSpan<double> state = h.Of(0, Rate, Beta1, Beta2, Epsilon, 1, 1, 0);
        h.K.Adam(w, g, m, v, state, step);
        float[] moved = h.Read(w), first = h.Read(m), second = h.Read(v);
        double[] once = h.Read(state);
        Assert.NotEqual(KernelHost.Values(100), moved);
        h.K.AdvanceState(step, StepField.FaultStep, 1, WriteMode.Write);
        h.K.Adam(w, g, m, v, state, step);
        Assert.Equal(moved, h.Read(w));
        Assert.Equal(first, h.Read(m));
        Assert.Equal(second, h.Read(v));
        Assert.Equal(once, h.Read(state));
    }

    [Fact]
    public void NoGradientMovesNothing()
    {
        using KernelHost h = Target.Open();
        DeviceSpan<float> w = h.Of(KernelHost.Values(100)), zero = h.Of(new float[100]), m = h.Of(new float[100]), v = h.Of(new float[100]);
        DeviceSpan<double> state = h.Of(0, Rate, Beta1, Beta2, Epsilon, 1, 1, 0);
        h.K.Adam(w, zero, m, v, state, default);
        Assert.Equal(KernelHost.Values(100), h.Read(w));
    }
}
