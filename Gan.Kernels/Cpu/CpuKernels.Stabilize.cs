namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void Norm(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        float* px = Pointer(x, x.Length);
        *AtLeast(y, 1) = (float)Math.Sqrt(Total(new ProductTerm(px, px), x.Length));
    }

    public void Dot(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y) =>
        *AtLeast(y, 1) = (float)Total(new ProductTerm(Pointer(a, a.Length), Pointer(b, a.Length)), a.Length);

    public void ClipByNorm(DeviceSpan<float> x, DeviceSpan<float> norm, float maxNorm)
    {
        float scale = maxNorm / (*AtLeast(norm, 1) + 1e-6f);
        if (scale < 1)
        {
            ForEach(new ScaleOp(Pointer(x, x.Length), scale, To(x, x.Length)), x.Length);
        }
    }

    public void DivideBy(DeviceSpan<float> x, DeviceSpan<float> s, float least, DeviceSpan<float> y)
    {
        long n = y.Length;
        float divisor = *AtLeast(s, 1);
        ForEach(new DivideOp(Pointer(x, n), divisor < least ? least : divisor, Pointer(y, n)), n);
    }

    public void SpectralNormBackward(DeviceSpan<float> dy, DeviceSpan<float> u, DeviceSpan<float> v, DeviceSpan<float> dot, DeviceSpan<float> sigma,
        DeviceSpan<float> dw, int rows, int columns, WriteMode mode)
    {
        long n = Elements(rows, columns);
        float* pdy = Pointer(dy, n), pu = Pointer(u, rows), pv = Pointer(v, columns);
        float d = *AtLeast(dot, 1), s = *AtLeast(sigma, 1);
        Output target = To(dw, n, mode, rowLength: 1);
        for (int r = 0; r < rows; r++)
        {
            long row = (long)r * columns;
            ForEach(new SpectralNormBackwardOp(pdy + row, pv, d * pu[r], s, target, row), columns);
        }
    }

    public void ExponentialAverage(DeviceSpan<float> x, DeviceSpan<float> average, float decay, DeviceSpan<uint> state)
    {
        long n = average.Length;
        float* px = Pointer(x, n), pa = Pointer(average, n);
        uint* words = AtLeast(state, StepState.Length);
        if (words[(int)StepField.FaultStep] != 0)
        {
            return;
        }
        if (words[(int)StepField.Step] == 0)
        {
            Copy(x, average);
            return;
        }
        ForEach(new AverageOp(px, pa, decay, 1 - decay), n);
    }

    public void AddDecayedNoise(DeviceSpan<float> x, DeviceSpan<float> noise, DeviceSpan<float> y, float std, uint steps, DeviceSpan<uint> state)
    {
        long n = y.Length;
        uint step = AtLeast(state, StepState.Length)[(int)StepField.Step];
        // exact integers up to 2^24; beyond, a rounding that no run notices
        float scale = step >= steps ? 0 : std * ((float)(steps - step) / steps);
        ForEach(new AddScaledOp(Pointer(x, n), Pointer(noise, n), scale, Pointer(y, n)), n);
    }

    public void LogitLossForward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> loss, DeviceSpan<float> output)
    {
        long n = z.Length;
        if (n == 0)
        {
            return;
        }
        float* pz = Pointer(z, n);
        *AtLeast(loss, 1) = (float)(Total(new LogitLossTerm(pz, kind, target), n) / n);
        if (!output.IsEmpty)
        {
            *AtLeast(output, 1) = (float)((kind == LogitLoss.LeastSquares ? Total(new LoadTerm(pz), n) : Total(new SigmoidTerm(pz), n)) / n);
        }
    }

    public void LogitLossBackward(DeviceSpan<float> z, LogitLoss kind, float target, DeviceSpan<float> dloss, DeviceSpan<float> dz, WriteMode mode)
    {
        long n = z.Length;
        if (n > 0)
        {
            ForEach(new LogitLossBackwardOp(Pointer(z, n), kind, target, *AtLeast(dloss, 1) / n, To(dz, n, mode)), n);
        }
    }
}
