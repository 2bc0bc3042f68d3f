using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>How a product is cut; twin of Tiling in Source/product.cuh.</summary>
/// <param name="TilesN">Tiles along n.</param>
/// <param name="PartDepth">Steps of k in one part of a split sum.</param>
/// <param name="PartLength">Elements of one part's output; 0 when the sum is not split.</param>
/// <param name="Add">1 where results are added to the output.</param>
/// <param name="BiasPeriod">Length of the bias; column c takes element c % BiasPeriod.</param>
/// <param name="Wide">1 where rows of the output may be written four elements at a time.</param>
/// <param name="Activation">What is applied before a result is written: the identity, ReLU or LeakyReLU.</param>
/// <param name="Slope">Of LeakyReLU.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ProductTiling(int TilesN, int PartDepth, int PartLength, int Add, int BiasPeriod, int Wide, Activation Activation = Activation.Identity, float Slope = 0);

/// <summary>Sizes of a matrix product; twin of GemmShape in Source/gemm.cuh.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct GemmShape(int M, int N, int K, int StrideA, int StrideB, ProductTiling Tiling);

/// <summary>What a convolution kernel is launched with; twin of ConvolutionShape in Source/patches.cuh, which says what the divisors are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ConvolutionShape(ConvDims Dims, FastDivisor First, FastDivisor Second, FastDivisor Third, ProductTiling Tiling);

/// <summary>What the addition of a split sum's parts is launched with; twin of PartsShape in Source/parts.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PartsShape(int Length, int Parts, int Columns, int BiasPeriod, int Add, Activation Activation, float Slope);
