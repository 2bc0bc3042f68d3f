using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

// Losses, Adam, and what moves a training step along.
internal sealed unsafe partial class NaiveKernels
{
    private const double LargestLoss = 100;

    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss) => P(loss)[0] = (float)(Total(p.Length, i =>
        -(Target(t, i) * Math.Max(Math.Log(P(p)[i]), -LargestLoss) + (1 - Target(t, i)) * Math.Max(Math.Log(1 - (double)P(p)[i]), -LargestLoss))) / p.Length);

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode) => Each(dp, mode, i =>
        P(dloss)[0] / (double)p.Length * (P(p)[i] - Target(t, i)) / Math.Max(P(p)[i] * (1 - (double)P(p)[i]), 1e-12));

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability)
    {
        P(loss)[0] = (float)(Total(z.Length, i => Target(t, i) * Math.Min(Softplus(-P(z)[i]), LargestLoss)
            + (1 - Target(t, i)) * Math.Min(Softplus(P(z)[i]), LargestLoss)) / z.Length);
        if (!probability.IsEmpty)
        {
            P(probability)[0] = (float)(Total(z.Length, i => Sigmoid(P(z)[i])) / z.Length);
        }
    }

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode) =>
        Each(dz, mode, i => P(dloss)[0] / (double)z.Length * (Sigmoid(P(z)[i]) - Target(t, i)));

    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode) =>
        P(state)[(int)field] = amount + (mode == WriteMode.Add ? P(state)[(int)field] : 0);

    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
        foreach ((DeviceSpan<float> x, float limit, uint site) in checks)
        {
            for (long i = 0; i < x.Length && P(step)[(int)StepField.FaultStep] == 0; i++)
            {
                if (!(Math.Abs(P(x)[i]) <= limit))
                {
                    P(step)[(int)StepField.FaultStep] = P(step)[(int)StepField.Step] + 1;
                    (P(step)[(int)StepField.FaultSite], P(step)[(int)StepField.FaultIndex]) = (site, (uint)i);
                }
            }
        }
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        if (Faulty(step))
        {
            return;
        }
        double* s = P(state);
        double beta1 = s[(int)AdamField.Beta1], beta2 = s[(int)AdamField.Beta2];
        s[(int)AdamField.Step]++;
        s[(int)AdamField.Beta1Power] *= beta1;
        s[(int)AdamField.Beta2Power] *= beta2;
        for (long i = 0; i < w.Length; i++)
        {
            double first = beta1 * P(m)[i] + (1 - beta1) * P(g)[i], second = beta2 * P(v)[i] + (1 - beta2) * P(g)[i] * (double)P(g)[i];
            double root = Math.Sqrt(second / (1 - s[(int)AdamField.Beta2Power])) + s[(int)AdamField.Epsilon];
            P(w)[i] = (float)(P(w)[i] - s[(int)AdamField.LearningRate] / (1 - s[(int)AdamField.Beta1Power]) * first / root);
            (P(m)[i], P(v)[i]) = ((float)first, (float)second);
        }
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state) =>
        Each(y, WriteMode.Write, i => P(x)[(long)P(state)[(int)StepField.LatentRow] * columns + i]);

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state) =>
        Copy(values, ring.Slice(P(state)[(int)StepField.Step] % (uint)slots * (long)width, width));

    private static bool Faulty(DeviceSpan<uint> step) => !step.IsEmpty && P(step)[(int)StepField.FaultStep] != 0;

    private static double Target(DeviceSpan<float> t, long i) => P(t)[t.Length == 1 ? 0 : i];

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
