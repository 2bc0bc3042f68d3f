using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cuda.Launch;

internal sealed partial class CudaKernels
{
    /// <summary>Coordinates, padding included, travel in 16 bits inside the kernels.</summary>
    private const int MostPixels = short.MaxValue;

    /// <summary>Sub-pixel phases are the grid's z, at most 65535.</summary>
    private const int MostStride = 255;

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims dims, WriteMode mode)
    {
        ConvDims d = Checked(dims);
        (x, w) = (Exactly(x, d.InputLength), Exactly(w, d.WeightLength));
        (epilogue, y) = (Fitting(epilogue, mode, d.OutputLength, d.Cout), Exactly(y, d.OutputLength));
        if (y.Length == 0)
        {
            return;
        }
        if (AsMatrices(d, out int rows, out int columns))
        {
            Multiply(x, w, epilogue, y, rows, d.Cout, columns, false, true, d.Cout, mode);
            return;
        }
        int m = d.N * d.OutH * d.OutW, k = d.Kernel * d.Kernel * d.Cin;
        ProductSizes sizes = new(m, d.Cout, k, 1, (int)y.Length, d.Cin % 4 == 0 && Aligned16(x), k % 4 == 0 && Aligned16(w));
        Product(ProductFamily.ConvForward, sizes, x, w, epilogue, y, d.Cout, mode, (ref KernelParameters parameters, ProductTiling tiling) =>
            parameters.AddStruct(Shape(d, StepOrder.OfKernel(d, Context.Precision), tiling)));
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims dims,
        WriteMode mode)
    {
        ConvDims d = Checked(dims);
        (dy, w) = (Exactly(dy, d.OutputLength), Exactly(w, d.WeightLength));
        (epilogue, dx) = (Fitting(epilogue, mode, d.InputLength, d.Cin), Exactly(dx, d.InputLength));
        if (dx.Length == 0)
        {
            return;
        }
        if (AsMatrices(d, out int rows, out int columns))
        {
            Multiply(dy, w, epilogue, dx, rows, columns, d.Cout, false, false, d.Cin, mode);
            return;
        }
        int mostTaps = Cuts(d.Kernel, d.Stride), m = d.N * Cuts(d.H, d.Stride) * Cuts(d.W, d.Stride), k = mostTaps * mostTaps * d.Cout;
        ProductSizes sizes = new(m, d.Cin, k, d.Stride * d.Stride, (int)dx.Length, d.Cout % 4 == 0 && Aligned16(dy), d.Cin % 4 == 0 && Aligned16(w));
        Product(ProductFamily.ConvDataGradient, sizes, dy, w, epilogue, dx, d.Cin, mode, (ref KernelParameters parameters, ProductTiling tiling) =>
            parameters.AddStruct(Shape(d, StepOrder.OfPhase(d, Context.Precision), tiling)));
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode)
    {
        ConvDims d = Checked(dims);
        (x, dy, dw) = (Exactly(x, d.InputLength), Exactly(dy, d.OutputLength), Exactly(dw, d.WeightLength));
        if (AsMatrices(d, out int rows, out int columns))
        {
            Multiply(dy, x, default, dw, d.Cout, columns, rows, true, false, columns, mode);
            return;
        }
        int n = d.Kernel * d.Kernel * d.Cin, k = d.N * d.OutH * d.OutW;
        ProductSizes sizes = new(d.Cout, n, k, 1, (int)dw.Length, d.Cout % 4 == 0 && Aligned16(dy), d.Cin % 4 == 0 && Aligned16(x));
        Product(ProductFamily.ConvWeightGradient, sizes, x, dy, default, dw, n, mode, (ref KernelParameters parameters, ProductTiling tiling) =>
            parameters.AddStruct(Shape(d, StepOrder.OfKernel(d, Context.Precision), tiling)));
    }

    private static ConvolutionShape Shape(in ConvDims d, StepOrder order, ProductTiling tiling) => new(d, order, new(d.OutW), new(d.OutH), tiling);

    /// <summary>
    /// Whether the convolution is a plain matrix product x [rows, columns] w [cout, columns]^T: the kernel covers the whole picture (DCGAN between
    /// 1x1 and 4x4), or a single pixel at a time. Then no tap is ever outside and nothing has to be gathered; the data gradient of the first would
    /// otherwise sum one tap of value and fifteen outside for every pixel.
    /// </summary>
    private static bool AsMatrices(in ConvDims d, out int rows, out int columns)
    {
        bool whole = d.Padding == 0 && d.OutH == 1 && d.OutW == 1 && d.H == d.Kernel && d.W == d.Kernel;
        bool pixels = d.Kernel == 1 && d.Stride == 1 && d.Padding == 0;
        (rows, columns) = whole ? (d.N, d.Kernel * d.Kernel * d.Cin) : (d.N * d.OutH * d.OutW, d.Cin);
        return whole || pixels;
    }

    /// <summary>The dimensions, when the kernels can index with them.</summary>
    private static ConvDims Checked(in ConvDims d, [CallerMemberName] string kernel = "")
    {
        CheckIndexable(kernel, d.InputLength, d.OutputLength, d.WeightLength);
        if ((long)Math.Max(d.H, d.W) + d.Padding > MostPixels || (long)Math.Max(d.OutH, d.OutW) + d.Padding > MostPixels || d.Kernel > MostPixels)
        {
            throw new ArgumentException($"{kernel}: {d} is too large for a CUDA device, whose kernels take pictures and kernels of up to "
                + $"{MostPixels} pixels a side, padding included. Cut the picture up.");
        }
        if (d.Stride > MostStride)
        {
            throw new ArgumentException($"{kernel}: stride {d.Stride} is above {MostStride}, the largest that a CUDA device takes.");
        }
        return d;
    }

    private static int Cuts(int length, int size) => (length + size - 1) / size;
}
