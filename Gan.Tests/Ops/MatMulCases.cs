using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Matrix products and affine maps.</summary>
internal static class MatMulCases
{
    private static readonly (int M, int K, int N)[] s_sizes =
        [(1, 1, 1), (1, 33, 1), (3, 1, 5), (1, 67, 33), (33, 3, 67), (67, 33, 3), (16, 64, 16), (3, 300, 2), (129, 17, 35)];

    public static IEnumerable<OpCase> All()
    {
        foreach ((int m, int k, int n) in s_sizes)
        {
            double scale = 1 / Math.Sqrt(k);
            double Draw(System.Random r) => scale * CaseInput.Normal(r);
            yield return OpCase.Function("matmul", $"{m}x{k} times {k}x{n}", [new("a", [m, k]), new("b", [k, n], Draw: Draw)],
                static t => t[0].MatMul(t[1]), static v => Naive.MatMul(v[0], v[1]));
            yield return OpCase.Function("linear", $"{m} rows, {k} to {n}, bias", [new("x", [m, k]), new("weight", [n, k], Draw: Draw), new("bias", [n])],
                static t => t[0].Linear(t[1], t[2]), static v => Naive.Linear(v[0], v[1], v[2]));
            yield return OpCase.Function("linear", $"{m} rows, {k} to {n}, no bias", [new("x", [m, k]), new("weight", [n, k], Draw: Draw)],
                static t => t[0].Linear(t[1]), static v => Naive.Linear(v[0], v[1], null));
        }
        yield return OpCase.Function("matmul", "a matrix by itself", [new("a", [7, 7])], static t => t[0].MatMul(t[0]), static v => Naive.MatMul(v[0], v[0]));
    }
}
