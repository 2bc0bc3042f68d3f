namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> bias, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
        float* pa = (float*)a.Address, pb = (float*)b.Address, pc = (float*)c.Address, pBias = (float*)bias.Address;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = pBias == null ? 0 : pBias[j];
                for (int t = 0; t < k; t++)
                {
                    sum += (transposeA ? pa[(long)t * m + i] : pa[(long)i * k + t]) * (transposeB ? pb[(long)j * k + t] : pb[(long)t * n + j]);
                }
                pc[(long)i * n + j] = mode == WriteMode.Add ? pc[(long)i * n + j] + sum : sum;
            }
        }
    }

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> y, ConvDims d, WriteMode mode)
    {
        float* px = (float*)x.Address, pw = (float*)w.Address, py = (float*)y.Address, pBias = (float*)bias.Address;
        if (mode == WriteMode.Write)
        {
            new Span<float>(py, (int)d.OutputLength).Clear();
        }
        for (int i = 0; pBias != null && i < d.OutputLength; i++)
        {
            py[i] += pBias[i % d.Cout];
        }
        ForEachTap(d, (xi, wi, yi, co, taps) =>
        {
            float* q = (float*)y.Address;
            q[yi] += Dot((float*)x.Address + xi, (float*)w.Address + wi, taps);
        });
        _ = px;
        _ = pw;
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> dx, ConvDims d, WriteMode mode)
    {
        float* pdx = (float*)dx.Address, pBias = (float*)bias.Address;
        if (mode == WriteMode.Write)
        {
            new Span<float>(pdx, (int)d.InputLength).Clear();
        }
        for (int i = 0; pBias != null && i < d.InputLength; i++)
        {
            pdx[i] += pBias[i % d.Cin];
        }
        ForEachTap(d, (xi, wi, yi, co, taps) =>
        {
            float* q = (float*)dx.Address + xi, pw = (float*)w.Address + wi;
            float g = ((float*)dy.Address)[yi];
            for (int c = 0; c < taps; c++)
            {
                q[c] += g * pw[c];
            }
        });
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims d, WriteMode mode)
    {
        if (mode == WriteMode.Write)
        {
            new Span<float>((float*)dw.Address, (int)d.WeightLength).Clear();
        }
        ForEachTap(d, (xi, wi, yi, co, taps) =>
        {
            float* q = (float*)dw.Address + wi, px = (float*)x.Address + xi;
            float g = ((float*)dy.Address)[yi];
            for (int c = 0; c < taps; c++)
            {
                q[c] += g * px[c];
            }
        });
    }

    private delegate void Tap(long x, long w, long y, int co, int channels);

    private static void ForEachTap(ConvDims d, Tap tap)
    {
        for (int n = 0; n < d.N; n++)
        {
            for (int oh = 0; oh < d.OutH; oh++)
            {
                for (int ow = 0; ow < d.OutW; ow++)
                {
                    for (int co = 0; co < d.Cout; co++)
                    {
                        for (int kh = 0; kh < d.Kernel; kh++)
                        {
                            for (int kw = 0; kw < d.Kernel; kw++)
                            {
                                int h = oh * d.Stride - d.Padding + kh, w = ow * d.Stride - d.Padding + kw;
                                if (h >= 0 && h < d.H && w >= 0 && w < d.W)
                                {
                                    tap((((long)n * d.H + h) * d.W + w) * d.Cin, (((long)co * d.Kernel + kh) * d.Kernel + kw) * d.Cin,
                                        (((long)n * d.OutH + oh) * d.OutW + ow) * d.Cout + co, co, d.Cin);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static float Dot(float* a, float* b, int n)
    {
        float sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
