namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        NormPointers p = new(Pointer(x, n), Pointer(y, n), Pointer(gamma, channels), Pointer(beta, channels),
            Pointer(savedMean, channels), Pointer(savedInvStd, channels));
        BatchStatisticsOutput output = new(p.Mean, p.InvStd, Pointer(runningMean, channels), Pointer(runningVar, channels), momentum, eps);
        long* count = AtLeast(counter, 1);
        if (n == 0)
        {
            return;
        }
        RowBlocks blocks = new(rows, channels);
        lock (_scratch.Lock)
        {
            float* partials = _scratch.Take<float>(3L * blocks.Count * channels);
            Launch(new BlockStatistics(p.X, partials, blocks), blocks.Count);
            Launch(new CombineStatistics(partials, blocks, output), CombineStatistics.Parts(channels));
        }
        *count += 1;
        Normalize(p, blocks, activation, slope);
    }

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        NormPointers p = new(Pointer(x, n), Pointer(y, n), Pointer(gamma, channels), Pointer(beta, channels),
            Pointer(savedMean, channels), Pointer(savedInvStd, channels));
        float* mean = Pointer(runningMean, channels), variance = Pointer(runningVar, channels);
        for (int c = 0; c < channels; c++)
        {
            p.Mean[c] = mean[c];
            p.InvStd[c] = (float)(1 / Math.Sqrt((double)variance[c] + eps));
        }
        Normalize(p, new RowBlocks(rows, channels), activation, slope);
    }

    private void Normalize(NormPointers p, RowBlocks blocks, Activation activation, float slope)
    {
        switch (activation)
        {
            case Activation.Relu:
                Normalize(p, blocks, default(FusedRelu));
                break;
            case Activation.LeakyRelu:
                Normalize(p, blocks, new FusedLeakyRelu(slope));
                break;
            default:
                Normalize(p, blocks, default(FusedIdentity));
                break;
        }
    }

    private void Normalize<TActivation>(NormPointers p, RowBlocks blocks, TActivation f) where TActivation : struct, IFusedActivation
    {
        lock (_scratch.Lock)
        {
            float* scale = _scratch.Take<float>(blocks.Columns);
            p.StoreScale(scale, blocks.Columns);
            Output y = new(p.Y, (long)blocks.Rows * blocks.Columns, WriteMode.Write, blocks.Columns);
            BatchNormForwardOp<TActivation> op = new(p.X, y, p.Mean, scale, p.Beta, f);
            Launch(new RowwiseWork<BatchNormForwardOp<TActivation>>(op, blocks), blocks.Count);
        }
    }

    /// <summary>The arguments of a normalisation as addresses; Y is the output, or dy in the backward pass.</summary>
    private readonly struct NormPointers(float* x, float* y, float* gamma, float* beta, float* mean, float* invStd)
    {
        public readonly float* X = x, Y = y, Gamma = gamma, Beta = beta, Mean = mean, InvStd = invStd;

        /// <summary>scale = gamma invStd, in float, the same in both directions.</summary>
        public void StoreScale(float* scale, int channels)
        {
            for (int c = 0; c < channels; c++)
            {
                scale[c] = Gamma[c] * InvStd[c];
            }
        }
    }
}
