using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>BatchNorm with batch and running statistics, alone and with a fused activation.</summary>
internal static class BatchNormCases
{
    // Two values a channel have (almost) no gradient at PyTorch's epsilon: whatever they are, they become +1 and -1. Half a unit makes one.
    private static readonly (int[] Shape, float Eps)[] s_shapes =
        [([3, 5, 4, 3], 1e-5f), ([2, 1, 33, 3], 1e-5f), ([3, 67, 1, 1], 1e-3f), ([1, 33, 3, 2], 1e-5f), ([67, 3], 1e-5f), ([2, 16, 1, 1], 0.5f), ([4, 128, 2, 2], 1e-5f)];

    private static readonly (Activation Kind, float Slope)[] s_activations = [(Activation.Identity, 0), (Activation.Relu, 0), (Activation.LeakyRelu, 0.2f)];

    public static IEnumerable<OpCase> All() =>
        from shape in s_shapes
        from activation in s_activations
        from training in new[] { true, false }
        select Case(shape.Shape, shape.Eps, activation.Kind, activation.Slope, training);

    private static OpCase Case(int[] shape, float eps, Activation activation, float slope, bool training)
    {
        int[] channels = [shape[1]];
        CaseInput[] inputs =
        [
            new("x", shape, Draw: static r => 3 + 2 * CaseInput.Normal(r)),
            new("gamma", channels, Draw: static r => 1 + 0.5 * CaseInput.Normal(r)),
            new("beta", channels),
            new("running_mean", channels, Differentiable: false, Draw: static r => 3 + CaseInput.Normal(r)),
            new("running_var", channels, Differentiable: false, Draw: static r => 1 + 4 * r.NextDouble()),
        ];
        Tensor Core(Tensor[] t) => t[0].BatchNorm2d(t[1], t[2], t[3], t[4], Tensor.Zeros(t[0].Device, new Shape(), DType.Int64), training, 0.1f, eps,
            activation, slope);
        NdArray Reference(NdArray[] v)
        {
            NdArray y = training ? Naive.BatchNorm(v[0], v[1], v[2], v[3], v[4], 0.1, eps).Y : Naive.BatchNormEval(v[0], v[1], v[2], v[3], v[4], eps);
            return activation == Activation.Identity ? y : Naive.LeakyRelu(y, slope);
        }
        return OpCase.Function("batch_norm2d", $"[{string.Join(", ", shape)}] {activation}, {(training ? "batch" : "running")} statistics", inputs, Core, Reference);
    }
}
