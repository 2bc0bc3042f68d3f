using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Train.Models;

/// <summary>The MNIST MLP generator: Linear(nz, hidden), ReLU, Linear(hidden, 784), sigmoid; PyTorch's default initialisation.</summary>
internal sealed class MlpGenerator : GeneratorNetwork
{
    private readonly Sequential _net;
    private readonly int _imageSize;

    public MlpGenerator(Device device, int nz, int hidden, int imageSize, Generator init)
    {
        (Nz, _imageSize) = (nz, imageSize);
        _net = RegisterModule("net", new Sequential(
            new Linear(device, nz, hidden, init), new ReLU(), new Linear(device, hidden, imageSize * imageSize, init), new Sigmoid()));
    }

    public override string TypeName => "Generator";

    public override int Nz { get; }

    public override (float Scale, float Shift) OutputRange => (1, 0);

    public override Shape ImageShape(int count) => new(count, 1, _imageSize, _imageSize);

    public override Shape LatentShape(int count) => new(count, Nz);

    public override Tensor Forward(Tensor x) => _net.Forward(x);

    public override Shape OutputShape(Shape input) => _net.OutputShape(input);
}

/// <summary>The MNIST MLP discriminator: Linear(784, hidden), ReLU, Linear(hidden, 1), sigmoid; PyTorch's default initialisation.</summary>
internal sealed class MlpDiscriminator : DiscriminatorNetwork
{
    private readonly Sequential _net;
    private readonly int _inputs;

    public MlpDiscriminator(Device device, int hidden, int imageSize, Generator init, bool spectralNorm = false)
    {
        _inputs = imageSize * imageSize;
        _net = RegisterModule("net", new Sequential(
            new Linear(device, _inputs, hidden, init, spectralNorm: spectralNorm), new ReLU(), new Linear(device, hidden, 1, init, spectralNorm: spectralNorm), new Sigmoid()));
    }

    public override string TypeName => "Discriminator";

    public override Shape InputShape(int count) => new(count, _inputs);

    public override Tensor Forward(Tensor x) => _net.Forward(x);

    public override Tensor Logits(Tensor x) => _net.Forward(x, _net.Count - 1);

    public override Shape OutputShape(Shape input) => _net.OutputShape(input);
}
