using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Both forms of binary cross-entropy, with a target for each element and with one for all.</summary>
internal static class LossCases
{
    public static IEnumerable<OpCase> All()
    {
        foreach (int[] shape in new int[][] { [1], [3], [33], [67, 1], [5, 1, 1, 1], [2, 3, 4, 5], [5000] })
        {
            foreach (int[] target in shape.Length == 1 && shape[0] == 1 ? [shape] : new[] { shape, [] })
            {
                string text = $"[{string.Join(", ", shape)}], {(target.Length == 0 ? "one target" : "targets")}";
                var t = new CaseInput("target", target, Differentiable: false, Draw: static r => (float)(0.1 * r.Next(11)));
                yield return OpCase.Function("bce_loss", text, [new("p", shape, Draw: static r => 0.02 + 0.96 * r.NextDouble()), t],
                    static t => t[0].BceLoss(t[1]), static v => Naive.Bce(v[0], v[1]));
                yield return OpCase.Function("bce_with_logits_loss", text, [new("z", shape, Draw: static r => 4 * CaseInput.Normal(r)), t],
                    static t => t[0].BceWithLogitsLoss(t[1]), static v => Naive.BceWithLogits(v[0], v[1]));
            }
        }
    }
}
