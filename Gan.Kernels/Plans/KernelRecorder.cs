namespace Gan.Kernels.Plans;

/// <summary>
/// Passes every call on to a device's kernels and notes it, with its buffers bound to their addresses, in a <see cref="StepPlan"/>. One line a kernel; the
/// compiler finds a missing one.
/// </summary>
internal sealed class KernelRecorder(IKernels inner, List<Action<IKernels>> calls) : IKernels
{
    public void Fill(DeviceSpan<float> y, float value)
    {
        y = y.Pin();
        Note(kernels => kernels.Fill(y, value));
    }

    public void Copy(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.Copy(x, y));
    }

    public void Add(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        (a, b, y) = (a.Pin(), b.Pin(), y.Pin());
        Note(kernels => kernels.Add(a, b, y));
    }

    public void Subtract(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        (a, b, y) = (a.Pin(), b.Pin(), y.Pin());
        Note(kernels => kernels.Subtract(a, b, y));
    }

    public void Multiply(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, WriteMode mode)
    {
        (a, b, y) = (a.Pin(), b.Pin(), y.Pin());
        Note(kernels => kernels.Multiply(a, b, y, mode));
    }

    public void Scale(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.Scale(x, alpha, y, mode));
    }

    public void Broadcast(DeviceSpan<float> s, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        (s, y) = (s.Pin(), y.Pin());
        Note(kernels => kernels.Broadcast(s, alpha, y, mode));
    }

    public void Sum(DeviceSpan<float> x, float alpha, DeviceSpan<float> y, WriteMode mode)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.Sum(x, alpha, y, mode));
    }

    public void AddBias(DeviceSpan<float> x, DeviceSpan<float> bias, DeviceSpan<float> y, int rows, int columns)
    {
        (x, bias, y) = (x.Pin(), bias.Pin(), y.Pin());
        Note(kernels => kernels.AddBias(x, bias, y, rows, columns));
    }

    public void SumRows(DeviceSpan<float> x, DeviceSpan<float> y, int rows, int columns, WriteMode mode)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.SumRows(x, y, rows, columns, mode));
    }

    public void ChannelsFirstToLast(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.ChannelsFirstToLast(x, y, n, channels, pixels, mode));
    }

    public void ChannelsLastToFirst(DeviceSpan<float> x, DeviceSpan<float> y, int n, int channels, int pixels, WriteMode mode)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.ChannelsLastToFirst(x, y, n, channels, pixels, mode));
    }

    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
        (a, b, epilogue, c) = (a.Pin(), b.Pin(), epilogue.Pin(), c.Pin());
        Note(kernels => kernels.MatMul(a, b, epilogue, c, m, n, k, transposeA, transposeB, mode));
    }

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims dims,
        WriteMode mode)
    {
        (x, w, epilogue, y) = (x.Pin(), w.Pin(), epilogue.Pin(), y.Pin());
        Note(kernels => kernels.ConvForward(x, w, epilogue, y, dims, mode));
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims dims,
        WriteMode mode)
    {
        (dy, w, epilogue, dx) = (dy.Pin(), w.Pin(), epilogue.Pin(), dx.Pin());
        Note(kernels => kernels.ConvDataGradient(dy, w, epilogue, dx, dims, mode));
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode)
    {
        (x, dy, dw) = (x.Pin(), dy.Pin(), dw.Pin());
        Note(kernels => kernels.ConvWeightGradient(x, dy, dw, dims, mode));
    }

    public void ReluForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.ReluForward(x, y));
    }

    public void ReluBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        (y, dy, dx) = (y.Pin(), dy.Pin(), dx.Pin());
        Note(kernels => kernels.ReluBackward(y, dy, dx, mode));
    }

    public void LeakyReluForward(DeviceSpan<float> x, DeviceSpan<float> y, float slope)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.LeakyReluForward(x, y, slope));
    }

    public void LeakyReluBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dx, float slope, WriteMode mode)
    {
        (x, dy, dx) = (x.Pin(), dy.Pin(), dx.Pin());
        Note(kernels => kernels.LeakyReluBackward(x, dy, dx, slope, mode));
    }

    public void TanhForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.TanhForward(x, y));
    }

    public void TanhBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        (y, dy, dx) = (y.Pin(), dy.Pin(), dx.Pin());
        Note(kernels => kernels.TanhBackward(y, dy, dx, mode));
    }

    public void SigmoidForward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.SigmoidForward(x, y));
    }

    public void SigmoidBackward(DeviceSpan<float> y, DeviceSpan<float> dy, DeviceSpan<float> dx, WriteMode mode)
    {
        (y, dy, dx) = (y.Pin(), dy.Pin(), dx.Pin());
        Note(kernels => kernels.SigmoidBackward(y, dy, dx, mode));
    }

    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope)
    {
        (x, gamma, beta, y, savedMean, savedInvStd, runningMean, runningVar, counter)
            = (x.Pin(), gamma.Pin(), beta.Pin(), y.Pin(), savedMean.Pin(), savedInvStd.Pin(), runningMean.Pin(), runningVar.Pin(),
                counter.Pin());
        Note(kernels => kernels.BatchNormForward(x, gamma, beta, y, savedMean, savedInvStd, runningMean, runningVar, counter, rows, channels,
            momentum, eps, activation, slope));
    }

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope)
    {
        (x, gamma, beta, y, savedMean, savedInvStd, runningMean, runningVar)
            = (x.Pin(), gamma.Pin(), beta.Pin(), y.Pin(), savedMean.Pin(), savedInvStd.Pin(), runningMean.Pin(), runningVar.Pin());
        Note(kernels => kernels.BatchNormInference(x, gamma, beta, y, savedMean, savedInvStd, runningMean, runningVar, rows, channels, eps,
            activation, slope));
    }

    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode, DeviceSpan<float> dgamma,
        DeviceSpan<float> dbeta, WriteMode parameterMode, int rows, int channels, bool batchStatistics, Activation activation, float slope)
    {
        (x, dy, gamma, beta, savedMean, savedInvStd, dx, dgamma, dbeta)
            = (x.Pin(), dy.Pin(), gamma.Pin(), beta.Pin(), savedMean.Pin(), savedInvStd.Pin(), dx.Pin(), dgamma.Pin(), dbeta.Pin());
        Note(kernels => kernels.BatchNormBackward(x, dy, gamma, beta, savedMean, savedInvStd, dx, dxMode, dgamma, dbeta, parameterMode, rows,
            channels, batchStatistics, activation, slope));
    }

    public void BceForward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> loss)
    {
        (p, t, loss) = (p.Pin(), t.Pin(), loss.Pin());
        Note(kernels => kernels.BceForward(p, t, loss));
    }

    public void BceBackward(DeviceSpan<float> p, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dp, WriteMode mode)
    {
        (p, t, dloss, dp) = (p.Pin(), t.Pin(), dloss.Pin(), dp.Pin());
        Note(kernels => kernels.BceBackward(p, t, dloss, dp, mode));
    }

    public void BceWithLogitsForward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> loss, DeviceSpan<float> probability)
    {
        (z, t, loss, probability) = (z.Pin(), t.Pin(), loss.Pin(), probability.Pin());
        Note(kernels => kernels.BceWithLogitsForward(z, t, loss, probability));
    }

    public void BceWithLogitsBackward(DeviceSpan<float> z, DeviceSpan<float> t, DeviceSpan<float> dloss, DeviceSpan<float> dz,
        WriteMode mode)
    {
        (z, t, dloss, dz) = (z.Pin(), t.Pin(), dloss.Pin(), dz.Pin());
        Note(kernels => kernels.BceWithLogitsBackward(z, t, dloss, dz, mode));
    }

    public void AdvanceState(DeviceSpan<uint> state, StepField field, uint amount, WriteMode mode)
    {
        state = state.Pin();
        Note(kernels => kernels.AdvanceState(state, field, amount, mode));
    }

    public void CheckFinite(FiniteCheck[] checks, DeviceSpan<uint> step)
    {
        FiniteCheck[] pinned = Array.ConvertAll(checks, static c => c with { X = c.X.Pin() });
        step = step.Pin();
        Note(kernels => kernels.CheckFinite(pinned, step));
    }

    public void Adam(DeviceSpan<float> w, DeviceSpan<float> g, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<double> state, DeviceSpan<uint> step)
    {
        (w, g, m, v, state, step) = (w.Pin(), g.Pin(), m.Pin(), v.Pin(), state.Pin(), step.Pin());
        Note(kernels => kernels.Adam(w, g, m, v, state, step));
    }

    public void PhiloxUniform(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float low, float high)
    {
        (y, state) = (y.Pin(), state.Pin());
        Note(kernels => kernels.PhiloxUniform(y, rows, columns, state, seed, stream, draw, low, high));
    }

    public void PhiloxNormal(DeviceSpan<float> y, int rows, int columns, DeviceSpan<uint> state, ulong seed, RandomStream stream,
        int draw, float mean, float std)
    {
        (y, state) = (y.Pin(), state.Pin());
        Note(kernels => kernels.PhiloxNormal(y, rows, columns, state, seed, stream, draw, mean, std));
    }

    public void GatherNormalize(DeviceSpan<byte> images, int count, int elements, DeviceSpan<float> y, int rows, DeviceSpan<uint> state,
        ulong seed, bool shuffle, float mean, float std)
    {
        (images, y, state) = (images.Pin(), y.Pin(), state.Pin());
        Note(kernels => kernels.GatherNormalize(images, count, elements, y, rows, state, seed, shuffle, mean, std));
    }

    public void TakeRows(DeviceSpan<float> x, int count, int columns, DeviceSpan<float> y, int rows, DeviceSpan<uint> state)
    {
        (x, y, state) = (x.Pin(), y.Pin(), state.Pin());
        Note(kernels => kernels.TakeRows(x, count, columns, y, rows, state));
    }

    public void RecordMetrics(DeviceSpan<float> values, DeviceSpan<float> ring, int slots, int width, DeviceSpan<uint> state)
    {
        (values, ring, state) = (values.Pin(), ring.Pin(), state.Pin());
        Note(kernels => kernels.RecordMetrics(values, ring, slots, width, state));
    }

    public void Norm(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        (x, y) = (x.Pin(), y.Pin());
        Note(kernels => kernels.Norm(x, y));
    }

    public void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        (a, b, y) = (a.Pin(), b.Pin(), y.Pin());
        Note(kernels => kernels.Dot(a, b, y));
    }

    public void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm)
    {
        (x, norm) = (x.Pin(), norm.Pin());
        Note(kernels => kernels.ClipByNorm(x, norm, maxNorm));
    }

    public void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y)
    {
        (x, s, y) = (x.Pin(), s.Pin(), y.Pin());
        Note(kernels => kernels.DivideBy(x, s, least, y));
    }

    public void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot,
        DeviceSpan<float> sigma, DeviceSpan<float> dw, int rows, int columns, WriteMode mode)
    {
        (dy, u, v, dot, sigma, dw) = (dy.Pin(), u.Pin(), v.Pin(), dot.Pin(), sigma.Pin(), dw.Pin());
        Note(kernels => kernels.SpectralNormBackward(dy, u, v, dot, sigma, dw, rows, columns, mode));
    }

    public void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state)
    {
        (x, average, state) = (x.Pin(), average.Pin(), state.Pin());
        Note(kernels => kernels.ExponentialAverage(x, average, decay, state));
    }

    public void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state)
    {
        (x, noise, y, state) = (x.Pin(), noise.Pin(), y.Pin(), state.Pin());
        Note(kernels => kernels.AddDecayedNoise(x, noise, y, std, steps, state));
    }

    public void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output)
    {
        (z, loss, output) = (z.Pin(), loss.Pin(), output.Pin());
        Note(kernels => kernels.LogitLossForward(z, kind, target, loss, output));
    }

    public void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode)
    {
        (z, dloss, dz) = (z.Pin(), dloss.Pin(), dz.Pin());
        Note(kernels => kernels.LogitLossBackward(z, kind, target, dloss, dz, mode));
    }

    private void Note(Action<IKernels> call)
    {
        calls.Add(call);
        call(inner);
    }
}
