namespace Gan.Kernels;

/// <summary>
/// The small device buffer that holds everything that changes from training step to training step, so that no launch carries such a
/// value and a whole step can be replayed: <see cref="Length"/> unsigned 32-bit words, indexed by <see cref="StepField"/>, advanced by
/// <see cref="IKernels.AdvanceState"/>. Zero is the state before the first step.
/// </summary>
public static class StepState
{
    /// <summary>Number of 32-bit words.</summary>
    public const int Length = 16;
}

/// <summary>A word of <see cref="StepState"/>.</summary>
public enum StepField
{
    /// <summary>Finished training steps; the noise counter and the metrics ring's slot.</summary>
    Step = 0,

    /// <summary>Epoch, from 0; with the seed it decides the permutation.</summary>
    Epoch = 1,

    /// <summary>Position in the epoch's permutation: images taken so far.</summary>
    Row = 2,

    /// <summary>Rows taken so far from a given latents tensor.</summary>
    LatentRow = 3,

    /// <summary>1 + the first step in which something was not finite; 0 while all is well.</summary>
    FaultStep = 4,

    /// <summary>Where the fault was seen (an index given by the host).</summary>
    FaultSite = 5,

    /// <summary>The lowest element there that was not finite.</summary>
    FaultIndex = 6,

    /// <summary>For a health check under way: how many of its blocks are done. 0 between kernels.</summary>
    Arrivals = 15,
}

/// <summary>
/// Adam's own device state: <see cref="Length"/> doubles indexed by <see cref="AdamField"/>, advanced by <see cref="IKernels.Adam"/>.
/// Doubles, because beta^t is carried by repeated multiplication.
/// </summary>
public static class AdamState
{
    /// <summary>Number of doubles.</summary>
    public const int Length = 8;
}

/// <summary>A double of <see cref="AdamState"/>.</summary>
public enum AdamField
{
    /// <summary>Updates done.</summary>
    Step = 0,

    /// <summary>Learning rate of the next update.</summary>
    LearningRate = 1,

    /// <summary>Decay of the first moment.</summary>
    Beta1 = 2,

    /// <summary>Decay of the second moment.</summary>
    Beta2 = 3,

    /// <summary>Added to the root of the second moment.</summary>
    Epsilon = 4,

    /// <summary>beta1^t.</summary>
    Beta1Power = 5,

    /// <summary>beta2^t.</summary>
    Beta2Power = 6,

    /// <summary>Bits, for an update under way: how many of its blocks are done. 0 between kernels.</summary>
    Arrivals = 7,
}
