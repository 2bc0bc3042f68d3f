using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Train.Settings;

namespace Gan.Train.Models;

/// <summary>A network from latent vectors to images.</summary>
internal abstract class GeneratorNetwork : Module
{
    /// <summary>Length of a latent vector.</summary>
    public abstract int Nz { get; }

    /// <summary>Shape of <paramref name="count"/> images, (N, C, H, W).</summary>
    public abstract Shape ImageShape(int count);

    /// <summary>Shape the network expects for <paramref name="count"/> latent vectors.</summary>
    public abstract Shape LatentShape(int count);

    /// <summary>What turns an output value into [0, 1]: x * scale + shift (tanh: 0.5, 0.5; sigmoid: 1, 0).</summary>
    public abstract (float Scale, float Shift) OutputRange { get; }
}

/// <summary>A network from images to a probability; training uses its logit, the value before the closing sigmoid.</summary>
internal abstract class DiscriminatorNetwork : Module
{
    /// <summary>The last value before the sigmoid.</summary>
    public abstract Tensor Logits(Tensor x);

    /// <summary>Shape the network expects for <paramref name="count"/> images.</summary>
    public abstract Shape InputShape(int count);
}

/// <summary>Builds the pair a run trains.</summary>
internal static class Networks
{
    /// <summary>Builds and initialises G, then D, drawing from <paramref name="init"/>.</summary>
    public static (GeneratorNetwork G, DiscriminatorNetwork D) Build(Device device, GanOptions o, Generator init) => o.Model == ModelKind.Dcgan
        ? (new DcganGenerator(device, o.Nz, o.Ngf, o.Nc, o.ImageSize, init), new DcganDiscriminator(device, o.Ndf, o.Nc, o.ImageSize, init, o.SpectralNorm))
        : (new MlpGenerator(device, o.Nz, o.Hidden, o.ImageSize, init), new MlpDiscriminator(device, o.Hidden, o.ImageSize, init, o.SpectralNorm));
}
