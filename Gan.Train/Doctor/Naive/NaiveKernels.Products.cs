using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

// Matrix products and convolutions, each output element by its own sum.
internal sealed unsafe partial class NaiveKernels
{
    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
        float* pa = P(a), pb = P(b);
        var sums = new double[(long)m * n];
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = 0;
                for (int i = 0; i < k; i++)
                {
                    double left = transposeA ? pa[(long)i * m + row] : pa[(long)row * k + i];
                    sum += left * (transposeB ? pb[(long)column * k + i] : pb[(long)i * n + column]);
                }
                sums[((long)row * n) + column] = sum;
            }
        }
        Put(c, sums, epilogue, mode);
    }

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims d, WriteMode mode)
    {
        var sums = new double[d.OutputLength];
        float* px = P(x), pw = P(w);
        EachProduct(d, (input, weight, output) => sums[output] += (double)px[input] * pw[weight]);
        Put(y, sums, epilogue, mode);
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims d, WriteMode mode)
    {
        var sums = new double[d.InputLength];
        float* py = P(dy), pw = P(w);
        EachProduct(d, (input, weight, output) => sums[input] += (double)py[output] * pw[weight]);
        Put(dx, sums, epilogue, mode);
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims d, WriteMode mode)
    {
        var sums = new double[d.WeightLength];
        float* px = P(x), py = P(dy);
        EachProduct(d, (input, weight, output) => sums[weight] += (double)py[output] * px[input]);
        Put(dw, sums, default(Epilogue), mode);
    }

    /// <summary>Every triple (element of the input, of the weight, of the output) that a convolution multiplies, padding left out.</summary>
    private static void EachProduct(ConvDims d, Action<long, long, long> use)
    {
        for (int n = 0; n < d.N; n++)
        {
            for (int oh = 0; oh < d.OutH; oh++)
            {
                for (int ow = 0; ow < d.OutW; ow++)
                {
                    for (int tap = 0; tap < d.Kernel * d.Kernel; tap++)
                    {
                        int h = oh * d.Stride - d.Padding + tap / d.Kernel, w = ow * d.Stride - d.Padding + tap % d.Kernel;
                        if (h < 0 || h >= d.H || w < 0 || w >= d.W)
                        {
                            continue;
                        }
                        long input = (((long)n * d.H + h) * d.W + w) * d.Cin, output = (((long)n * d.OutH + oh) * d.OutW + ow) * d.Cout;
                        for (int co = 0; co < d.Cout; co++)
                        {
                            long weight = ((long)co * d.Kernel * d.Kernel + tap) * d.Cin;
                            for (int ci = 0; ci < d.Cin; ci++)
                            {
                                use(input + ci, weight + ci, output + co);
                            }
                        }
                    }
                }
            }
        }
    }

    private static void Put(DeviceSpan<float> y, double[] sums, Epilogue epilogue, WriteMode mode)
    {
        DeviceSpan<float> bias = epilogue.Bias;
        for (long i = 0; i < sums.Length; i++)
        {
            double sum = sums[i] + (bias.IsEmpty ? 0 : P(bias)[i % bias.Length]);
            sum = epilogue.Result.IsEmpty
                ? Activate(sum, epilogue.Activation, epilogue.Slope)
                : sum * Gradient(P(epilogue.Result)[i], epilogue.Activation, epilogue.Slope);
            Put(P(y) + i, sum, mode);
        }
    }

    private static void Put(float* y, double value, WriteMode mode) => *y = (float)(value + (mode == WriteMode.Add ? *y : 0));
}
