using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>
/// Entry points of the CPU's matrix products and convolutions on raw pointers, with the meaning of the methods of the same name in
/// <see cref="IKernels"/>. Each chooses the vector width; widths other than the default are for tests and measurements.
/// </summary>
internal static unsafe class CpuGemm
{
    /// <inheritdoc cref="IKernels.MatMul"/>
    public static void MatMul(WorkerPool pool, float* a, float* b, float* bias, float* c, int m, int n, int k, bool transposeA,
        bool transposeB, WriteMode mode, GemmWidth? width = null)
    {
        switch (width ?? GemmWidths.Default)
        {
            case GemmWidth.Bits512:
                MatrixProduct<Ops512, Vector512<float>>.Run(pool, a, b, bias, c, m, n, k, transposeA, transposeB, mode);
                break;
            case GemmWidth.Bits256:
                MatrixProduct<Ops256, Vector256<float>>.Run(pool, a, b, bias, c, m, n, k, transposeA, transposeB, mode);
                break;
            case GemmWidth.Bits128:
                MatrixProduct<Ops128, Vector128<float>>.Run(pool, a, b, bias, c, m, n, k, transposeA, transposeB, mode);
                break;
            default:
                MatrixProduct<Ops1, float>.Run(pool, a, b, bias, c, m, n, k, transposeA, transposeB, mode);
                break;
        }
    }

    /// <inheritdoc cref="IKernels.ConvForward"/>
    public static void ConvForward(WorkerPool pool, float* x, float* w, float* bias, float* y, ConvDims d, WriteMode mode,
        GemmWidth? width = null)
    {
        if (IsMatrix(d, out int rows))
        {
            MatMul(pool, x, w, bias, y, rows, d.Cout, d.Kernel * d.Kernel * d.Cin, false, true, mode, width);
            return;
        }
        Windowed(pool, x, w, bias, y, d, false, mode, width ?? GemmWidths.Default);
    }

    /// <inheritdoc cref="IKernels.ConvDataGradient"/>
    public static void ConvDataGradient(WorkerPool pool, float* dy, float* w, float* bias, float* dx, ConvDims d, WriteMode mode,
        GemmWidth? width = null)
    {
        if (IsMatrix(d, out int rows) && (bias == null || d.Kernel == 1))
        {
            MatMul(pool, dy, w, bias, dx, rows, d.Kernel * d.Kernel * d.Cin, d.Cout, false, false, mode, width);
            return;
        }
        Windowed(pool, dy, w, bias, dx, d, true, mode, width ?? GemmWidths.Default);
    }

    /// <inheritdoc cref="IKernels.ConvWeightGradient"/>
    public static void ConvWeightGradient(WorkerPool pool, float* x, float* dy, float* dw, ConvDims d, WriteMode mode, GemmWidth? width = null)
    {
        if (IsMatrix(d, out int rows))
        {
            MatMul(pool, dy, x, null, dw, d.Cout, d.Kernel * d.Kernel * d.Cin, rows, true, false, mode, width);
            return;
        }
        switch (width ?? GemmWidths.Default)
        {
            case GemmWidth.Bits512:
                Convolution<Ops512, Vector512<float>>.WeightGradient(pool, x, dy, dw, d, mode);
                break;
            case GemmWidth.Bits256:
                Convolution<Ops256, Vector256<float>>.WeightGradient(pool, x, dy, dw, d, mode);
                break;
            case GemmWidth.Bits128:
                Convolution<Ops128, Vector128<float>>.WeightGradient(pool, x, dy, dw, d, mode);
                break;
            default:
                Convolution<Ops1, float>.WeightGradient(pool, x, dy, dw, d, mode);
                break;
        }
    }

    private static void Windowed(WorkerPool pool, float* input, float* w, float* bias, float* output, ConvDims d, bool dataGradient, WriteMode mode,
        GemmWidth width)
    {
        switch (width)
        {
            case GemmWidth.Bits512:
                Convolution<Ops512, Vector512<float>>.Windowed(pool, input, w, bias, output, d, dataGradient, mode);
                break;
            case GemmWidth.Bits256:
                Convolution<Ops256, Vector256<float>>.Windowed(pool, input, w, bias, output, d, dataGradient, mode);
                break;
            case GemmWidth.Bits128:
                Convolution<Ops128, Vector128<float>>.Windowed(pool, input, w, bias, output, d, dataGradient, mode);
                break;
            default:
                Convolution<Ops1, float>.Windowed(pool, input, w, bias, output, d, dataGradient, mode);
                break;
        }
    }

    /// <summary>
    /// Whether the convolution is a plain matrix product: one patch that is the whole image (4x4 -> 1x1 and, backwards, 1x1 -> 4x4), or 1x1 patches
    /// of every pixel.
    /// </summary>
    private static bool IsMatrix(in ConvDims d, out int rows)
    {
        bool wholeImage = d.OutH == 1 && d.OutW == 1 && d.Padding == 0 && d.H == d.Kernel && d.W == d.Kernel;
        bool everyPixel = d.Kernel == 1 && d.Stride == 1 && d.Padding == 0 && (long)d.N * d.H * d.W <= int.MaxValue;
        rows = wholeImage ? d.N : d.N * d.H * d.W;
        return wholeImage || everyPixel;
    }
}
