using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Width of the vectors that GEMM and convolution compute with, in bits.</summary>
internal enum VectorWidth
{
    /// <summary>No vectors.</summary>
    Scalar = 0,

    /// <summary>SSE, NEON.</summary>
    Bits128 = 128,

    /// <summary>AVX2.</summary>
    Bits256 = 256,

    /// <summary>AVX-512.</summary>
    Bits512 = 512,
}

/// <summary>Chooses the vector width once, at start: the widest the machine has, or what GAN_VECTOR = 512 | 256 | 128 | scalar asks for.</summary>
internal static class VectorSupport
{
    /// <summary>The widest vectors that this process may use.</summary>
    public static VectorWidth Widest { get; } =
        Avx512F.IsSupported ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated && Avx2.IsSupported ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    /// <summary>The width kernels use by default; never above <see cref="Widest"/>.</summary>
    public static VectorWidth Default { get; } = Choose(Environment.GetEnvironmentVariable("GAN_VECTOR"), Widest);

    /// <summary>Every width this process can run, widest first.</summary>
    public static IEnumerable<VectorWidth> Supported =>
        new[] { VectorWidth.Bits512, VectorWidth.Bits256, VectorWidth.Bits128, VectorWidth.Scalar }.Where(w => w <= Widest);

    /// <summary>The width asked for, at most <paramref name="widest"/>; anything unknown means the widest.</summary>
    public static VectorWidth Choose(string? asked, VectorWidth widest)
    {
        VectorWidth width = asked switch
        {
            "512" => VectorWidth.Bits512,
            "256" => VectorWidth.Bits256,
            "128" => VectorWidth.Bits128,
            "scalar" => VectorWidth.Scalar,
            _ => widest,
        };
        return width < widest ? width : widest;
    }
}
