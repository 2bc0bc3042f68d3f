using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Train.Models;

/// <summary>
/// DCGAN's generator (Radford et al. 2015, figure 1, in the widths of the PyTorch tutorial): nz -> 4x4 by a transposed convolution, then doublings
/// to the image size, BatchNorm and ReLU between, tanh at the end. Module names and order are the tutorial's: main.0.weight and so on.
/// </summary>
internal sealed class DcganGenerator : GeneratorNetwork
{
    private readonly Sequential _main;
    private readonly int _nc, _imageSize;

    public DcganGenerator(Device device, int nz, int ngf, int nc, int imageSize, Generator init)
    {
        (Nz, _nc, _imageSize) = (nz, nc, imageSize);
        int channels = ngf * DcganSizes.WidestMultiple(imageSize);
        List<Module> layers = [new ConvTranspose2d(device, nz, channels, 4, init, stride: 1, padding: 0, bias: false), new BatchNorm2d(device, channels), new ReLU()];
        for (; channels > ngf; channels /= 2)
        {
            layers.Add(new ConvTranspose2d(device, channels, channels / 2, 4, init, stride: 2, padding: 1, bias: false));
            layers.Add(new BatchNorm2d(device, channels / 2));
            layers.Add(new ReLU());
        }
        layers.Add(new ConvTranspose2d(device, ngf, nc, 4, init, stride: 2, padding: 1, bias: false));
        layers.Add(new Tanh());
        _main = RegisterModule("main", new Sequential([.. layers]));
        Init.WeightsInit(this, init);
    }

    public override string TypeName => "Generator";

    public override int Nz { get; }

    public override (float Scale, float Shift) OutputRange => (0.5f, 0.5f);

    public override Shape ImageShape(int count) => new(count, _nc, _imageSize, _imageSize);

    public override Shape LatentShape(int count) => new(count, Nz, 1, 1);

    public override Tensor Forward(Tensor x) => _main.Forward(x);

    public override Shape OutputShape(Shape input) => _main.OutputShape(input);
}

/// <summary>
/// DCGAN's discriminator: halvings by strided convolutions with LeakyReLU 0.2 (Radford et al. 2015, section 4), BatchNorm on all but the first and last,
/// sigmoid at the end. Names are the tutorial's.
/// </summary>
internal sealed class DcganDiscriminator : DiscriminatorNetwork
{
    private const float Slope = 0.2f;
    private readonly Sequential _main;
    private readonly int _nc, _imageSize;

    public DcganDiscriminator(Device device, int ndf, int nc, int imageSize, Generator init, bool spectralNorm = false)
    {
        (_nc, _imageSize) = (nc, imageSize);
        int widest = ndf * DcganSizes.WidestMultiple(imageSize), channels = ndf;
        List<Module> layers = [new Conv2d(device, nc, ndf, 4, init, stride: 2, padding: 1, bias: false, spectralNorm: spectralNorm), new LeakyReLU(Slope)];
        for (; channels < widest; channels *= 2)
        {
            layers.Add(new Conv2d(device, channels, channels * 2, 4, init, stride: 2, padding: 1, bias: false, spectralNorm: spectralNorm));
            layers.Add(new BatchNorm2d(device, channels * 2));
            layers.Add(new LeakyReLU(Slope));
        }
        layers.Add(new Conv2d(device, widest, 1, 4, init, stride: 1, padding: 0, bias: false, spectralNorm: spectralNorm));
        layers.Add(new Sigmoid());
        _main = RegisterModule("main", new Sequential([.. layers]));
        Init.WeightsInit(this, init);
    }

    public override string TypeName => "Discriminator";

    public override Shape InputShape(int count) => new(count, _nc, _imageSize, _imageSize);

    public override Tensor Forward(Tensor x) => _main.Forward(x);

    public override Tensor Logits(Tensor x) => _main.Forward(x, _main.Count - 1);

    public override Shape OutputShape(Shape input) => _main.OutputShape(input);
}

/// <summary>What the image size decides.</summary>
internal static class DcganSizes
{
    /// <summary>Channels of the widest layer, the one at 4x4, as a multiple of ngf or ndf: 4, 8, 16 for 32, 64, 128 pixels.</summary>
    public static int WidestMultiple(int imageSize) => imageSize / 8;
}
