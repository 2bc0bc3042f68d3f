using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Kernels;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Linear maps and convolutions with an activation fused behind them, as operations and as Sequential runs them.</summary>
internal static class FusedCases
{
    private const float Slope = 0.2f;

    private static readonly (Activation Activation, Func<Module> Module, Func<NdArray, NdArray> Reference)[] s_activations =
    [
        (Activation.Relu, static () => new ReLU(), Naive.Relu),
        (Activation.LeakyRelu, static () => new LeakyReLU(Slope), static x => Naive.LeakyRelu(x, Slope)),
        (Activation.Tanh, static () => new Tanh(), Naive.Tanh),
        (Activation.Sigmoid, static () => new Sigmoid(), Naive.Sigmoid),
    ];

    public static IEnumerable<OpCase> All()
    {
        foreach ((Activation activation, Func<Module> module, Func<NdArray, NdArray> f) in s_activations)
        {
            foreach ((int rows, int inputs, int outputs) in ((int, int, int)[])[(1, 1, 1), (3, 33, 5), (16, 20, 35), (5, 67, 1)])
            {
                yield return OpCase.Function("linear", $"{activation}, {rows} rows, {inputs} to {outputs}",
                    [new("x", [rows, inputs]), new("weight", [outputs, inputs], Draw: r => CaseInput.Normal(r) / Math.Sqrt(inputs)), new("bias", [outputs])],
                    t => t[0].Linear(t[1], t[2], activation, Slope), v => f(Naive.Linear(v[0], v[1], v[2])));
            }
            yield return OpCase.Function("conv2d", $"{activation}, bias", [new("x", [2, 3, 7, 6]), new("weight", [5, 3, 4, 4], Draw: Small), new("bias", [5])],
                t => t[0].Conv2d(t[1], t[2], 2, 1, activation, Slope), v => f(Naive.Conv2d(v[0], v[1], v[2], 2, 1)));
            yield return OpCase.Function("conv2d", $"{activation}, whole image", [new("x", [3, 5, 4, 4]), new("weight", [2, 5, 4, 4], Draw: Small)],
                t => t[0].Conv2d(t[1], null, 1, 0, activation, Slope), v => f(Naive.Conv2d(v[0], v[1], null, 1, 0)));
            yield return OpCase.Function("conv_transpose2d", $"{activation}, bias", [new("x", [2, 4, 3, 5]), new("weight", [4, 3, 4, 4], Draw: Small), new("bias", [3])],
                t => t[0].ConvTranspose2d(t[1], t[2], 2, 1, 0, activation, Slope), v => f(Naive.ConvTranspose2d(v[0], v[1], v[2], 2, 1, 0)));
            // the second operation's gradient kernel applies the first one's activation
            yield return OpCase.Function("linear", $"{activation}, linear behind", [new("x", [4, 9]), new("weight", [7, 9]), new("second", [3, 7])],
                t => t[0].Linear(t[1], null, activation, Slope).Linear(t[2]), v => Naive.Linear(f(Naive.Linear(v[0], v[1], null)), v[2], null));
            yield return OpCase.Function("linear", $"{activation}, matmul behind, from the right", [new("x", [4, 9]), new("weight", [7, 9]), new("second", [3, 4])],
                t => t[2].MatMul(t[0].Linear(t[1], null, activation, Slope)), v => Naive.MatMul(v[2], f(Naive.Linear(v[0], v[1], null))));
            yield return OpCase.Function("conv2d", $"{activation}, conv2d behind", [new("x", [2, 3, 7, 6]), new("weight", [4, 3, 3, 3], Draw: Small), new("second", [3, 4, 4, 4], Draw: Small)],
                t => t[0].Conv2d(t[1], null, 1, 1, activation, Slope).Conv2d(t[2], null, 2, 1), v => Naive.Conv2d(f(Naive.Conv2d(v[0], v[1], null, 1, 1)), v[2], null, 2, 1));
            yield return OpCase.Function("conv_transpose2d", $"{activation}, conv_transpose2d behind",
                [new("x", [2, 4, 3, 5]), new("weight", [4, 3, 4, 4], Draw: Small), new("second", [3, 2, 3, 3], Draw: Small)],
                t => t[0].ConvTranspose2d(t[1], null, 2, 1, 0, activation, Slope).ConvTranspose2d(t[2], null, 1, 1),
                v => Naive.ConvTranspose2d(f(Naive.ConvTranspose2d(v[0], v[1], null, 2, 1, 0)), v[2], null, 1, 1, 0));
            yield return OpCase.OfModule("layer Sequential", $"fused Linear and {activation}", [new("x", [5, 9]), new("weight", [4, 9]), new("bias", [4])],
                d => new Sequential(new Linear(d, 9, 4, new Generator(1)), module()), v => f(Naive.Linear(v[0], v[1], v[2])));
            yield return OpCase.OfModule("layer Sequential", $"fused Conv2d and {activation}", [new("x", [2, 3, 7, 5]), new("weight", [4, 3, 3, 3], Draw: Small)],
                d => new Sequential(new Conv2d(d, 3, 4, 3, new Generator(1), 2, 1, bias: false), module()), v => f(Naive.Conv2d(v[0], v[1], null, 2, 1)));
            yield return OpCase.OfModule("layer Sequential", $"fused ConvTranspose2d and {activation}", [new("x", [2, 3, 4, 5]), new("weight", [3, 4, 3, 3], Draw: Small)],
                d => new Sequential(new ConvTranspose2d(d, 3, 4, 3, new Generator(1), 2, 1, bias: false), module()), v => f(Naive.ConvTranspose2d(v[0], v[1], null, 2, 1, 0)));
        }
        yield return OpCase.OfModule("layer Sequential", "Linear and a LeakyReLU that falls, two operations", [new("x", [5, 9]), new("weight", [4, 9]), new("bias", [4])],
            static d => new Sequential(new Linear(d, 9, 4, new Generator(1)), new LeakyReLU(-0.5f)), static v => Naive.LeakyRelu(Naive.Linear(v[0], v[1], v[2]), -0.5));
    }

    private static double Small(System.Random random) => 0.2 * CaseInput.Normal(random);
}
