using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Conv2d and ConvTranspose2d over every kernel 1-5, stride 1-3 and padding 0-2, and at awkward sizes.</summary>
internal static class ConvCases
{
    private sealed record Geometry(int N, int Cin, int H, int W, int Cout, int Kernel, int Stride, int Padding, int OutputPadding = 0, bool Bias = true);

    public static IEnumerable<OpCase> All() => [.. Conv(), .. Transposed()];

    private static IEnumerable<OpCase> Conv() => Grid(transposed: false).Concat([
        new(1, 1, 1, 1, 1, 1, 1, 0),
        new(1, 3, 33, 5, 2, 4, 2, 1, Bias: false),
        new(1, 1, 4, 67, 3, 3, 2, 1),
        new(2, 33, 3, 3, 67, 3, 1, 1),
        new(1, 67, 4, 4, 1, 4, 1, 0, Bias: false),
        new(3, 3, 8, 8, 16, 4, 2, 1, Bias: false),
        new(1, 2, 1, 1, 3, 5, 1, 2),
        new(1, 16, 5, 5, 33, 1, 3, 0),
    ]).Select(g => OpCase.Function("conv2d", Text(g), Inputs(g, [g.Cout, g.Cin, g.Kernel, g.Kernel], g.Cin),
        t => t[0].Conv2d(t[1], g.Bias ? t[2] : null, g.Stride, g.Padding),
        v => Naive.Conv2d(v[0], v[1], g.Bias ? v[2] : null, g.Stride, g.Padding)));

    private static IEnumerable<OpCase> Transposed() => Grid(transposed: true).Concat([
        new(1, 1, 1, 1, 1, 1, 1, 0),
        new(3, 33, 1, 1, 16, 4, 1, 0, Bias: false),
        new(2, 16, 4, 4, 8, 4, 2, 1, Bias: false),
        new(1, 5, 3, 17, 67, 4, 2, 1),
        new(1, 67, 2, 3, 3, 3, 3, 1, 2),
        new(1, 3, 2, 33, 2, 5, 3, 2, 1),
        new(2, 3, 3, 2, 4, 1, 3, 0, 2),
        new(1, 1, 33, 1, 1, 2, 2, 0, 1),
    ]).Select(g => OpCase.Function("conv_transpose2d", Text(g), Inputs(g, [g.Cin, g.Cout, g.Kernel, g.Kernel], Math.Max(1, g.Cin / (g.Stride * g.Stride))),
        t => t[0].ConvTranspose2d(t[1], g.Bias ? t[2] : null, g.Stride, g.Padding, g.OutputPadding),
        v => Naive.ConvTranspose2d(v[0], v[1], g.Bias ? v[2] : null, g.Stride, g.Padding, g.OutputPadding)));

    private static IEnumerable<Geometry> Grid(bool transposed)
    {
        for (int kernel = 1; kernel <= 5; kernel++)
        {
            for (int stride = 1; stride <= 3; stride++)
            {
                for (int padding = 0; padding <= 2; padding++)
                {
                    yield return new(1 + padding % 2, 3, 7, 6, 5, kernel, stride, padding, transposed ? (kernel + padding) % stride : 0, kernel % 2 == 1);
                }
            }
        }
    }

    private static CaseInput[] Inputs(Geometry g, int[] weight, int channelsSummed)
    {
        double scale = 1 / Math.Sqrt(channelsSummed * g.Kernel * g.Kernel);
        CaseInput[] inputs = [new("x", [g.N, g.Cin, g.H, g.W]), new("weight", weight, Draw: r => scale * CaseInput.Normal(r))];
        return g.Bias ? [.. inputs, new("bias", [g.Cout])] : inputs;
    }

    private static string Text(Geometry g) =>
        $"N{g.N} {g.Cin}x{g.H}x{g.W} -> {g.Cout} k{g.Kernel} s{g.Stride} p{g.Padding} op{g.OutputPadding}{(g.Bias ? " bias" : "")}";
}
