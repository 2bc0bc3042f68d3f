using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>How a product is cut; twin of Tiling in Source/product.cuh.</summary>
/// <param name="TilesN">Tiles along n.</param>
/// <param name="PartDepth">Steps of k in one part of a split sum.</param>
/// <param name="PartLength">Elements of one part's output; 0 when the sum is not split.</param>
/// <param name="Add">1 where results are added to the output.</param>
/// <param name="BiasPeriod">Length of the bias; column c takes element c % BiasPeriod.</param>
/// <param name="Wide">1 where rows of the output may be written four elements at a time.</param>
/// <param name="Activation">What is applied before a result is written: the identity, ReLU or LeakyReLU, or the gradient of any.</param>
/// <param name="Slope">Of LeakyReLU.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ProductTiling(int TilesN, int PartDepth, int PartLength, int Add, int BiasPeriod, int Wide, Activation Activation = Activation.Identity, float Slope = 0);

/// <summary>Sizes of a matrix product; twin of GemmShape in Source/gemm.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct GemmShape(int M, int N, int K, int StrideA, int StrideB, ProductTiling Tiling);

/// <summary>
/// The order of (tap, channel) along a convolution's sums; twin of StepOrder in Source/patches.cuh, which says what it is good for.
/// </summary>
/// <param name="Group">Channels of a group.</param>
/// <param name="TapsW">Taps of a class along w.</param>
/// <param name="TapsH">Taps of a class along h.</param>
/// <param name="Classes">Classes along either axis.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct StepOrder(FastDivisor Group, FastDivisor TapsW, FastDivisor TapsH, FastDivisor Classes)
{
    /// <summary>Floats of a cache line.</summary>
    private const int Line = 32;

    /// <summary>
    /// Of all taps of a kernel: by groups and classes where tensor cores multiply and the channels are whole lines, else plainly (tap, channel). Float32 keeps the order of
    /// the CPU's sums, to which results near a kink are compared.
    /// </summary>
    public static StepOrder OfKernel(in ConvDims d, Precision precision)
    {
        bool grouped = IsGrouped(d.Cin, precision);
        int classes = grouped && d.Kernel % d.Stride == 0 ? d.Stride : 1;
        FastDivisor taps = new(d.Kernel / classes);
        return new(new(grouped ? Line : d.Cin), taps, taps, new(classes));
    }

    /// <summary>Of the taps of a sub-pixel phase, which are one class; TapsW and TapsH are the larger and the smaller count along an axis.</summary>
    public static StepOrder OfPhase(in ConvDims d, Precision precision) =>
        new(new(IsGrouped(d.Cout, precision) ? Line : d.Cout), new((d.Kernel + d.Stride - 1) / d.Stride), new(Math.Max(d.Kernel / d.Stride, 1)), new(1));

    private static bool IsGrouped(int channels, Precision precision) => precision != Precision.Fp32 && channels % Line == 0;
}

/// <summary>What a convolution kernel is launched with; twin of ConvolutionShape in Source/patches.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ConvolutionShape(ConvDims Dims, StepOrder Order, FastDivisor OutW, FastDivisor OutH, ProductTiling Tiling);

/// <summary>What the addition of a split sum's parts is launched with; twin of PartsShape in Source/parts.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PartsShape(int Length, int Parts, int Columns, int BiasPeriod, int Add, Activation Activation, float Slope);
