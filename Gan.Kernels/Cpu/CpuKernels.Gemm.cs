using System.Runtime.CompilerServices;
using Gan.Kernels.Cpu.Gemm;

namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    private GemmWidth GemmVectors => (GemmWidth)_vectorBits;

    // An activation is a pass of its own: within the products' parts it was no faster (docs/performance.md).
    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, Epilogue epilogue, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode)
    {
        CpuGemm.MatMul(_pool, Pointer(a, Elements(m, k)), Pointer(b, Elements(k, n)), Bias(epilogue, mode, c.Length, n), Pointer(c, Elements(m, n)), m, n, k,
            transposeA, transposeB, mode, GemmVectors);
        epilogue.Apply(this, c, c);
    }

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> y, ConvDims dims, WriteMode mode)
    {
        CpuGemm.ConvForward(_pool, Pointer(x, dims.InputLength), Pointer(w, dims.WeightLength), Bias(epilogue, mode, y.Length, dims.Cout),
            Pointer(y, dims.OutputLength), dims, mode, GemmVectors);
        epilogue.Apply(this, y, y);
    }

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, Epilogue epilogue, DeviceSpan<float> dx, ConvDims dims, WriteMode mode)
    {
        CpuGemm.ConvDataGradient(_pool, Pointer(dy, dims.OutputLength), Pointer(w, dims.WeightLength), Bias(epilogue, mode, dx.Length, dims.Cin),
            Pointer(dx, dims.InputLength), dims, mode, GemmVectors);
        epilogue.Apply(this, dx, dx);
    }

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode) =>
        CpuGemm.ConvWeightGradient(_pool, Pointer(x, dims.InputLength), Pointer(dy, dims.OutputLength), Pointer(dw, dims.WeightLength), dims, mode,
            GemmVectors);

    private static float* Bias(Epilogue epilogue, WriteMode mode, long outputLength, int length, [CallerMemberName] string kernel = "") =>
        Optional(epilogue.BiasFor(mode, outputLength, kernel), length, "bias", kernel);
}
