using System.Runtime.InteropServices;

namespace Gan.Kernels;

/// <summary>
/// Geometry of a 2-D convolution with square kernel, shared by shape checks, every backend and the tests. Named from the convolution's
/// side: its input is (N, Cin, H, W), its weight (Cout, Cin, Kernel, Kernel), its output (N, Cout, OutH, OutW). A transposed convolution is the same
/// geometry run backwards: it reads (N, Cout, OutH, OutW) and writes (N, Cin, H, W); its PyTorch weight (in, out, K, K) is this weight
/// unchanged. Storage is channels-last: input [N][H][W][Cin], weight [Cout][Kernel][Kernel][Cin], output [N][OutH][OutW][Cout].
/// </summary>
/// <param name="N">Batch.</param>
/// <param name="Cin">Channels of the convolution's input.</param>
/// <param name="H">Height of the convolution's input, pixels.</param>
/// <param name="W">Width of the convolution's input, pixels.</param>
/// <param name="Cout">Channels of the convolution's output.</param>
/// <param name="OutH">Height of the convolution's output, pixels.</param>
/// <param name="OutW">Width of the convolution's output, pixels.</param>
/// <param name="Kernel">Side of the square kernel.</param>
/// <param name="Stride">Step between patches.</param>
/// <param name="Padding">Zeros added on each side.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ConvDims(int N, int Cin, int H, int W, int Cout, int OutH, int OutW, int Kernel, int Stride, int Padding)
{
    /// <summary>Geometry of Conv2d: o = floor((i + 2p - k) / s) + 1 (Dumoulin and Visin 2016, relationship 6).</summary>
    /// <exception cref="ArgumentException">A size is not positive or the kernel is larger than the padded input.</exception>
    public static ConvDims Conv(int n, int cin, int h, int w, int cout, int kernel, int stride, int padding)
    {
        Check("Conv2d", cin, cout, kernel, stride, padding);
        if (h + 2 * padding < kernel || w + 2 * padding < kernel)
        {
            throw new ArgumentException($"Conv2d: kernel {kernel} is larger than the padded input {h + 2 * padding}x{w + 2 * padding}; "
                + "pad more or use a smaller kernel.");
        }
        return new(n, cin, h, w, cout, (h + 2 * padding - kernel) / stride + 1, (w + 2 * padding - kernel) / stride + 1, kernel, stride, padding);
    }

    /// <summary>
    /// Geometry of ConvTranspose2d: o = s(i - 1) - 2p + k + outputPadding. <paramref name="cin"/>, <paramref name="h"/>,
    /// <paramref name="w"/> are the layer's input, which is the convolution's output.
    /// </summary>
    /// <exception cref="ArgumentException">A size is not positive, the output would be empty, or outputPadding is not below the stride.</exception>
    public static ConvDims Transposed(int n, int cin, int h, int w, int cout, int kernel, int stride, int padding, int outputPadding = 0)
    {
        Check("ConvTranspose2d", cin, cout, kernel, stride, padding);
        if (outputPadding < 0 || outputPadding >= stride)
        {
            throw new ArgumentException($"ConvTranspose2d: output_padding {outputPadding} must be at least 0 and smaller than the stride {stride}.");
        }
        int oh = stride * (h - 1) - 2 * padding + kernel + outputPadding;
        int ow = stride * (w - 1) - 2 * padding + kernel + outputPadding;
        if (h < 1 || w < 1 || oh < 1 || ow < 1)
        {
            throw new ArgumentException($"ConvTranspose2d: input {h}x{w} with kernel {kernel}, stride {stride}, padding {padding} gives an "
                + $"output of {oh}x{ow}; use less padding.");
        }
        return new(n, cout, oh, ow, cin, h, w, kernel, stride, padding);
    }

    /// <summary>Elements of the convolution's input.</summary>
    public long InputLength => (long)N * H * W * Cin;

    /// <summary>Elements of the weight.</summary>
    public long WeightLength => (long)Cout * Kernel * Kernel * Cin;

    /// <summary>Elements of the convolution's output.</summary>
    public long OutputLength => (long)N * OutH * OutW * Cout;

    /// <summary>Textbook floating-point operations of any of the three kernels, padding included: 2 N OutH OutW Cout Cin K K.</summary>
    public long Operations => 2L * N * OutH * OutW * Cout * Cin * Kernel * Kernel;

    private static void Check(string op, int cin, int cout, int kernel, int stride, int padding)
    {
        if (cin < 1 || cout < 1 || kernel < 1 || stride < 1 || padding < 0)
        {
            throw new ArgumentException($"{op}: in_channels {cin}, out_channels {cout}, kernel_size {kernel} and stride {stride} must be at "
                + $"least 1, padding {padding} at least 0.");
        }
    }
}
