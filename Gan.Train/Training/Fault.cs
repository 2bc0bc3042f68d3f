using Gan.Core.Nn;
using Gan.Core.Optim;
using Gan.Kernels;

namespace Gan.Train.Training;

/// <summary>Where a step looks for values that are not finite: the numbers in <see cref="StepField.FaultSite"/>, in the order a step looks.</summary>
internal enum FaultSite : uint
{
    /// <summary>D's parameters, before the step.</summary>
    WeightD = 1,

    /// <summary>G's parameters, before the step.</summary>
    WeightG,

    /// <summary>D's loss on real images.</summary>
    LossReal,

    /// <summary>D's loss on generated images.</summary>
    LossFake,

    /// <summary>D's gradients, before its update.</summary>
    GradientD,

    /// <summary>G's loss.</summary>
    LossG,

    /// <summary>G's gradients, before its update.</summary>
    GradientG,
}

/// <summary>The first value that was not finite, as the device noted it. No update happened after it.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Site">What was looked at.</param>
/// <param name="Index">The lowest element there.</param>
internal sealed record Fault(long Step, FaultSite Site, long Index)
{
    /// <summary>Whether the parameters themselves are hurt, so that there is nothing to keep.</summary>
    public bool IsInWeights => Site is FaultSite.WeightD or FaultSite.WeightG;

    /// <summary>From the words of a step state; null while all is well.</summary>
    public static Fault? From(ReadOnlySpan<uint> state) => state[(int)StepField.FaultStep] is var after and > 0
        ? new Fault(after - 1L, (FaultSite)state[(int)StepField.FaultSite], state[(int)StepField.FaultIndex])
        : null;

    /// <summary>For the message: what it was, with the layer's name.</summary>
    public string Describe(GanTrainer trainer) => Site switch
    {
        FaultSite.WeightD => $"netD's {Name(trainer.NetD, trainer.AdamD)} is not finite",
        FaultSite.WeightG => $"netG's {Name(trainer.NetG, trainer.AdamG)} is not finite",
        FaultSite.LossReal => "D's loss on real images is not finite",
        FaultSite.LossFake => "D's loss on generated images is not finite",
        FaultSite.GradientD => $"the gradient of netD's {Name(trainer.NetD, trainer.AdamD)} is not finite (or its square is not)",
        FaultSite.LossG => "G's loss is not finite",
        _ => $"the gradient of netG's {Name(trainer.NetG, trainer.AdamG)} is not finite (or its square is not)",
    };

    private string Name(Module net, Adam adam) => net.NamedParameters().ElementAt(adam.ParameterAt(Index)).Name;
}
