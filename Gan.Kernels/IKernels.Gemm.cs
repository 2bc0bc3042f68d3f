namespace Gan.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// c[m, n] (+)= op(a)[m, k] * op(b)[k, n] + bias[n], row-major. op is transposition where asked: a is stored [k, m] when
    /// <paramref name="transposeA"/>, b is stored [n, k] when <paramref name="transposeB"/>. <paramref name="bias"/> is optional.
    /// k = 0 writes the bias or zero.
    /// </summary>
    void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> bias, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode);

    /// <summary>
    /// Convolution (cross-correlation, as PyTorch): y[n, oh, ow, co] = bias[co] + sum over kh, kw, ci of
    /// x[n, oh s - p + kh, ow s - p + kw, ci] * w[co, kh, kw, ci]. Also the data gradient of a transposed convolution (then with
    /// <see cref="WriteMode.Add"/> where gradients accumulate). <paramref name="bias"/> is optional, length Cout.
    /// </summary>
    void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> y, ConvDims dims, WriteMode mode);

    /// <summary>
    /// Data gradient of a convolution, which is the forward pass of a transposed one: dx[n, h, w, ci] (+)= bias[ci] + sum over all
    /// (oh, ow, kh, kw) with oh s - p + kh = h, ow s - p + kw = w, and co, of dy[n, oh, ow, co] * w[co, kh, kw, ci]. Every element of dx is written,
    /// also where no patch reaches. Computed by the stride's sub-pixel phases, so no zero is multiplied. <paramref name="bias"/> is optional, length Cin.
    /// </summary>
    void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> dx, ConvDims dims, WriteMode mode);

    /// <summary>
    /// Weight gradient of a convolution (of a transposed one with x and dy exchanged by the caller):
    /// dw[co, kh, kw, ci] (+)= sum over n, oh, ow of dy[n, oh, ow, co] * x[n, oh s - p + kh, ow s - p + kw, ci].
    /// </summary>
    void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode);
}
