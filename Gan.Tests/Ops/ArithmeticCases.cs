using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Element-wise arithmetic and full reductions.</summary>
internal static class ArithmeticCases
{
    private static readonly int[][] s_shapes = [[], [1], [33], [67, 3], [2, 3, 5, 7], [40_001]];

    public static IEnumerable<OpCase> All()
    {
        foreach (int[] shape in s_shapes)
        {
            string text = $"[{string.Join(", ", shape)}]";
            CaseInput[] one = [new("x", shape)], two = [new("a", shape), new("b", shape)];
            yield return OpCase.Function("add", text, two, static t => t[0] + t[1], static v => Naive.Add(v[0], v[1]));
            yield return OpCase.Function("subtract", text, two, static t => t[0] - t[1], static v => Naive.Subtract(v[0], v[1]));
            yield return OpCase.Function("multiply", text, two, static t => t[0] * t[1], static v => Naive.Multiply(v[0], v[1]));
            yield return OpCase.Function("scale", text, one, static t => t[0].Scale(-1.5f), static v => Naive.Scale(v[0], -1.5));
            yield return OpCase.Function("sum", text, one, static t => t[0].Sum(), static v => Naive.Sum(v[0]));
            yield return OpCase.Function("mean", text, one, static t => t[0].Mean(), static v => Naive.Mean(v[0]));
        }
        CaseInput[] x = [new("x", [5])];
        yield return OpCase.Function("add", "x + x", x, static t => t[0] + t[0], static v => Naive.Add(v[0], v[0]));
        yield return OpCase.Function("subtract", "x - 3x", x, static t => t[0] - t[0].Scale(3), static v => Naive.Scale(v[0], -2));
        yield return OpCase.Function("multiply", "x * x", x, static t => t[0] * t[0], static v => Naive.Multiply(v[0], v[0]));
    }
}
