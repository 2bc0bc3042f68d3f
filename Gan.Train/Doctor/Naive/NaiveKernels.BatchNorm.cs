using Gan.Kernels;

namespace Gan.Train.Doctor.Naive;

// BatchNorm a channel at a time, in two passes.
internal sealed unsafe partial class NaiveKernels
{
    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope)
    {
        for (int c = 0; c < channels; c++)
        {
            double mean = Total(rows, r => P(x)[r * channels + c]) / rows;
            double squares = Total(rows, r => (P(x)[r * channels + c] - mean) * (P(x)[r * channels + c] - mean));
            (P(savedMean)[c], P(savedInvStd)[c]) = ((float)mean, (float)(1 / Math.Sqrt(squares / rows + eps)));
            if (double.IsFinite(mean) && double.IsFinite(squares))
            {
                P(runningMean)[c] = (float)(P(runningMean)[c] + momentum * (mean - P(runningMean)[c]));
                P(runningVar)[c] = (float)(P(runningVar)[c] + momentum * (squares / (rows - 1) - P(runningVar)[c]));
            }
        }
        ((long*)counter.Address)[0]++;
        Normalise(x, gamma, beta, y, savedMean, savedInvStd, channels, activation, slope);
    }

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope)
    {
        for (int c = 0; c < channels; c++)
        {
            (P(savedMean)[c], P(savedInvStd)[c]) = (P(runningMean)[c], (float)(1 / Math.Sqrt((double)P(runningVar)[c] + eps)));
        }
        Normalise(x, gamma, beta, y, savedMean, savedInvStd, channels, activation, slope);
    }

    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode,
        DeviceSpan<float> dgamma, DeviceSpan<float> dbeta, WriteMode parameterMode,
        int rows, int channels, bool batchStatistics, Activation activation, float slope)
    {
        for (int c = 0; c < channels; c++)
        {
            double mean = P(savedMean)[c], invStd = P(savedInvStd)[c], scale = P(gamma)[c], shift = P(beta)[c];
            double Hat(long r) => (P(x)[r * channels + c] - mean) * invStd;
            double Gradient(long r) => P(dy)[r * channels + c] * Slope(scale * Hat(r) + shift, activation, slope);

            double sum = Total(rows, Gradient), sumHat = Total(rows, r => Gradient(r) * Hat(r));
            if (!dx.IsEmpty)
            {
                for (int r = 0; r < rows; r++)
                {
                    double g = Gradient(r) - (batchStatistics ? sum / rows + Hat(r) * sumHat / rows : 0);
                    Put(P(dx) + (long)r * channels + c, scale * invStd * g, dxMode);
                }
            }
            if (!dgamma.IsEmpty)
            {
                Put(P(dgamma) + c, sumHat, parameterMode);
                Put(P(dbeta) + c, sum, parameterMode);
            }
        }
    }

    private static void Normalise(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> mean, DeviceSpan<float> invStd, int channels, Activation activation, float slope) => Each(y, WriteMode.Write, i =>
    {
        long c = i % channels;
        return Activate(P(gamma)[c] * (((double)P(x)[i] - P(mean)[c]) * P(invStd)[c]) + P(beta)[c], activation, slope);
    });
}
