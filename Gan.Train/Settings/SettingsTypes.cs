namespace Gan.Train.Settings;

/// <summary>The two pairs of networks this program trains.</summary>
internal enum ModelKind
{
    /// <summary>Convolutional, 32, 64 or 128 pixels (Radford 2015).</summary>
    Dcgan,

    /// <summary>784-128-1 and 100-128-784 on 28x28 grey images (Goodfellow 2014).</summary>
    Mlp,
}

/// <summary>What the generator minimises.</summary>
internal enum GeneratorLoss
{
    /// <summary>mean -log D(G(z)).</summary>
    NonSaturating,

    /// <summary>mean log(1 - D(G(z))), the minimax form.</summary>
    Saturating,
}

/// <summary>What the discriminator minimises; the generator's loss follows.</summary>
internal enum DiscriminatorLoss
{
    /// <summary>Cross-entropy of the probability (Goodfellow et al. 2014).</summary>
    Bce,

    /// <summary>mean max(0, 1 - D(x)) + mean max(0, 1 + D(G(z))) on D's logit; G: -mean D(G(z)) (Lim and Ye 2017).</summary>
    Hinge,

    /// <summary>mean (D(x) - 1)^2 / 2 + mean D(G(z))^2 / 2 on D's logit; G: mean (D(G(z)) - 1)^2 / 2 (Mao et al. 2017).</summary>
    LeastSquares,
}

/// <summary>How often something happens: every so many steps, or (null) at the end of each epoch.</summary>
internal readonly record struct Interval(long? Steps)
{
    public const string EpochWord = "epoch";

    public static Interval Epoch => new(null);

    /// <summary>Whether it is due once <paramref name="finishedSteps"/> steps are done, counted from the run's first.</summary>
    public bool IsDue(long finishedSteps, long stepsPerEpoch) => finishedSteps > 0 && finishedSteps % (Steps ?? stepsPerEpoch) == 0;

    public override string ToString() => Steps?.ToString() ?? EpochWord;
}

/// <summary>The device asked for, the one used, and why.</summary>
/// <param name="Asked">As typed, or as config.json has it.</param>
/// <param name="Used">The name to open: cpu, cuda:N or cuda-emulator; auto until it is settled.</param>
/// <param name="Reason">For the console.</param>
internal sealed record DeviceChoice(string Asked, string Used, string Reason)
{
    public override string ToString() => $"{Used} ({Reason})";
}
