namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Width of the vectors that GEMM and convolution compute with.</summary>
internal enum GemmWidth
{
    /// <summary>No vectors.</summary>
    Scalar = SimdWidth.Scalar,

    /// <summary>SSE, NEON.</summary>
    Bits128 = 128,

    /// <summary>AVX2.</summary>
    Bits256 = 256,

    /// <summary>AVX-512.</summary>
    Bits512 = 512,
}

/// <summary>The widths of this process.</summary>
internal static class GemmWidths
{
    /// <summary>The width kernels use by default: the widest, or what the environment asks for.</summary>
    public static GemmWidth Default { get; } = (GemmWidth)SimdWidth.Bits;

    /// <summary>Every width this process can run, widest first.</summary>
    public static IEnumerable<GemmWidth> Supported =>
        new[] { GemmWidth.Bits512, GemmWidth.Bits256, GemmWidth.Bits128, GemmWidth.Scalar }.Where(w => (int)w <= SimdWidth.Hardware);
}
