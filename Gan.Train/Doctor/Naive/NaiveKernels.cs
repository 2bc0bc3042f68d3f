using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

/// <summary>The kernel contract (<see cref="IKernels"/>) as loops. Sums are doubles; a result is rounded to float once.</summary>
internal sealed unsafe partial class NaiveKernels : IKernels
{
    public void Fill(DeviceSpan<float> y, float value) => Each(y, WriteMode.Write, _ => value);

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => P(x)[i]);

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => (double)P(a)[i] + P(b)[i]);

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => (double)P(a)[i] - P(b)[i]);

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode) => Each(y, mode, i => (double)P(a)[i] * P(b)[i]);

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode) => Each(y, mode, i => (double)alpha * P(x)[i]);

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode) => Each(y, mode, _ => (double)alpha * P(s)[0]);

    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode) => Each(y, mode, _ => alpha * Total(x.Length, i => P(x)[i]));

    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns) =>
        Each(y, WriteMode.Write, i => (double)P(x)[i] + P(bias)[i % columns]);

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode) =>
        Each(y, mode, c => Total(rows, r => P(x)[r * columns + c]));

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Each(y, mode, i => P(x)[(i / channels / pixels * channels + i % channels) * pixels + i / channels % pixels]);

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode) =>
        Each(y, mode, i => P(x)[(i / pixels / channels * pixels + i % pixels) * channels + i / pixels % channels]);

    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => Math.Max(P(x)[i], 0));

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) => Each(dx, mode, i => P(y)[i] > 0 ? P(dy)[i] : 0);

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope) => Each(y, WriteMode.Write, i => Activate(P(x)[i], Activation.LeakyRelu, slope));

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode) =>
        Each(dx, mode, i => P(dy)[i] * Slope(P(x)[i], Activation.LeakyRelu, slope));

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => Math.Tanh(P(x)[i]));

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) =>
        Each(dx, mode, i => P(dy)[i] * Gradient(P(y)[i], Activation.Tanh, 0));

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y) => Each(y, WriteMode.Write, i => Sigmoid(P(x)[i]));

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode) =>
        Each(dx, mode, i => P(dy)[i] * Gradient(P(y)[i], Activation.Sigmoid, 0));

    private static float* P(DeviceSpan<float> span) => (float*)span.Address;

    private static uint* P(DeviceSpan<uint> span) => (uint*)span.Address;

    private static double* P(DeviceSpan<double> span) => (double*)span.Address;

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Activate(double x, Activation activation, double slope) => activation switch
    {
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => Sigmoid(x),
        _ => x * Slope(x, activation, slope),
    };

    /// <summary>f' from f's result.</summary>
    private static double Gradient(double y, Activation activation, double slope) => activation switch
    {
        Activation.Tanh => 1 - y * y,
        Activation.Sigmoid => y * (1 - y),
        _ => Slope(y, activation, slope),
    };

    private static double Slope(double x, Activation activation, double slope) => activation switch
    {
        Activation.Relu => x > 0 ? 1 : 0,
        Activation.LeakyRelu => x > 0 ? 1 : slope,
        _ => 1,
    };

    private static void Each(DeviceSpan<float> y, WriteMode mode, Func<long, double> value)
    {
        for (long i = 0; i < y.Length; i++)
        {
            P(y)[i] = (float)(value(i) + (mode == WriteMode.Add ? P(y)[i] : 0));
        }
    }

    private static double Total(long count, Func<long, double> value)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += value(i);
        }
        return sum;
    }
}
