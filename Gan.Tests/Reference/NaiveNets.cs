namespace Gan.Tests.Reference;

/// <summary>The two pairs of networks, from PyTorch-named parameters. BatchNorm uses batch statistics and leaves running ones alone.</summary>
internal static class NaiveNets
{
    /// <summary>Radford et al. 2015 as PyTorch's example: z (N, nz, 1, 1) to an image (N, nc, S, S); S follows from the number of layers.</summary>
    public static NdArray DcganGenerator(IReadOnlyDictionary<string, NdArray> p, NdArray z)
    {
        NdArray x = z;
        for (int layer = 0; ; layer += 3)
        {
            x = Naive.ConvTranspose2d(x, p[$"main.{layer}.weight"], null, layer == 0 ? 1 : 2, layer == 0 ? 0 : 1, 0);
            if (!p.ContainsKey($"main.{layer + 1}.weight"))
            {
                return Naive.Tanh(x);
            }
            x = Naive.Relu(Norm(p, $"main.{layer + 1}", x));
        }
    }

    /// <summary>Image (N, nc, S, S) to the logit (N, 1, 1, 1); the probability is its sigmoid.</summary>
    public static NdArray DcganDiscriminatorLogit(IReadOnlyDictionary<string, NdArray> p, NdArray image)
    {
        NdArray x = Naive.LeakyRelu(Naive.Conv2d(image, p["main.0.weight"], null, 2, 1), 0.2);
        for (int layer = 2; ; layer += 3)
        {
            if (!p.ContainsKey($"main.{layer + 1}.weight"))
            {
                return Naive.Conv2d(x, p[$"main.{layer}.weight"], null, 1, 0);
            }
            x = Naive.Conv2d(x, p[$"main.{layer}.weight"], null, 2, 1);
            x = Naive.LeakyRelu(Norm(p, $"main.{layer + 1}", x), 0.2);
        }
    }

    /// <summary>Goodfellow et al. 2014 on MNIST: z [N, nz] to pixels [N, 784] in (0, 1).</summary>
    public static NdArray MlpGenerator(IReadOnlyDictionary<string, NdArray> p, NdArray z) => Naive.Sigmoid(MlpTwoLayers(p, z));

    /// <summary>Pixels [N, 784] to the logit [N, 1].</summary>
    public static NdArray MlpDiscriminatorLogit(IReadOnlyDictionary<string, NdArray> p, NdArray pixels) => MlpTwoLayers(p, pixels);

    private static NdArray MlpTwoLayers(IReadOnlyDictionary<string, NdArray> p, NdArray x) =>
        Naive.Linear(Naive.Relu(Naive.Linear(x, p["net.0.weight"], p["net.0.bias"])), p["net.2.weight"], p["net.2.bias"]);

    private static NdArray Norm(IReadOnlyDictionary<string, NdArray> p, string name, NdArray x)
    {
        var unused = new NdArray(x.Shape[1]);
        return Naive.BatchNorm(x, p[name + ".weight"], p[name + ".bias"], unused, unused, 0.1, 1e-5).Y;
    }
}
