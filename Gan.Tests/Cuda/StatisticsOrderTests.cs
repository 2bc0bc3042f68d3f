using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Kernels.Cuda.Driver;
using Gan.Kernels.Cuda.Launch;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Cuda;

/// <summary>
/// BatchNorm's statistics where a thread has many rows, as in a large batch, which the contract's grids give to matrices of half a million elements and more only: the
/// entry itself with one part of rows, against float64 and, as its order is documented in batch_norm.cu, to the bit.
/// </summary>
[Collection(EmulatorCollection.Name)]
public sealed class StatisticsOrderTests(EmulatorFixture fixture)
{
    private const float Eps = 1e-5f;

    [Theory]
    [InlineData(3000, 4, 1)]
    [InlineData(300, 12, 3)]
    [InlineData(2000, 3, 3)]
    [InlineData(67, 64, 16)]
    [InlineData(5, 67, 67)]
    public void MergesFourRowsAtATime(int rows, int channels, int width)
    {
        float[] x = KernelHost.Values((long)rows * channels, 1, 2, 1);
        float[] result = fixture.Target.SameBits(h =>
        {
            DeviceSpan<float> mean = h.Room<float>(channels), invStd = h.Room<float>(channels), running = h.Of(new float[channels]), runningVar = h.Of(new float[channels]);
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(rows).Add(channels).Add(width).Add(rows).Add(h.Of(x)).Add(default(DeviceSpan<float>));
            parameters.Add(mean).Add(invStd).Add(running).Add(runningVar).Add(0.1f).Add(Eps).Add(h.Of(0L));
            int lanes = channels % 4 == 0 ? 4 : 1;
            ((CudaDevice)h.Device).Launches.Launch(new("batch_norm.sm_70", "batch_norm_statistics"), new Dim3(channels / lanes / width), new Dim3(256), 0, parameters.Bytes);
            return [.. h.Read(mean), .. h.Read(invStd), .. h.Read(running), .. h.Read(runningVar)];
        });
        float[] ordered = new float[4 * channels];
        for (int c = 0; c < channels; c++)
        {
            float[] column = [.. Enumerable.Range(0, rows).Select(r => x[r * channels + c])];
            double exact = column.Average(static v => (double)v), squares = column.Sum(v => (v - exact) * (v - exact));
            KernelHost.AssertClose(exact, result[c], 2e-7, 2e-7, "mean", c);
            KernelHost.AssertClose(1 / Math.Sqrt(squares / rows + Eps), result[channels + c], 1e-6, 0, "inverse deviation", c);
            (double mean, double deviations) = Moments.Of(column, 256 / width);
            ordered[c] = (float)mean;
            ordered[channels + c] = (float)(1 / Math.Sqrt(deviations / rows + Eps));
            ordered[2 * channels + c] = (float)((double)0.1f * mean);
            ordered[3 * channels + c] = (float)((double)0.1f * (deviations / Math.Max(rows - 1, 1)));
        }
        KernelHost.AssertSameBits(ordered, result, "documented order");
    }

    /// <summary>Number, mean and squared deviations of some rows, in float32.</summary>
    private readonly record struct Moments(float N, float Mean, float Squares)
    {
        /// <summary>Those of a column that a block of some lines goes over.</summary>
        public static (double Mean, double Squares) Of(float[] x, int lines)
        {
            float shift = x[0];
            Moments[] of = [.. Enumerable.Range(0, lines).Select(line => OfLine([.. x.Where((_, r) => r % lines == line).Select(v => v - shift)]))];
            for (int half = 128; half > 0; half /= 2)
            {
                for (int line = 0; line + half < Math.Min(2 * half, lines); line++)
                {
                    of[line] = of[line + half].N > 0 ? of[line].With(of[line + half]) : of[line];
                }
            }
            return ((double)shift + of[0].Mean, of[0].Squares);
        }

        private static Moments OfLine(float[] x)
        {
            Moments all = default;
            int i = 0;
            for (; i + 4 <= x.Length; i += 4)
            {
                float mean = (x[i] + x[i + 1] + (x[i + 2] + x[i + 3])) * 0.25f;
                float a = x[i] - mean, b = x[i + 1] - mean, c = x[i + 2] - mean, d = x[i + 3] - mean;
                all = all.With(new(4, mean, a * a + b * b + (c * c + d * d)));
            }
            for (; i < x.Length; i++)
            {
                all = all.With(new(1, x[i], 0));
            }
            return all;
        }

        /// <summary>Both together (Chan, Golub and LeVeque 1983, equation 2.1).</summary>
        private Moments With(Moments other)
        {
            float total = N + other.N, weight = other.N / total, product = N * weight, delta = other.Mean - Mean;
            return new(total, MathF.FusedMultiplyAdd(delta, weight, Mean), MathF.FusedMultiplyAdd(delta * delta, product, Squares + other.Squares));
        }
    }
}
