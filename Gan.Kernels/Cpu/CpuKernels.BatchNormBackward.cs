namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode,
        DeviceSpan<float> dgamma, DeviceSpan<float> dbeta, WriteMode parameterMode,
        int rows, int channels, bool batchStatistics, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        NormPointers p = new(Pointer(x, n), Pointer(dy, n), Pointer(gamma, channels), Pointer(beta, channels),
            Pointer(savedMean, channels), Pointer(savedInvStd, channels));
        NormGradients d = new(Optional(dx, n), Optional(dgamma, channels), Optional(dbeta, channels), dxMode,
            parameterMode == WriteMode.Add);
        if (n == 0 || (d.X == null && d.Gamma == null && d.Beta == null))
        {
            return;
        }
        RowBlocks blocks = new(rows, channels);
        switch (activation)
        {
            case Activation.Relu:
                Backward(p, d, blocks, batchStatistics, default(FusedRelu));
                break;
            case Activation.LeakyRelu:
                Backward(p, d, blocks, batchStatistics, new FusedLeakyRelu(slope));
                break;
            default:
                Backward(p, d, blocks, batchStatistics, default(FusedIdentity));
                break;
        }
    }

    private void Backward<TActivation>(NormPointers p, NormGradients d, RowBlocks blocks, bool batchStatistics, TActivation f)
        where TActivation : struct, IFusedActivation
    {
        int channels = blocks.Columns;
        lock (_scratch.Lock)
        {
            float* scale = _scratch.Take<float>((3L + 2L * blocks.Count) * channels);
            float* slopes = scale + channels, offsets = slopes + channels, partials = offsets + channels;
            p.StoreScale(scale, channels);
            new Span<float>(slopes, 2 * channels).Clear();
            bool dxNeedsSums = batchStatistics && d.X != null;
            if (dxNeedsSums || d.Gamma != null || d.Beta != null)
            {
                Launch(new BatchNormBackwardSums<TActivation>(p.X, p.Y, p.Mean, scale, p.Beta, f, partials, blocks), blocks.Count);
                Launch(new CombineBackwardSums(partials, blocks, p.InvStd, scale, d, batchStatistics ? slopes : null, offsets),
                    CombineBackwardSums.Parts(channels));
            }
            if (d.X != null)
            {
                Output dx = new(d.X, (long)blocks.Rows * channels, d.XMode, channels);
                BatchNormBackwardOp<TActivation> op = new(p.X, p.Y, dx, p.Mean, scale, p.Beta, slopes, offsets, f);
                Launch(new RowwiseWork<BatchNormBackwardOp<TActivation>>(op, blocks), blocks.Count);
            }
        }
    }
}

/// <summary>Where the gradients go; null where not wanted.</summary>
internal readonly unsafe struct NormGradients(float* x, float* gamma, float* beta, WriteMode xMode, bool addParameters)
{
    public readonly float* X = x, Gamma = gamma, Beta = beta;
    public readonly WriteMode XMode = xMode;
    public readonly bool AddParameters = addParameters;
}

/// <summary>
/// Adds up the blocks' sums of g and g (x - mean) in order, in double; writes the parameters' gradients and, unless slopes is null, the two
/// coefficients of dx.
/// </summary>
internal readonly unsafe struct CombineBackwardSums(float* partials, RowBlocks blocks, float* invStd, float* scale, NormGradients d,
    float* slopes, float* offsets) : IVectorWork
{
    private const int ChannelsPerPart = 64;

    public static int Parts(int channels) => (channels + ChannelsPerPart - 1) / ChannelsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        for (int c = part * ChannelsPerPart; c < Math.Min(blocks.Columns, (part + 1) * ChannelsPerPart); c++)
        {
            double sum = 0, sumXhat = 0;
            for (int b = 0; b < blocks.Count; b++)
            {
                float* p = partials + 2L * b * blocks.Columns + c;
                sum += p[0];
                sumXhat += p[blocks.Columns];
            }
            sumXhat *= invStd[c];
            Store(d.Beta, c, sum);
            Store(d.Gamma, c, sumXhat);
            if (slopes != null)
            {
                slopes[c] = (float)(-(double)scale[c] * invStd[c] * sumXhat / blocks.Rows);
                offsets[c] = (float)(-scale[c] * sum / blocks.Rows);
            }
        }
    }

    private void Store(float* to, int c, double value)
    {
        if (to != null)
        {
            to[c] = d.AddParameters ? to[c] + (float)value : (float)value;
        }
    }
}
