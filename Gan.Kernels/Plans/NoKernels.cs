namespace Gan.Kernels.Plans;

/// <summary>Kernels that compute nothing, for a device that only counts memory.</summary>
internal sealed class NoKernels : IKernels
{
    public void Fill(DeviceSpan<float> y, float value)
    {
    }

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y)
    {
    }

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
    }

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
    }

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode)
    {
    }

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
    }

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
    }

    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
    }

    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns)
    {
    }

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode)
    {
    }

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode)
    {
    }

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode)
    {
    }

    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
    }

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims dims,
        WriteMode mode)
    {
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims dims,
        WriteMode mode)
    {
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode)
    {
    }

    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
    }

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
    }

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope)
    {
    }

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode)
    {
    }

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
    }

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
    }

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
    }

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
    }

    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope)
    {
    }

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope)
    {
    }

    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode, DeviceSpan<float> dgamma,
        DeviceSpan<float> dbeta, WriteMode parameterMode, int rows, int channels, bool batchStatistics, Activation activation, float slope)
    {
    }

    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss)
    {
    }

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode)
    {
    }

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability)
    {
    }

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz,
        WriteMode mode)
    {
    }

    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode)
    {
    }

    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
    }

    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float low, float high)
    {
    }

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float mean, float std)
    {
    }

    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std)
    {
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state)
    {
    }

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state)
    {
    }

    public void Norm(DeviceSpan<float> x, DeviceSpan<float> y)
    {
    }

    public void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
    }

    public void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm)
    {
    }

    public void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y)
    {
    }

    public void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot,
        DeviceSpan<float> sigma, DeviceSpan<float> dw, int rows, int columns, WriteMode mode)
    {
    }

    public void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state)
    {
    }

    public void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state)
    {
    }

    public void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output)
    {
    }

    public void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode)
    {
    }
}
