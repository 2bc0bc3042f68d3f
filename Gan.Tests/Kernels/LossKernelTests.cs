using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class LossKernelTests : KernelTests
{
    [Fact]
    public void BceIsPyTorchsBceLoss()
    {
        foreach (int n in new[] { 1, 3, 16, 67, 40_001 })
        {
            float[] p = [.. KernelHost.Values(n, 1, 0.5, 0.5)], t = [.. KernelHost.Values(n, 2, 0.5, 0.5)];
            (p[0], t[0]) = (n % 2 == 0 ? 0 : 1, 0.25f);
            foreach (float[] targets in new[] { t, [0.9f] })
            {
                float[] result = Run(p, targets, WriteMode.Write, (h, x, target, loss, _) => h.K.BceForward(x, target, loss),
                    (h, x, target, dloss, dx, m) => h.K.BceBackward(x, target, dloss, dx, m));
                double expected = 0;
                for (int i = 0; i < n; i++)
                {
                    double q = p[i], target = targets[i % targets.Length];
                    expected -= target * Math.Max(Math.Log(q), -100) + (1 - target) * Math.Max(Math.Log(1 - q), -100);
                    double gradient = 3.0 / n * (q - target) / Math.Max(q * (1 - q), 1e-12);
                    KernelHost.AssertClose(gradient, result[2 + i], 1e-5, 1e-7, "gradient", i);
                }
                KernelHost.AssertClose(expected / n, result[0], 1e-6, 1e-7, $"loss of {n}");
            }
        }
    }

    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void LogitsGiveTheStableLoss(WriteMode mode)
    {
        foreach (int n in new[] { 1, 3, 16, 67, 40_001 })
        {
            float[] z = KernelHost.Values(n, 1, 30), t = KernelHost.Values(n, 2, 0.5, 0.5);
            foreach (float[] targets in new[] { t, [1f], [0f] })
            {
                float[] result = Logits(z, targets, mode);
                double expected = 0, mean = 0;
                for (int i = 0; i < n; i++)
                {
                    double target = targets[i % targets.Length], sigmoid = 1 / (1 + Math.Exp(-z[i]));
                    expected += target * Softplus(-z[i]) + (1 - target) * Softplus(z[i]);
                    mean += sigmoid;
                    double old = mode == WriteMode.Add ? 7 : 0; // and the rounding of the sum
                    KernelHost.AssertClose(old + 3.0 / n * (sigmoid - target), result[2 + i], 1e-6, 1e-6 / n + 7e-8 * old, "gradient", i);
                }
                KernelHost.AssertClose(expected / n, result[0], 1e-6, 1e-12, $"loss of {n}");
                KernelHost.AssertClose(mean / n, result[1], 1e-6, 1e-12, $"probability of {n}");
            }
        }
    }

    /// <summary>One element alone has a loss: the sum over all places must not lose its low bits on the way, wherever it stands.</summary>
    [Fact]
    public void ALossOfOneElementComesThroughTheSumWhole()
    {
        const int N = 256;
        foreach (int at in new[] { 0, 1, 14, 21, 31, 32, 100, 255 })
        {
            // several values: of some the low bits are zero
            foreach (float probability in new[] { 0.3f, 0.11f, 0.47f, 0.83f })
            {
                float[] p = new float[N], t = [1];
                Array.Fill(p, 1);
                p[at] = probability;
                float bce = Run(p, t, WriteMode.Write, (h, x, target, loss, _) => h.K.BceForward(x, target, loss), (h, x, target, dloss, dx, m) => h.K.BceBackward(x, target, dloss, dx, m))[0];
                KernelHost.AssertClose(-Math.Log(probability) / N, bce, 2e-7, 0, "loss", at);
            }
        }
    }

    [Theory]
    [InlineData(17, 0, 17.0000000414, 1)]
    [InlineData(-100, 1, 100, -1)]
    [InlineData(100, 0, 100, 1)]
    [InlineData(1e6, 0, 100, 1)]
    [InlineData(-1e6, 1, 100, -1)]
    [InlineData(1e6, 1, 0, 0)]
    [InlineData(-90, 0, 8.194e-40, 8.194e-40)]
    [InlineData(float.PositiveInfinity, 0, 100, 1)]
    [InlineData(float.NegativeInfinity, 0, 0, 0)]
    public void SaturatedLogitsStayFiniteAndStillTeach(double z, double t, double loss, double gradient)
    {
        float[] result = Logits([(float)z], [(float)t], WriteMode.Write);
        KernelHost.AssertClose(loss, result[0], 1e-4, 1e-44, "loss");
        KernelHost.AssertClose(3 * gradient, result[2], 1e-4, 1e-44, "gradient");
    }

    [Fact]
    public void NotANumberStaysVisible()
    {
        float[] result = Logits([1, float.NaN, 2], [1], WriteMode.Write);
        Assert.True(float.IsNaN(result[0]) && float.IsNaN(result[1]) && float.IsNaN(result[3]));
        Assert.True(float.IsFinite(result[2]) && float.IsFinite(result[4]));
    }

    private float[] Logits(float[] z, float[] t, WriteMode mode) =>
        Run(z, t, mode, (h, x, target, loss, p) => h.K.BceWithLogitsForward(x, target, loss, p),
            (h, x, target, dloss, dx, m) => h.K.BceWithLogitsBackward(x, target, dloss, dx, m));

    /// <summary>Loss, mean probability (7 where the loss gives none), then the gradient for dloss = 3, added to 7 when adding.</summary>
    private float[] Run(float[] x, float[] t, WriteMode mode,
        Action<KernelHost, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>> forward,
        Action<KernelHost, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, DeviceSpan<float>, WriteMode> backward) =>
        Target.SameBits(h =>
        {
            DeviceSpan<float> input = h.Of(x), targets = h.Of(t), loss = h.Of(7f), probability = h.Of(7f), dx = h.Room<float>(x.Length);
            h.K.Fill(dx, 7);
            forward(h, input, targets, loss, probability);
            backward(h, input, targets, h.Of(3f), dx, mode);
            return [.. h.Read(loss), .. h.Read(probability), .. h.Read(dx)];
        });

    private static double Softplus(double z) => Math.Min(100, Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))));
}
