using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

// What keeps training stable.
internal sealed unsafe partial class NaiveKernels
{
    public void Norm(DeviceSpan<float> x, DeviceSpan<float> y) => P(y)[0] = (float)Math.Sqrt(Total(x.Length, i => (double)P(x)[i] * P(x)[i]));

    public void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) => P(y)[0] = (float)Total(a.Length, i => (double)P(a)[i] * P(b)[i]);

    public void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm) =>
        Each(x, WriteMode.Write, i => P(x)[i] * Math.Min(1, maxNorm / (P(norm)[0] + 1e-6)));

    public void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y) =>
        Each(y, WriteMode.Write, i => P(x)[i] / (double)Math.Max(P(s)[0], least));

    public void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot, DeviceSpan<float> sigma,
        DeviceSpan<float> dw, int rows, int columns, WriteMode mode) =>
        Each(dw, mode, i => (P(dy)[i] - (double)P(dot)[0] * P(u)[i / columns] * P(v)[i % columns]) / P(sigma)[0]);

    public void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state)
    {
        if (!Faulty(state))
        {
            double kept = P(state)[(int)StepField.Step] == 0 ? 0 : decay;
            Each(average, WriteMode.Write, i => kept * P(average)[i] + (1 - kept) * P(x)[i]);
        }
    }

    public void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state)
    {
        double scale = std * Math.Max(0, 1 - P(state)[(int)StepField.Step] / (double)steps);
        Each(y, WriteMode.Write, i => P(x)[i] + scale * P(noise)[i]);
    }

    public void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output)
    {
        P(loss)[0] = (float)(Total(z.Length, i => kind switch
        {
            LogitLoss.Hinge => Math.Max(0, 1 - (double)target * P(z)[i]),
            LogitLoss.LeastSquares => Math.Pow(P(z)[i] - (double)target, 2) / 2,
            _ => (double)target * P(z)[i],
        }) / z.Length);
        if (!output.IsEmpty)
        {
            P(output)[0] = (float)(Total(z.Length, i => kind == LogitLoss.LeastSquares ? P(z)[i] : Sigmoid(P(z)[i])) / z.Length);
        }
    }

    public void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode) =>
        Each(dz, mode, i => P(dloss)[0] / (double)z.Length * (kind switch
        {
            LogitLoss.Hinge => 1 - (double)target * P(z)[i] > 0 ? -target : 0,
            LogitLoss.LeastSquares => P(z)[i] - (double)target,
            _ => target,
        }));
}
