using System.Numerics;
using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>
/// Division of n in [0, 2^31) by a constant as a multiplication and a shift (Granlund and Montgomery 1994, "Division by invariant integers using
/// multiplication", figure 4.1): n / d = (high 32 bits of n * Factor + n) >> Shift. Twin of FastDivisor in Source/product.cuh.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct FastDivisor
{
    /// <summary>The divisor.</summary>
    public readonly uint Divisor;

    /// <summary>2^32 (2^Shift - d) / d + 1.</summary>
    public readonly uint Factor;

    /// <summary>Bits that hold d - 1.</summary>
    public readonly uint Shift;

    /// <summary>Prepares division by <paramref name="divisor"/>, at least 1.</summary>
    public FastDivisor(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        Divisor = (uint)divisor;
        Shift = (uint)(32 - BitOperations.LeadingZeroCount(Divisor - 1));
        Factor = (uint)((((1UL << (int)Shift) - Divisor) << 32) / Divisor + 1);
    }

    /// <summary>n / Divisor, as the kernels compute it.</summary>
    public int Quotient(int n) => (int)(((uint)((ulong)(uint)n * Factor >> 32) + (uint)n) >> (int)Shift);
}
