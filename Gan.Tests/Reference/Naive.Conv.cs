namespace Gan.Tests.Reference;

/// <summary>
/// Slow, obviously right double-precision code, straight from the definitions, in PyTorch's layouts. Shares nothing with the fast paths: it is what
/// they are measured against. One file a family.
/// </summary>
internal static partial class Naive
{
    /// <summary>x (N, in, H, W), weight (out, in, K, K), bias (out): each output gathers the patch it sees.</summary>
    public static NdArray Conv2d(NdArray x, NdArray weight, NdArray? bias, int stride, int padding)
    {
        (int batch, int cin, int height, int width) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        (int cout, int k) = (weight.Shape[0], weight.Shape[2]);
        var y = new NdArray(batch, cout, (height + 2 * padding - k) / stride + 1, (width + 2 * padding - k) / stride + 1);
        for (int n = 0; n < batch; n++)
        {
            for (int co = 0; co < cout; co++)
            {
                for (int oh = 0; oh < y.Shape[2]; oh++)
                {
                    for (int ow = 0; ow < y.Shape[3]; ow++)
                    {
                        double sum = bias?.Data[co] ?? 0;
                        for (int ci = 0; ci < cin; ci++)
                        {
                            for (int kh = 0; kh < k; kh++)
                            {
                                for (int kw = 0; kw < k; kw++)
                                {
                                    int h = oh * stride - padding + kh, w = ow * stride - padding + kw;
                                    if (h >= 0 && h < height && w >= 0 && w < width)
                                    {
                                        sum += x[n, ci, h, w] * weight[co, ci, kh, kw];
                                    }
                                }
                            }
                        }
                        y[n, co, oh, ow] = sum;
                    }
                }
            }
        }
        return y;
    }

    /// <summary>x (N, in, H, W), weight (in, out, K, K), bias (out): each input scatters the kernel, scaled, onto the output.</summary>
    public static NdArray ConvTranspose2d(NdArray x, NdArray weight, NdArray? bias, int stride, int padding, int outputPadding)
    {
        (int batch, int cin, int height, int width) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        (int cout, int k) = (weight.Shape[1], weight.Shape[2]);
        var y = new NdArray(batch, cout, stride * (height - 1) - 2 * padding + k + outputPadding, stride * (width - 1) - 2 * padding + k + outputPadding);
        for (int n = 0; n < batch; n++)
        {
            for (int co = 0; co < cout; co++)
            {
                for (int oh = 0; oh < y.Shape[2]; oh++)
                {
                    for (int ow = 0; ow < y.Shape[3]; ow++)
                    {
                        y[n, co, oh, ow] = bias?.Data[co] ?? 0;
                    }
                }
                for (int ci = 0; ci < cin; ci++)
                {
                    for (int h = 0; h < height; h++)
                    {
                        for (int w = 0; w < width; w++)
                        {
                            for (int kh = 0; kh < k; kh++)
                            {
                                for (int kw = 0; kw < k; kw++)
                                {
                                    int oh = h * stride - padding + kh, ow = w * stride - padding + kw;
                                    if (oh >= 0 && oh < y.Shape[2] && ow >= 0 && ow < y.Shape[3])
                                    {
                                        y[n, co, oh, ow] += x[n, ci, h, w] * weight[ci, co, kh, kw];
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return y;
    }
}
