using Gan.Core.Nn;
using Gan.Core.Random;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Every module of Gan.Core.Nn through its own Forward.</summary>
internal static class LayerCases
{
    private static readonly CaseInput s_image = new("x", [2, 3, 7, 5]);

    public static IEnumerable<OpCase> All() =>
    [
        OpCase.OfModule("layer Conv2d", "k3 s2 p1", [s_image, new("weight", [4, 3, 3, 3]), new("bias", [4])],
            static d => new Conv2d(d, 3, 4, 3, new Generator(1), stride: 2, padding: 1), static v => Naive.Conv2d(v[0], v[1], v[2], 2, 1)),
        OpCase.OfModule("layer Conv2d", "k4, no bias", [s_image, new("weight", [4, 3, 4, 4])],
            static d => new Conv2d(d, 3, 4, 4, new Generator(1), bias: false), static v => Naive.Conv2d(v[0], v[1], null, 1, 0)),
        OpCase.OfModule("layer ConvTranspose2d", "k3 s3 p1 op2", [s_image, new("weight", [3, 4, 3, 3]), new("bias", [4])],
            static d => new ConvTranspose2d(d, 3, 4, 3, new Generator(1), 3, 1, 2), static v => Naive.ConvTranspose2d(v[0], v[1], v[2], 3, 1, 2)),
        OpCase.OfModule("layer Linear", "9 to 4", [new("x", [5, 9]), new("weight", [4, 9]), new("bias", [4])],
            static d => new Linear(d, 9, 4, new Generator(1)), static v => Naive.Linear(v[0], v[1], v[2])),
        OpCase.OfModule("layer BatchNorm2d", "training", [s_image, new("gamma", [3]), new("beta", [3])],
            static d => new BatchNorm2d(d, 3), static v => BatchNorm(v)),
        OpCase.OfModule("layer BatchNorm2d", "evaluation", [s_image, new("gamma", [3]), new("beta", [3])],
            static d => new BatchNorm2d(d, 3).Eval(), static v => Naive.BatchNormEval(v[0], v[1], v[2], Constant(0), Constant(1), 1e-5)),
        OpCase.OfModule("layer ReLU", "", [s_image], static _ => new ReLU(), static v => Naive.Relu(v[0])),
        OpCase.OfModule("layer LeakyReLU", "0.2", [s_image], static _ => new LeakyReLU(0.2f), static v => Naive.LeakyRelu(v[0], 0.2f)),
        OpCase.OfModule("layer LeakyReLU", "default", [s_image], static _ => new LeakyReLU(), static v => Naive.LeakyRelu(v[0], 0.01f)),
        OpCase.OfModule("layer Tanh", "", [s_image], static _ => new Tanh(), static v => Naive.Tanh(v[0])),
        OpCase.OfModule("layer Sigmoid", "", [s_image], static _ => new Sigmoid(), static v => Naive.Sigmoid(v[0])),
        OpCase.OfModule("layer Flatten", "then Linear", [s_image, new("weight", [2, 105]), new("bias", [2])],
            static d => new Sequential(new Flatten(), new Linear(d, 105, 2, new Generator(1))),
            static v => Naive.Linear(Naive.Reshape(v[0], 2, 105), v[1], v[2])),
        OpCase.OfModule("layer Sequential", "fused BatchNorm2d and ReLU", [s_image, new("gamma", [3]), new("beta", [3])],
            static d => new Sequential(new BatchNorm2d(d, 3), new ReLU(), new Tanh()), static v => Naive.Tanh(Naive.Relu(BatchNorm(v)))),
        OpCase.OfModule("layer Sequential", "fused BatchNorm2d and LeakyReLU", [s_image, new("gamma", [3]), new("beta", [3])],
            static d => new Sequential(new BatchNorm2d(d, 3), new LeakyReLU(0.2f)), static v => Naive.LeakyRelu(BatchNorm(v), 0.2f)),
    ];

    private static NdArray BatchNorm(NdArray[] v) => Naive.BatchNorm(v[0], v[1], v[2], Constant(0), Constant(1), 0.1, 1e-5).Y;

    private static NdArray Constant(double value) => new([value, value, value], 3);
}
