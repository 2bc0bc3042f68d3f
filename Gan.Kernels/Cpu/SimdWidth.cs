using System.Runtime.Intrinsics;

namespace Gan.Kernels.Cpu;

/// <summary>
/// The vector width that the CPU kernels use, in bits: the widest that the hardware runs natively, limited by the environment variable
/// <see cref="Variable"/> (512, 256, 128 or scalar). Element-wise kernels give the same bits at every width.
/// </summary>
internal static class SimdWidth
{
    /// <summary>Environment variable that limits the width.</summary>
    public const string Variable = "GAN_VECTOR";

    /// <summary>Width that stands for "no vectors": one float.</summary>
    public const int Scalar = 32;

    /// <summary>The widest vector with native instructions; <see cref="Scalar"/> when hardware intrinsics are off.</summary>
    public static int Hardware =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : Scalar;

    /// <summary>
    /// 512, 256, 128 or <see cref="Scalar"/>, read once. An unknown wish counts as none here; <see cref="Choose"/> reports it.
    /// </summary>
    public static readonly int Bits =
        Parse(Environment.GetEnvironmentVariable(Variable), out int wish) ? Math.Min(wish, Hardware) : Hardware;

    /// <summary>The width for a wish (the variable's text, or null), never above what the hardware has.</summary>
    /// <exception cref="ArgumentException">The text is none of the known widths.</exception>
    public static int Choose(string? text) => Parse(text, out int wish)
        ? Math.Min(wish, Hardware)
        : throw new ArgumentException($"{Variable}: '{text}' is not a vector width; use 512, 256, 128 or scalar, or leave it unset.");

    private static bool Parse(string? text, out int bits)
    {
        bits = text switch
        {
            null or "" or "512" => 512,
            "256" => 256,
            "128" => 128,
            "scalar" => Scalar,
            _ => 0,
        };
        return bits != 0;
    }
}
