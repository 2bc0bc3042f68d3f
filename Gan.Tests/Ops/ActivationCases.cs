using Gan.Core;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Element-wise activations, over sizes around the vector widths and in 4-D.</summary>
internal static class ActivationCases
{
    private static readonly int[][] s_shapes = [[1], [3], [33], [67], [2, 3, 5, 7], [1, 67, 1, 1]];

    public static IEnumerable<OpCase> All()
    {
        foreach (int[] shape in s_shapes)
        {
            yield return Case("relu", "", shape, 1, static x => x.Relu(), Naive.Relu);
            yield return Case("leaky_relu", "slope 0.2, ", shape, 1, static x => x.LeakyRelu(0.2f), static x => Naive.LeakyRelu(x, 0.2f));
            yield return Case("leaky_relu", "slope 0.01, ", shape, 1, static x => x.LeakyRelu(), static x => Naive.LeakyRelu(x, 0.01f));
            yield return Case("tanh", "", shape, 2, static x => x.Tanh(), Naive.Tanh);
            yield return Case("sigmoid", "", shape, 3, static x => x.Sigmoid(), Naive.Sigmoid);
        }
    }

    private static OpCase Case(string op, string detail, int[] shape, double scale, Func<Tensor, Tensor> core, Func<NdArray, NdArray> reference) =>
        OpCase.Function(op, $"{detail}[{string.Join(", ", shape)}]", [new("x", shape, Draw: r => scale * CaseInput.Normal(r))],
            t => core(t[0]), v => reference(v[0]));
}
