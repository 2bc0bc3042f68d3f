using Gan.Kernels;
using Xunit;

namespace Gan.Tests.Kernels;

public class ReductionTests : KernelTests
{
    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void SumIsTheSumAndTheSameForAllWidthsAndThreads(WriteMode mode)
    {
        foreach (int n in Target.Lengths)
        {
            float[] x = KernelHost.Values(n, 7, 1, 0.5);
            float[] y = Target.SameBits(h =>
            {
                DeviceSpan<float> sum = h.Of(10f);
                h.K.Sum(h.Of(x), 0.25f, sum, mode);
                return h.Read(sum);
            });
            double expected = 0.25 * x.Sum(v => (double)v) + (mode == WriteMode.Add ? 10 : 0);
            KernelHost.AssertClose(expected, y[0], 1e-6, 1e-6, $"{n} elements");
        }
    }

    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void SumRowsSumsColumns(WriteMode mode)
    {
        foreach ((int rows, int columns) in Shapes)
        {
            float[] x = KernelHost.Values((long)rows * columns, 8), old = KernelHost.Values(columns, 9);
            float[] y = Target.SameBits(h =>
            {
                DeviceSpan<float> sums = mode == WriteMode.Add ? h.Of(old) : h.Room<float>(columns);
                h.K.SumRows(h.Of(x), sums, rows, columns, mode);
                return h.Read(sums);
            });
            for (int c = 0; c < columns; c++)
            {
                double expected = mode == WriteMode.Add ? old[c] : 0;
                for (int r = 0; r < rows; r++)
                {
                    expected += x[(long)r * columns + c];
                }
                KernelHost.AssertClose(expected, y[c], 1e-6, 2e-6 * Math.Sqrt(rows + 1.0), $"{rows} x {columns}", c);
            }
        }
    }

    [Fact]
    public void AddBiasAddsAColumnsBias()
    {
        foreach ((int rows, int columns) in Shapes)
        {
            float[] x = KernelHost.Values((long)rows * columns, 8), bias = KernelHost.Values(columns, 9);
            float[] y = Target.SameBits(h =>
            {
                DeviceSpan<float> sums = h.Room<float>(x.Length);
                h.K.AddBias(h.Of(x), h.Of(bias), sums, rows, columns);
                return h.Read(sums);
            });
            KernelHost.AssertSameBits([.. x.Select((v, i) => v + bias[i % columns])], y, $"{rows} x {columns}");
        }
    }

    [Theory, InlineData(WriteMode.Write), InlineData(WriteMode.Add)]
    public void LayoutsPermuteAndComeBack(WriteMode mode)
    {
        foreach ((int n, int channels, int pixels) in new[] { (0, 3, 5), (2, 1, 9), (3, 4, 1), (2, 3, 35), (2, 16, 300), (1, 17, 300), (1, 5, 5), (3, 64, 1000), (2100, 2, 40), (2100, 17, 18) })
        {
            float[] x = KernelHost.Values((long)n * channels * pixels, 3), old = KernelHost.Values(x.Length, 4);
            using KernelHost h = Target.Open();
            DeviceSpan<float> last = h.Of(old), first = h.Of(old);
            h.K.ChannelsFirstToLast(h.Of(x), last, n, channels, pixels, mode);
            h.K.ChannelsLastToFirst(h.Of(x), first, n, channels, pixels, mode);
            float[] gotLast = h.Read(last), gotFirst = h.Read(first);
            for (int i = 0; i < x.Length; i++)
            {
                (int image, int rest) = int.DivRem(i, channels * pixels);
                int toLast = image * channels * pixels + rest % pixels * channels + rest / pixels;
                int toFirst = image * channels * pixels + rest % channels * pixels + rest / channels;
                // not Assert.Equal: this runs for a million elements
                float toLastValue = x[i] + (mode == WriteMode.Add ? old[toLast] : 0), toFirstValue = x[i] + (mode == WriteMode.Add ? old[toFirst] : 0);
                Assert.True(toLastValue == gotLast[toLast] && toFirstValue == gotFirst[toFirst]);
            }
        }
    }

    private static readonly (int Rows, int Columns)[] Shapes =
        [(0, 4), (3, 0), (1, 1), (5, 3), (1000, 1), (3000, 3), (3002, 3), (2002, 6), (60, 784), (7, 67), (9, 16), (1025, 64), (20, 5000), (15, 33)];
}
