using Gan.Core;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Tests.Reference;
using Gan.Train.Models;
using Gan.Train.Settings;

namespace Gan.Tests.Ops;

/// <summary>The shipped networks, whole, at small width: G alone, D alone with both losses, and the generator's loss back through D and G.</summary>
internal static class NetworkCases
{
    private static readonly GanOptions s_mlp = new()
    {
        Model = ModelKind.Mlp, BatchSize = 3, Lr = 0, Beta1 = 0, Beta2 = 0, Nz = 7, ImageSize = 28, Hidden = 6,
    };

    private static readonly GanOptions s_dcgan32 = s_mlp with { Model = ModelKind.Dcgan, ImageSize = 32, Nz = 5, Nc = 3, Ngf = 3, Ndf = 3 };

    private static readonly GanOptions s_dcgan64 = s_dcgan32 with { ImageSize = 64, Nc = 1, Ngf = 2, Ndf = 2 };

    public static IEnumerable<OpCase> All() => [.. Pair("mlp", s_mlp, 40), .. Pair("dcgan 32", s_dcgan32, 12), .. Pair("dcgan 64", s_dcgan64, 8)];

    private static IEnumerable<OpCase> Pair(string name, GanOptions o, int samples)
    {
        bool dcgan = o.Model == ModelKind.Dcgan;
        (string[] gNames, CaseInput[] g, string[] dNames, CaseInput[] d) = Parameters(o);
        var z = new CaseInput("z", dcgan ? [o.BatchSize, o.Nz, 1, 1] : [o.BatchSize, o.Nz]);
        var image = new CaseInput("x", dcgan ? [o.BatchSize, o.Nc, o.ImageSize, o.ImageSize] : [o.BatchSize, 784]);
        NdArray G(NdArray[] v, NdArray x) => dcgan ? NaiveNets.DcganGenerator(Named(gNames, v), x) : NaiveNets.MlpGenerator(Named(gNames, v), x);
        NdArray D(NdArray[] v, NdArray x) => dcgan
            ? NaiveNets.DcganDiscriminatorLogit(Named(dNames, v), x)
            : NaiveNets.MlpDiscriminatorLogit(Named(dNames, v), x);
        var one = new NdArray([1], 1);

        yield return Case("G", [z, .. g], static (nets, x) => nets.G.Forward(x), v => G(v[1..], v[0]));
        yield return Case("D and BCE of logits", [image, .. d], static (nets, x) => nets.D.Logits(x).BceWithLogitsLoss(Tensor.Full(x.Device, new Shape(), 0.9f)),
            v => Naive.BceWithLogits(D(v[1..], v[0]), new NdArray([0.9f], 1)));
        yield return Case("D and BCE of probabilities", [image, .. d], static (nets, x) => nets.D.Forward(x).BceLoss(Tensor.Full(x.Device, new Shape(), 0)),
            v => Naive.Bce(Naive.Sigmoid(D(v[1..], v[0])), new NdArray(1)));
        yield return Case("loss of D(G(z))", [z, .. g, .. d],
            static (nets, x) => nets.D.Logits(nets.G.Forward(x)).BceWithLogitsLoss(Tensor.Full(x.Device, new Shape(), 1)),
            v => Naive.BceWithLogits(D(v[(1 + g.Length)..], G(v[1..(1 + g.Length)], v[0])), one));

        OpCase Case(string part, CaseInput[] inputs, Func<(GeneratorNetwork G, DiscriminatorNetwork D), Tensor, Tensor> core, Func<NdArray[], NdArray> reference) =>
            new($"network {name}", part, inputs, (device, values) => Bind(o, device, inputs, values, core), reference) { Samples = samples };
    }

    private static BoundCase Bind(GanOptions o, Device device, CaseInput[] inputs, NdArray[] values,
        Func<(GeneratorNetwork G, DiscriminatorNetwork D), Tensor, Tensor> core)
    {
        (GeneratorNetwork G, DiscriminatorNetwork D) nets = Networks.Build(device, o, new Generator(1));
        var parameters = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor t) in nets.G.NamedParameters())
        {
            parameters["G." + name] = t;
        }
        foreach ((string name, Tensor t) in nets.D.NamedParameters())
        {
            parameters["D." + name] = t;
        }
        Tensor x = OpCase.ToTensor(device, values[0], requiresGrad: true);
        using Core.Autograd.GradMode.NoGradScope noGrad = Core.Autograd.GradMode.NoGrad();
        Tensor[] used = [.. inputs.Skip(1).Select(i => parameters[i.Name])];
        for (int i = 0; i < used.Length; i++)
        {
            used[i].CopyFrom(values[i + 1].ToFloats());
        }
        return new BoundCase([x, .. used], () => core(nets, x));
    }

    /// <summary>Names and draws for both nets' parameters, in the modules' own order, with signals of ordinary size at any width.</summary>
    private static (string[] GNames, CaseInput[] G, string[] DNames, CaseInput[] D) Parameters(GanOptions o)
    {
        using Device device = TestDevice.Open();
        (GeneratorNetwork g, DiscriminatorNetwork d) = Networks.Build(device, o, new Generator(1));
        using (g)
        {
            using (d)
            {
                return ([.. g.NamedParameters().Select(static p => p.Name)], Inputs("G.", g), [.. d.NamedParameters().Select(static p => p.Name)], Inputs("D.", d));
            }
        }
    }

    private static CaseInput[] Inputs(string net, Core.Nn.Module module) => [.. module.NamedParameters().Select(p =>
    {
        int[] shape = p.Tensor.Shape.ToArray();
        bool scale = shape.Length == 1 && p.Name.EndsWith("weight", StringComparison.Ordinal);
        double spread = shape.Length == 1 ? 0.2 : 1 / Math.Sqrt(shape.Length == 2 ? shape[1] : shape[net == "G." ? 0 : 1] * 8);
        return new CaseInput(net + p.Name, shape, Draw: r => (scale ? 1 : 0) + spread * CaseInput.Normal(r));
    })];

    private static Dictionary<string, NdArray> Named(string[] names, NdArray[] values) => new(names.Zip(values, KeyValuePair.Create));
}
