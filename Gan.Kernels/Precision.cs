namespace Gan.Kernels;

/// <summary>How matrix products and convolutions multiply. Storage and sums are float32 in every case.</summary>
public enum Precision
{
    /// <summary>float32 products; rounding error as on the CPU.</summary>
    Fp32 = 0,

    /// <summary>Operands rounded to TF32 (8 bits of exponent, 10 of fraction), on tensor cores from compute capability 8.0 on.</summary>
    Tf32 = 1,

    /// <summary>Operands rounded to bfloat16 (8 bits of exponent, 7 of fraction), on tensor cores from compute capability 8.0 on.</summary>
    Bf16 = 2,
}
