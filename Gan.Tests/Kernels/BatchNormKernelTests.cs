using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class BatchNormKernelTests : KernelTests
{
    private const float Eps = 1e-5f, Momentum = 0.1f, Slope = 0.2f;

    public static readonly TheoryData<int, int, Activation> Cases = new()
    {
        { 2, 1, Activation.Identity }, { 3, 3, Activation.Relu }, { 7, 17, Activation.LeakyRelu }, { 64, 16, Activation.Relu },
        { 1001, 67, Activation.LeakyRelu }, { 4096, 64, Activation.Relu }, { 20_003, 5, Activation.Identity },
        { 130, 512, Activation.LeakyRelu },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ForwardFollowsTheFormula(int rows, int channels, Activation activation)
    {
        float[] x = KernelHost.Values((long)rows * channels, 1, 2, 1);
        float[] gamma = KernelHost.Values(channels, 2), beta = KernelHost.Values(channels, 3);
        float[] result = Target.SameBits(h => Forward(h, x, gamma, beta, rows, channels, activation));
        for (int c = 0; c < channels; c++)
        {
            (double mean, double m2) = Moments(x, rows, channels, c);
            double invStd = 1 / Math.Sqrt(m2 / rows + Eps);
            string what = $"{rows} x {channels}, channel {c}";
            KernelHost.AssertClose(mean, result[x.Length + c], 2e-7, 2e-7, what + " mean");
            KernelHost.AssertClose(invStd, result[x.Length + channels + c], 1e-6, 0, what + " inverse deviation");
            KernelHost.AssertClose(0.9 * 0.5 + 0.1 * mean, result[x.Length + 2 * channels + c], 1e-6, 1e-6, what + " running mean");
            double unbiased = m2 / (rows - 1);
            KernelHost.AssertClose(0.9 * 0.75 + 0.1 * unbiased, result[x.Length + 3 * channels + c], 1e-6, 1e-6, what + " running var");
            for (int r = 0; r < rows; r++)
            {
                double pre = gamma[c] * (x[(long)r * channels + c] - mean) * invStd + beta[c];
                KernelHost.AssertClose(F(pre, activation), result[(long)r * channels + c], 2e-6, 2e-6, what, r);
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void BackwardFollowsTheFormula(int rows, int channels, Activation activation)
    {
        foreach (bool batch in new[] { true, false })
        {
            Backward(rows, channels, activation, batch, WriteMode.Write);
            Backward(rows, channels, activation, batch, WriteMode.Add);
        }
    }

    [Fact]
    public void ALargeMeanCostsNoPrecision()
    {
        // The variance of E[x^2] - mean^2 in float32 would be off by its own size here.
        float[] x = KernelHost.Values(5000, 1, 1, 3000);
        using KernelHost h = Target.Open();
        float[] result = Forward(h, x, [1], [0], 5000, 1, Activation.Identity);
        (_, double m2) = Moments(x, 5000, 1, 0);
        KernelHost.AssertClose(1 / Math.Sqrt(m2 / 5000 + Eps), result[5001], 1e-6, 0, "inverse deviation");
    }

    [Fact]
    public void ASingleRowDividesNothingByZero()
    {
        using KernelHost h = Target.Open();
        Assert.All(Forward(h, [3, -4], [1, 1], [0, 0], 1, 2, Activation.Identity), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void ConstantChannelsGiveBeta()
    {
        using KernelHost h = Target.Open();
        float[] x = new float[4000];
        Array.Fill(x, 0.1f);
        float[] result = Forward(h, x, [2, 3], [5, -6], 2000, 2, Activation.Identity);
        Assert.All(result.Take(4000).Where((_, i) => i % 2 == 0), v => Assert.Equal(5, v));
        Assert.All(result.Take(4000).Where((_, i) => i % 2 == 1), v => Assert.Equal(-6, v));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(3e38f)] // its square is not finite
    public void AChannelThatIsNotFiniteKeepsItsRunningStatistics(float bad)
    {
        const int rows = 40, channels = 17, faulty = 5;
        float[] x = KernelHost.Values(rows * channels), healthy = [.. x];
        x[3 * channels + faulty] = bad;
        float[] gamma = KernelHost.Values(channels, 2), beta = KernelHost.Values(channels, 3);
        float[] result = Target.SameBits(h => Forward(h, x, gamma, beta, rows, channels, Activation.Identity));
        float[] expected = Target.SameBits(h => Forward(h, healthy, gamma, beta, rows, channels, Activation.Identity));
        int mean = rows * channels + 2 * channels;
        (expected[mean + faulty], expected[mean + channels + faulty]) = (0.5f, 0.75f);
        KernelHost.AssertSameBits(expected[mean..], result[mean..], "running statistics");
    }

    [Fact]
    public void InferenceUsesTheRunningStatistics()
    {
        float[] x = KernelHost.Values(33 * 67), gamma = KernelHost.Values(67, 2), beta = KernelHost.Values(67, 3);
        float[] mean = KernelHost.Values(67, 4);
        float[] variance = [.. KernelHost.Values(67, 5).Select(v => v * v)];
        float[] result = Target.SameBits(h =>
        {
            DeviceSpan<float> y = h.Room<float>(x.Length), savedMean = h.Room<float>(67), savedInvStd = h.Room<float>(67);
            DeviceSpan<float> runningMean = h.Of(mean), runningVar = h.Of(variance);
            h.K.BatchNormInference(h.Of(x), h.Of(gamma), h.Of(beta), y, savedMean, savedInvStd, runningMean, runningVar, 33, 67, Eps,
                Activation.Relu, 0);
            Assert.Equal(mean, h.Read(runningMean));
            Assert.Equal(variance, h.Read(runningVar));
            return [.. h.Read(y), .. h.Read(savedMean), .. h.Read(savedInvStd)];
        });
        for (int i = 0; i < x.Length; i++)
        {
            int c = i % 67;
            double pre = gamma[c] * ((double)x[i] - mean[c]) / Math.Sqrt((double)variance[c] + Eps) + beta[c];
            KernelHost.AssertClose(Math.Max(pre, 0), result[i], 2e-6, 1e-5 * Math.Abs(pre) + 1e-6, "y", i);
        }
        Assert.Equal(mean, result[x.Length..(x.Length + 67)]);
    }

    private void Backward(int rows, int channels, Activation activation, bool batch, WriteMode mode)
    {
        int n = rows * channels;
        float[] x = KernelHost.Values(n, 1, 2, 1), dy = KernelHost.Values(n, 6);
        float[] gamma = KernelHost.Values(channels, 2), beta = KernelHost.Values(channels, 3);
        float[] old = KernelHost.Values(n, 7), oldParameters = KernelHost.Values(channels, 8);
        float[] mean = new float[channels], invStd = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            (double m, double m2) = Moments(x, rows, channels, c);
            (mean[c], invStd[c]) = ((float)m, (float)(1 / Math.Sqrt(m2 / rows + Eps)));
        }
        float[] result = Target.SameBits(h =>
        {
            DeviceSpan<float> dx = h.Of(old), dgamma = h.Of(oldParameters), dbeta = h.Of(oldParameters), frozenDx = h.Of(old);
            DeviceSpan<float> dx2 = h.Of(old), dgamma2 = h.Of(oldParameters), dbeta2 = h.Of(oldParameters);
            void Run(DeviceSpan<float> toX, DeviceSpan<float> toGamma, DeviceSpan<float> toBeta) =>
                h.K.BatchNormBackward(h.Of(x), h.Of(dy), h.Of(gamma), h.Of(beta), h.Of(mean), h.Of(invStd), toX, mode, toGamma, toBeta,
                    mode, rows, channels, batch, activation, Slope);
            Run(dx, dgamma, dbeta);
            Run(dx2, default, default);
            Run(default, dgamma2, dbeta2);
            KernelHost.AssertSameBits(h.Read(dx), h.Read(dx2), "dx of a frozen layer");
            KernelHost.AssertSameBits(h.Read(dgamma), h.Read(dgamma2), "dgamma without dx");
            KernelHost.AssertSameBits(h.Read(dbeta), h.Read(dbeta2), "dbeta without dx");
            return [.. h.Read(dx), .. h.Read(dgamma), .. h.Read(dbeta)];
        });
        double keep = mode == WriteMode.Add ? 1 : 0;
        for (int c = 0; c < channels; c++)
        {
            double[] g = new double[rows], xhat = new double[rows];
            double sum = 0, sumXhat = 0;
            bool kink = false;
            for (int r = 0; r < rows; r++)
            {
                xhat[r] = ((double)x[r * channels + c] - mean[c]) * invStd[c];
                double pre = gamma[c] * xhat[r] + beta[c];
                kink |= Math.Abs(pre) < 1e-6;
                double slope = pre > 0 || activation == Activation.Identity ? 1 : activation == Activation.Relu ? 0 : Slope;
                g[r] = dy[r * channels + c] * slope;
                sum += g[r];
                sumXhat += g[r] * xhat[r];
            }
            if (kink)
            {
                continue; // float32 and float64 may stand on different sides
            }
            string what = $"{rows} x {channels}, channel {c}, {activation}, batch statistics {batch}, {mode}";
            double tolerance = 1e-6 * (10 + Math.Sqrt(rows));
            KernelHost.AssertClose(keep * oldParameters[c] + sumXhat, result[n + c], 1e-6, tolerance, what + " dgamma");
            KernelHost.AssertClose(keep * oldParameters[c] + sum, result[n + channels + c], 1e-6, tolerance, what + " dbeta");
            for (int r = 0; r < rows; r++)
            {
                double dx = gamma[c] * invStd[c] * (batch ? g[r] - sum / rows - xhat[r] * sumXhat / rows : g[r]);
                int i = r * channels + c;
                // two rows give xhat = +-1 and a gradient that cancels: measured against its terms
                KernelHost.AssertClose(keep * old[i] + dx, result[i], 1e-5, 2e-6 * (1 + 10 * Math.Abs(gamma[c] * invStd[c])), what, r);
            }
        }
    }

    private static float[] Forward(KernelHost h, float[] x, float[] gamma, float[] beta, int rows, int channels, Activation activation)
    {
        DeviceSpan<float> y = h.Room<float>(x.Length), mean = h.Room<float>(channels), invStd = h.Room<float>(channels);
        DeviceSpan<float> runningMean = h.Room<float>(channels), runningVar = h.Room<float>(channels);
        h.K.Fill(runningMean, 0.5f);
        h.K.Fill(runningVar, 0.75f);
        DeviceSpan<long> counter = h.Of(41L);
        h.K.BatchNormForward(h.Of(x), h.Of(gamma), h.Of(beta), y, mean, invStd, runningMean, runningVar, counter, rows, channels, Momentum,
            Eps, activation, Slope);
        Assert.Equal(42, h.Read(counter)[0]);
        return [.. h.Read(y), .. h.Read(mean), .. h.Read(invStd), .. h.Read(runningMean), .. h.Read(runningVar)];
    }

    private static double F(double x, Activation activation) => activation switch
    {
        Activation.Relu => Math.Max(x, 0),
        Activation.LeakyRelu => x > 0 ? x : Slope * x,
        _ => x,
    };

    private static (double Mean, double M2) Moments(float[] x, int rows, int channels, int c)
    {
        double sum = 0, m2 = 0;
        for (int r = 0; r < rows; r++)
        {
            sum += x[(long)r * channels + c];
        }
        for (int r = 0; r < rows; r++)
        {
            double d = x[(long)r * channels + c] - sum / rows;
            m2 += d * d;
        }
        return (sum / rows, m2);
    }
}
