using Gan.Core.Random;
using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// Keeps a layer's weight at largest singular value 1 (Miyato et al. 2018), one power iteration a forward pass in training, as PyTorch's
/// torch.nn.utils.spectral_norm: the layer's parameter is then called weight_orig, and its singular vectors are the buffers weight_u and weight_v.
/// </summary>
internal sealed class SpectralNormalization
{
    /// <summary>Name of the right singular vector; in files it is flat, as PyTorch has it.</summary>
    public const string V = "weight_v";

    private readonly Tensor _u, _v;

    private SpectralNormalization(Tensor u, Tensor v) => (_u, _v) = (u, v);

    /// <summary>Draws unit vectors for a weight and hands them to <paramref name="register"/>.</summary>
    public static SpectralNormalization Of(Tensor weight, Generator generator, Func<string, Tensor, Tensor> register)
    {
        int[] v = weight.Shape.ToArray();
        v[0] = 1;
        return new SpectralNormalization(register("weight_u", Draw(weight.Device, generator, new Shape(weight.Shape[0]))),
            register(V, Draw(weight.Device, generator, v.Length == 2 ? new Shape(v[1]) : new Shape(v))));
    }

    /// <summary>The weight to compute with.</summary>
    public Tensor Apply(Tensor weight, bool training) => weight.SpectralNorm(_u, _v, iterate: training);

    private static Tensor Draw(Device device, Generator generator, Shape shape)
    {
        Tensor x = generator.Normal(device, shape);
        using Tensor norm = Tensor.Empty(device, new Shape());
        device.Kernels.Norm(x.Data, norm.Data);
        device.Kernels.DivideBy(x.Data, norm.Data, 1e-12f, x.Data);
        return x;
    }
}
