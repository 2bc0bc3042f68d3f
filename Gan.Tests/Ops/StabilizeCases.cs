using Gan.Core;
using Gan.Kernels;
using Gan.Tests.Reference;

namespace Gan.Tests.Ops;

/// <summary>Hinge and least-squares losses, spectral normalisation (u and v constant), noise added to an input.</summary>
internal static class StabilizeCases
{
    public static IEnumerable<OpCase> All()
    {
        foreach (int[] shape in new int[][] { [1], [3], [33], [2, 3, 4, 5], [5000] })
        {
            string text = $"[{string.Join(", ", shape)}]";
            foreach ((LogitLoss kind, float target) in new[] { (LogitLoss.Hinge, 1f), (LogitLoss.Hinge, -1f), (LogitLoss.LeastSquares, 0.9f), (LogitLoss.Linear, -1f) })
            {
                yield return OpCase.Function("adversarial_loss", $"{kind} {target}, {text}", [new("z", shape, Draw: static r => 2 * CaseInput.Normal(r))],
                    t => t[0].AdversarialLoss(kind, target), v => Naive.AdversarialLoss(v[0], kind, target));
            }
            yield return OpCase.Function("add_decayed_noise", text, [new("x", shape), new("noise", shape, Differentiable: false)],
                static t => AddNoise(t[0], t[1]), static v => Naive.Add(v[0], Naive.Scale(v[1], 0.5)));
        }
        foreach ((int[] shape, int[] v) in new (int[], int[])[] { ([1, 1], [1]), ([3, 5], [5]), ([17, 33], [33]), ([4, 3, 2, 2], [1, 3, 2, 2]), ([5, 16, 4, 4], [1, 16, 4, 4]) })
        {
            // Vectors away from zero, so that sigma is no difference of large numbers.
            static double Positive(System.Random r) => 0.2 + r.NextDouble();
            yield return OpCase.Function("spectral_norm", $"[{string.Join(", ", shape)}]",
                [new("w", shape, Draw: static r => 0.5 + 0.3 * CaseInput.Normal(r)), new("u", [shape[0]], Differentiable: false, Draw: Positive), new("v", v, Differentiable: false, Draw: Positive)],
                static t => t[0].SpectralNorm(t[1], t[2], iterate: false), static v => Naive.SpectralNorm(v[0], v[1], v[2]));
        }
    }

    /// <summary>Halfway through the fading.</summary>
    private static Tensor AddNoise(Tensor x, Tensor noise)
    {
        using DeviceBuffer state = x.Device.Allocate<uint>(StepState.Length);
        var words = new uint[StepState.Length];
        words[(int)StepField.Step] = 10;
        x.Device.CopyFromHost<uint>(words, state.AsSpan<uint>());
        return x.AddDecayedNoise(noise, 1, 20, state.AsSpan<uint>());
    }
}
