using Gan.Kernels;

namespace Gan.Tests.Cuda.Products;

/// <summary>What tensor cores see of a float32 operand, bit by bit, written from the formats' definitions and shared with no kernel.</summary>
internal static class OperandRounding
{
    /// <summary>Every element rounded as <paramref name="precision"/> says.</summary>
    public static float[] Round(float[] x, Precision precision) => precision switch
    {
        Precision.Tf32 => Array.ConvertAll(x, Tf32),
        Precision.Bf16 => Array.ConvertAll(x, Bf16),
        _ => x,
    };

    /// <summary>10 bits of fraction, nearest, ties away from zero (cvt.rna.tf32).</summary>
    public static float Tf32(float x) => OnGrid(x, 10, MidpointRounding.AwayFromZero);

    /// <summary>7 bits of fraction, nearest, ties to even (cvt.rn.bf16).</summary>
    public static float Bf16(float x) => OnGrid(x, 7, MidpointRounding.ToEven);

    private static float OnGrid(float x, int fractionBits, MidpointRounding ties)
    {
        if (x == 0 || !float.IsFinite(x))
        {
            return x;
        }
        double step = Math.ScaleB(1, Math.ILogB(x) - fractionBits);
        return (float)(Math.Round(x / step, ties) * step);
    }
}
