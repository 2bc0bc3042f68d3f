namespace Gan.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// c[m, n] (+)= f(op(a)[m, k] * op(b)[k, n] + bias[n]), row-major, bias and f from the <paramref name="epilogue"/>. op is transposition where asked: a is stored [k, m] when
    /// <paramref name="transposeA"/>, b is stored [n, k] when <paramref name="transposeB"/>. Where results are added, f must be the identity.
    /// k = 0 writes f of the bias or zero.
    /// </summary>
    void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode);

    /// <summary>
    /// Convolution (cross-correlation, as PyTorch): y[n, oh, ow, co] (+)= f(bias[co] + sum over kh, kw, ci of
    /// x[n, oh s - p + kh, ow s - p + kw, ci] * w[co, kh, kw, ci]). Also the data gradient of a transposed convolution (then with
    /// <see cref="WriteMode.Add"/> where gradients accumulate; then f must be the identity). The <paramref name="epilogue"/>'s bias is optional, length Cout.
    /// </summary>
    void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims dims, WriteMode mode);

    /// <summary>
    /// Data gradient of a convolution, which is the forward pass of a transposed one: dx[n, h, w, ci] (+)= f(bias[ci] + sum over all
    /// (oh, ow, kh, kw) with oh s - p + kh = h, ow s - p + kw = w, and co, of dy[n, oh, ow, co] * w[co, kh, kw, ci]). Every element of dx is written,
    /// also where no patch reaches. Computed by the stride's sub-pixel phases, so no zero is multiplied. The <paramref name="epilogue"/>'s bias is optional, length Cin.
    /// </summary>
    void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims dims, WriteMode mode);

    /// <summary>
    /// Weight gradient of a convolution (of a transposed one with x and dy exchanged by the caller):
    /// dw[co, kh, kw, ci] (+)= sum over n, oh, ow of dy[n, oh, ow, co] * x[n, oh s - p + kh, ow s - p + kw, ci].
    /// </summary>
    void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode);
}
