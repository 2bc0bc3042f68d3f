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
    private const int ChannelsPerPart = 32;

    public static int Parts(int channels) => (channels + ChannelsPerPart - 1) / ChannelsPerPart;

    public void Run<TV>(int part) where TV : unmanaged, ISimd<TV>
    {
        int begin = part * ChannelsPerPart, length = Math.Min(ChannelsPerPart, blocks.Columns - begin);
        double* sum = stackalloc double[2 * ChannelsPerPart], sumXhat = sum + ChannelsPerPart;
        new Span<double>(sum, 2 * ChannelsPerPart).Clear();
        for (int b = 0; b < blocks.Count; b++)
        {
            float* p = partials + 2L * b * blocks.Columns + begin;
            for (int c = 0; c < length; c++)
            {
                sum[c] += p[c];
                sumXhat[c] += p[blocks.Columns + c];
            }
        }
        for (int i = 0; i < length; i++)
        {
            int c = begin + i;
            double total = sum[i], totalXhat = sumXhat[i] * invStd[c];
            Store(d.Beta, c, total);
            Store(d.Gamma, c, totalXhat);
            if (slopes != null)
            {
                slopes[c] = (float)(-(double)scale[c] * invStd[c] * totalXhat / blocks.Rows);
                offsets[c] = (float)(-scale[c] * total / blocks.Rows);
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
