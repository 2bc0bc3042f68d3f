using Gan.Kernels.Cpu.Gemm;

namespace Gan.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels
{
    private GemmWidth GemmVectors => (GemmWidth)_vectorBits;

    public void MatMul(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> bias, DeviceSpan<float> c, int m, int n, int k,
        bool transposeA, bool transposeB, WriteMode mode) =>
        CpuGemm.MatMul(_pool, Pointer(a, Elements(m, k)), Pointer(b, Elements(k, n)), Optional(bias, n), Pointer(c, Elements(m, n)), m, n, k,
            transposeA, transposeB, mode, GemmVectors);

    public void ConvForward(DeviceSpan<float> x, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> y, ConvDims dims, WriteMode mode) =>
        CpuGemm.ConvForward(_pool, Pointer(x, dims.InputLength), Pointer(w, dims.WeightLength), Optional(bias, dims.Cout),
            Pointer(y, dims.OutputLength), dims, mode, GemmVectors);

    public void ConvDataGradient(DeviceSpan<float> dy, DeviceSpan<float> w, DeviceSpan<float> bias, DeviceSpan<float> dx, ConvDims dims, WriteMode mode) =>
        CpuGemm.ConvDataGradient(_pool, Pointer(dy, dims.OutputLength), Pointer(w, dims.WeightLength), Optional(bias, dims.Cin),
            Pointer(dx, dims.InputLength), dims, mode, GemmVectors);

    public void ConvWeightGradient(DeviceSpan<float> x, DeviceSpan<float> dy, DeviceSpan<float> dw, ConvDims dims, WriteMode mode) =>
        CpuGemm.ConvWeightGradient(_pool, Pointer(x, dims.InputLength), Pointer(dy, dims.OutputLength), Pointer(dw, dims.WeightLength), dims, mode,
            GemmVectors);
}
