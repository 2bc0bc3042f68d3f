namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    private const string StabilizeFile = "stabilize.sm_70";

    public void Norm(DeviceSpan<float> x, DeviceSpan<float> y) => Dot(Here(x, nameof(x), nameof(Norm)), x, AtLeast(y, 1), root: true);

    public void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) =>
        Dot(Here(a, nameof(a), nameof(Dot)), Exactly(b, a.Length), AtLeast(y, 1), root: false);

    public void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm)
    {
        long n = Here(x, nameof(x), nameof(ClipByNorm)).Length;
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "clip_by_norm"), ElementwiseBlocks(n), parameters.Add(n).Add(x).In(AtLeast(norm, 1)).Add(maxNorm));
        }
    }

    public void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y)
    {
        long n = y.Length;
        (x, y) = (Exactly(x, n), Exactly(y, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "divide_by"), ElementwiseBlocks(n), parameters.Add(n).In(x).In(AtLeast(s, 1)).Add(least).Add(y));
        }
    }

    public void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot, DeviceSpan<float> sigma,
        DeviceSpan<float> dw, int rows, int columns, WriteMode mode)
    {
        long n = Elements(rows, columns);
        (dy, u, v, dw) = (Exactly(dy, n), Exactly(u, rows), Exactly(v, columns), Exactly(dw, n));
        (dot, sigma) = (AtLeast(dot, 1), AtLeast(sigma, 1));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(n).Add(columns).In(dy).In(u).In(v).In(dot).In(sigma).Add(dw).Add((int)mode);
            Launch(new(StabilizeFile, "spectral_norm_backward"), ElementwiseBlocks(n), parameters);
        }
    }

    public void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state)
    {
        long n = average.Length;
        (x, average, state) = (Exactly(x, n), Exactly(average, n), AtLeast(state, StepState.Length));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "exponential_average"), ElementwiseBlocks(n), parameters.Add(n).In(x).Add(average).Add(decay).Add(1 - decay).In(state, StepField.Step, StepField.FaultStep));
        }
    }

    public void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state)
    {
        long n = y.Length;
        (x, noise, y, state) = (Exactly(x, n), Exactly(noise, n), Exactly(y, n), AtLeast(state, StepState.Length));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "add_decayed_noise"), ElementwiseBlocks(n), parameters.Add(n).In(x).In(noise).Add(y).Add(std).Add(steps).In(state, StepField.Step));
        }
    }

    public void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output)
    {
        long n = Here(z, nameof(z), nameof(LogitLossForward)).Length, parts = SumParts(n);
        if (n == 0)
        {
            return;
        }
        (loss, output) = (AtLeast(loss, 1), Here(output, nameof(output), nameof(LogitLossForward)));
        using DeviceBuffer? partials = PartialsOf<double>(parts, 2);
        DeviceSpan<double> sums = Span<double>(partials);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(StabilizeFile, "logit_loss_forward"), parts, parameters.Add(n).In(z).Add((int)kind).Add(target).Add(sums).Add(loss).Add(output));
        if (parts > 1)
        {
            parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "logit_loss_finish"), 1, parameters.Add(parts).Add(n).In(sums).Add(loss).Add(output));
        }
    }

    public void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode)
    {
        long n = Here(z, nameof(z), nameof(LogitLossBackward)).Length;
        (dloss, dz) = (AtLeast(dloss, 1), Exactly(dz, n));
        if (n > 0)
        {
            KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
            parameters.Add(n).In(z).Add((int)kind).Add(target).In(dloss).Add(dz).Add((int)mode);
            Launch(new(StabilizeFile, "logit_loss_backward"), ElementwiseBlocks(n), parameters);
        }
    }

    private void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y, bool root)
    {
        long n = a.Length, parts = SumParts(n);
        using DeviceBuffer? partials = PartialsOf<double>(parts, 1);
        DeviceSpan<double> sums = Span<double>(partials);
        KernelParameters parameters = new(stackalloc byte[KernelParameters.Capacity]);
        Launch(new(StabilizeFile, "dot"), parts, parameters.Add(n).In(a).In(b).Add(root ? 1 : 0).Add(sums).Add(y));
        if (parts > 1)
        {
            parameters = new(stackalloc byte[KernelParameters.Capacity]);
            Launch(new(StabilizeFile, "dot_finish"), 1, parameters.Add(parts).In(sums).Add(root ? 1 : 0).Add(y));
        }
    }
}
