namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string NormFile = "batch_norm.sm_70", NormBackwardFile = "batch_norm_backward.sm_70";

    public void BatchNormForward(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        DeviceSpan<long> counter, int rows, int channels, float momentum, float eps, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        (x, y, gamma, beta, counter) = (Exactly(x, n), Exactly(y, n), Exactly(gamma, channels), Exactly(beta, channels), AtLeast(counter, 1));
        (savedMean, savedInvStd) = (Exactly(savedMean, channels), Exactly(savedInvStd, channels));
        (runningMean, runningVar) = (Exactly(runningMean, channels), Exactly(runningVar, channels));
        if (n == 0)
        {
            return;
        }
        ColumnGrid grid = new(rows, channels);
        using (DeviceBuffer? partials = PartialsOf<float>(grid.Parts, 2L * channels))
        {
            DeviceSpan<float> moments = Span<float>(partials);
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(rows).Add(channels).Add(grid.Width).Add(grid.RowsPerPart).In(x).Add(moments);
            parameters.Add(savedMean).Add(savedInvStd).Add(runningMean).Add(runningVar).Add(momentum).Add(eps).Add(counter);
            Launch(new(NormFile, "batch_norm_statistics"), grid.ColumnBlocks, grid.Parts, parameters);
            if (grid.Parts > 1)
            {
                parameters = new(stackalloc byte[KernelParameters.Capacity]);
                parameters.Add(rows).Add(channels).Add(grid.Parts).Add(grid.RowsPerPart).In(x).In(moments);
                parameters.Add(savedMean).Add(savedInvStd).Add(runningMean).Add(runningVar).Add(momentum).Add(eps);
                Launch(new(NormFile, "batch_norm_statistics_finish"), FinishBlocks(channels), parameters);
            }
        }
        Normalize(x, gamma, beta, y, savedMean, savedInvStd, rows, channels, activation, slope);
    }

    public void BatchNormInference(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> runningMean, DeviceSpan<float> runningVar,
        int rows, int channels, float eps, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        (x, y, gamma, beta) = (Exactly(x, n), Exactly(y, n), Exactly(gamma, channels), Exactly(beta, channels));
        (savedMean, savedInvStd) = (Exactly(savedMean, channels), Exactly(savedInvStd, channels));
        (runningMean, runningVar) = (Exactly(runningMean, channels), Exactly(runningVar, channels));
        if (channels == 0)
        {
            return;
        }
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(channels).In(runningMean).In(runningVar).Add(eps).Add(savedMean).Add(savedInvStd);
        Launch(new(NormFile, "batch_norm_running"), ((long)channels + Threads - 1) / Threads, parameters);
        if (n > 0)
        {
            Normalize(x, gamma, beta, y, savedMean, savedInvStd, rows, channels, activation, slope);
        }
    }

    private void Normalize(DeviceSpan<float> x, DeviceSpan<float> gamma, DeviceSpan<float> beta, DeviceSpan<float> y, DeviceSpan<float> mean,
        DeviceSpan<float> invStd, int rows, int channels, Activation activation, float slope)
    {
        ColumnGrid grid = new(rows, channels);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        parameters.Add(rows).Add(channels).Add(grid.Width).In(x).In(gamma).In(beta).In(mean).In(invStd).Add(y).Add((int)activation).Add(slope);
        Launch(new(NormFile, "batch_norm_normalize"), grid.ColumnBlocks, grid.RowBlocks(rows, FullCard), parameters);
    }

    public void BatchNormBackward(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> gamma, DeviceSpan<float> beta,
        DeviceSpan<float> savedMean, DeviceSpan<float> savedInvStd, DeviceSpan<float> dx, WriteMode dxMode, DeviceSpan<float> dgamma,
        DeviceSpan<float> dbeta, WriteMode parameterMode, int rows, int channels, bool batchStatistics, Activation activation, float slope)
    {
        long n = Elements(rows, channels);
        (x, dy, gamma, beta) = (Exactly(x, n), Exactly(dy, n), Exactly(gamma, channels), Exactly(beta, channels));
        (savedMean, savedInvStd) = (Exactly(savedMean, channels), Exactly(savedInvStd, channels));
        (dx, dgamma, dbeta) = (Optional(dx, n), Optional(dgamma, channels), Optional(dbeta, channels));
        if (n == 0 || (dx.IsEmpty && dgamma.IsEmpty && dbeta.IsEmpty))
        {
            return;
        }
        ColumnGrid grid = new(rows, channels);
        bool dxNeedsSums = batchStatistics && !dx.IsEmpty;
        using DeviceBuffer? coefficients = dxNeedsSums ? Context.Scratch(2L * channels * sizeof(float)) : null;
        DeviceSpan<float> slopes = coefficients is null ? default : coefficients.AsSpan<float>().Slice(0, channels);
        DeviceSpan<float> offsets = coefficients is null ? default : coefficients.AsSpan<float>().Slice(channels, channels);
        if (dxNeedsSums || !dgamma.IsEmpty || !dbeta.IsEmpty)
        {
            using DeviceBuffer? partials = PartialsOf<float>(grid.Parts, 2L * channels);
            DeviceSpan<float> sums = Span<float>(partials);
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(rows).Add(channels).Add(grid.Width).Add(grid.RowsPerPart).In(x).In(dy).In(gamma).In(beta).In(savedMean).In(savedInvStd);
            parameters.Add(sums).Add(dgamma).Add(dbeta).Add(slopes).Add(offsets).Add((int)parameterMode).Add((int)activation).Add(slope);
            Launch(new(NormBackwardFile, "batch_norm_backward_sums"), grid.ColumnBlocks, grid.Parts, parameters);
            if (grid.Parts > 1)
            {
                parameters = new(stackalloc byte[KernelParameters.Capacity]);
                parameters.Add(rows).Add(channels).Add(grid.Parts).In(gamma).In(savedInvStd).In(sums);
                parameters.Add(dgamma).Add(dbeta).Add(slopes).Add(offsets).Add((int)parameterMode);
                Launch(new(NormBackwardFile, "batch_norm_backward_finish"), FinishBlocks(channels), parameters);
            }
        }
        if (!dx.IsEmpty)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(rows).Add(channels).Add(grid.Width).In(x).In(dy).In(gamma).In(beta).In(savedMean).In(savedInvStd);
            parameters.In(slopes).In(offsets).Add(dx).Add((int)dxMode).Add((int)activation).Add(slope);
            Launch(new(NormBackwardFile, "batch_norm_backward_dx"), grid.ColumnBlocks, grid.RowBlocks(rows, FullCard), parameters);
        }
    }
}
