using Gan.Train.Settings;

namespace Gan.Train.Models;

/// <summary>What a training step depends on; everything else (files, console) is around it.</summary>
internal sealed record GanOptions
{
    public required ModelKind Model { get; init; }
    public required int BatchSize { get; init; }
    public required double Lr { get; init; }

    /// <summary>D's own rate instead of <see cref="Lr"/> (two time scales: Heusel et al. 2017).</summary>
    public double? LrD { get; init; }

    /// <summary>G's own rate instead of <see cref="Lr"/>.</summary>
    public double? LrG { get; init; }

    public required double Beta1 { get; init; }
    public required double Beta2 { get; init; }
    public required int Nz { get; init; }
    public required int ImageSize { get; init; }

    /// <summary>Channels of the images; 1 for mlp.</summary>
    public int Nc { get; init; } = 1;

    /// <summary>Width of the generator, dcgan.</summary>
    public int Ngf { get; init; }

    /// <summary>Width of the discriminator, dcgan.</summary>
    public int Ndf { get; init; }

    /// <summary>Hidden units, mlp.</summary>
    public int Hidden { get; init; }

    /// <summary>Discriminator updates a step: K of Goodfellow et al. 2014, algorithm 1.</summary>
    public int DSteps { get; init; } = 1;

    /// <summary>The generator minimises log(1 - D(G(z))) instead of -log D(G(z)).</summary>
    public bool Saturating { get; init; }

    /// <summary>The discriminator's target for real images is 1 - this (Salimans et al. 2016, section 3.4).</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>What D minimises, and so G.</summary>
    public DiscriminatorLoss DLoss { get; init; }

    /// <summary>Factor of both rates after each epoch, as PyTorch's ExponentialLR.</summary>
    public double LrDecay { get; init; } = 1;

    /// <summary>Decay of G's averaged weights; 0 keeps none (Yazici et al. 2019).</summary>
    public float Ema { get; init; }

    /// <summary>Deviation of the noise on D's inputs at step 0 (Sonderby et al. 2017; Arjovsky and Bottou 2017); 0 is off.</summary>
    public float InstanceNoise { get; init; }

    /// <summary>Steps until the noise has faded, linearly.</summary>
    public uint InstanceNoiseSteps { get; init; } = 1;

    /// <summary>Largest norm of a network's gradients (Pascanu et al. 2013); 0 is off.</summary>
    public float ClipGrad { get; init; }

    /// <summary>Whether D's weights are divided by their largest singular value (Miyato et al. 2018).</summary>
    public bool SpectralNorm { get; init; }

    /// <summary>Whether gradient norms are logged.</summary>
    public bool GradNorms { get; init; }

    public ulong Seed { get; init; } = 999;

    /// <summary>A new permutation each epoch, or the data's own order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Takes what matters to a step out of resolved settings; the channels must be known.</summary>
    public static GanOptions From(TrainSettings s) => new()
    {
        Model = s.Model,
        BatchSize = s.BatchSize,
        Lr = s.LearningRate,
        LrD = s.LearningRateD,
        LrG = s.LearningRateG,
        Beta1 = s.Beta1,
        Beta2 = s.Beta2,
        Nz = s.Nz,
        ImageSize = s.ImageSize,
        Nc = s.Nc ?? throw new InvalidOperationException("GanOptions: the number of channels is not resolved yet."),
        Ngf = s.Ngf,
        Ndf = s.Ndf,
        Hidden = s.Hidden,
        DSteps = s.DSteps,
        Saturating = s.GLoss == GeneratorLoss.Saturating,
        LabelSmoothing = (float)s.LabelSmoothing,
        DLoss = s.DLoss,
        LrDecay = s.LrDecay,
        Ema = (float)s.Ema,
        InstanceNoise = (float)s.InstanceNoise,
        InstanceNoiseSteps = (uint)(s.InstanceNoiseSteps ?? 1),
        ClipGrad = (float)s.ClipGrad,
        SpectralNorm = s.SpectralNorm,
        GradNorms = s.GradNorms,
        Seed = s.Seed,
        Shuffle = s.Shuffle,
    };
}
