using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Reshapes, with and without the permutation that channels-last storage asks for; squared behind, so that a wrong order shows in gradients.</summary>
internal static class ReshapeCases
{
    private static readonly (int[] From, int[] To)[] s_shapes =
    [
        ([6], [2, 3]), ([2, 3, 4, 5], [2, 60]), ([2, 60], [2, 3, 4, 5]), ([2, 3, 4, 5], [4, 5, 3, 2]), ([3, 1, 4, 5], [3, 20]), ([3, 67, 1, 1], [3, 67]),
        ([2, 3, 4, 5], [2, 3, 4, 5]), ([1, 33, 3, 3], [297]), ([2, 2, 3, 3], [2, 18, 1, 1]), ([1], []), ([4, 6, 1, 1], [2, 3, 2, 2]), ([2, 3, 2, 2], [6, 1, 2, 2]),
    ];

    public static IEnumerable<OpCase> All() => s_shapes.Select(static s => OpCase.Function("reshape",
        $"[{string.Join(", ", s.From)}] to [{string.Join(", ", s.To)}]", [new("x", s.From), new("factor", s.To)],
        t => t[0].Reshape(s.To) * t[1], v => Naive.Multiply(Naive.Reshape(v[0], s.To), v[1])));
}
