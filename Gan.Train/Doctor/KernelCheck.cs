using Gan.Kernels;

namespace Gan.Train.Doctor;

/// <summary>How close a kernel has to come.</summary>
internal enum Closeness
{
    /// <summary>The same bits on every device that computes in float32 (docs/architecture.md, Determinism).</summary>
    SameBits,

    /// <summary>Within float32 rounding: sums of another order, other polynomials.</summary>
    Rounding,

    /// <summary>A matrix product or convolution: within the rounding of its operands.</summary>
    Product,
}

/// <summary>One kernel at one shape.</summary>
/// <param name="Kernel">Method of <see cref="IKernels"/>.</param>
/// <param name="Shape">Sizes and what else tells it from the kernel's other checks.</param>
/// <param name="Closeness">How close it has to come.</param>
/// <param name="Prepare">Makes the buffers and returns the call.</param>
internal sealed record KernelCheck(string Kernel, string Shape, Closeness Closeness, Func<CheckBuffers, Action<IKernels>> Prepare)
{
    /// <summary>Largest error allowed, relative to the output's largest value.</summary>
    /// <param name="precision">Of the device under test.</param>
    /// <param name="againstLoops">Whether the yardstick is the plain loops, which round once where float32 code rounds often.</param>
    /// <remarks>
    /// A TF32 operand is off by at most 2^-11, a bfloat16 one by 2^-8; over a random sum about a third of one operand's error remains. The limits are
    /// three to five times what was measured.
    /// </remarks>
    public double Allowed(Precision precision, bool againstLoops) => (Closeness, precision) switch
    {
        (Closeness.SameBits, _) => againstLoops ? 1e-6 : 0,
        (Closeness.Product, Precision.Tf32) => 2e-3,
        (Closeness.Product, Precision.Bf16) => 1.5e-2,
        _ => 1e-5,
    };
}
