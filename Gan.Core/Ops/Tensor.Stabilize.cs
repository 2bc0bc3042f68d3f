using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// Mean of an adversarial loss of logits against one target for all; shape []. Hinge: max(0, 1 - t z), t = 1 or -1 (Lim and Ye 2017); least squares:
    /// (z - t)^2 / 2 (Mao et al. 2017); linear: t z. Gradients -t where 1 - t z > 0, else 0; z - t; t; all times dy / n.
    /// </summary>
    /// <param name="kind">Which.</param>
    /// <param name="target">t.</param>
    /// <param name="output">Optional single element that receives what to report of D: the mean of sigmoid(z), for least squares of z.</param>
    /// <exception cref="ShapeException">No elements.</exception>
    [DifferentiableOp("adversarial_loss")]
    public Tensor AdversarialLoss(LogitLoss kind, float target, Tensor? output = null)
    {
        if (Length == 0)
        {
            throw new ShapeException($"AdversarialLoss: input {Shape} has no elements.");
        }
        Tensor loss = Empty(Device, new Shape());
        Kernels.LogitLossForward(Data, kind, target, loss.Data, output?.Data ?? default);
        return Record(loss, "adversarial_loss", [this], [this], (node, dy) =>
        {
            GradTarget dz = node.GradientOf(0);
            node.Kernels.LogitLossBackward(node.Saved(0), kind, target, dy, dz.Data, dz.Mode);
        });
    }

    /// <summary>
    /// y = this + std max(0, 1 - step / steps) noise, step from a step state on the device: instance noise that fades (Sonderby et al. 2017). Gradient: dy.
    /// </summary>
    /// <param name="noise">This shape; no gradient flows to it.</param>
    /// <param name="std">At step 0.</param>
    /// <param name="steps">After so many steps there is none left; above 0.</param>
    /// <param name="state">A <see cref="StepState"/>.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    [DifferentiableOp("add_decayed_noise")]
    public Tensor AddDecayedNoise(Tensor noise, float std, uint steps, DeviceSpan<uint> state)
    {
        CheckSameShape("AddDecayedNoise", this, noise);
        ArgumentOutOfRangeException.ThrowIfZero(steps);
        Tensor y = EmptyLike(this);
        Kernels.AddDecayedNoise(Data, noise.Data, y.Data, std, steps, state);
        return Record(y, "add_decayed_noise", [this], [], static (node, dy) => PassOn(node, 0, dy, 1));
    }

    /// <summary>
    /// A weight over its largest singular value: y = w / sigma, sigma = u^T W v, where W [rows, columns] has the first size as rows (Miyato et al. 2018,
    /// algorithm 1). <paramref name="u"/> and <paramref name="v"/> count as constants in the gradient, as in the paper and in PyTorch:
    /// (dy - (sum of dy y) u v^T) / sigma.
    /// </summary>
    /// <param name="u">Left singular vector so far, [rows].</param>
    /// <param name="v">Right singular vector so far, of as many elements as columns, in the weight's own order: a 4-D weight's as (1, Cin, K, K).</param>
    /// <param name="iterate">Whether to improve both by one power iteration first, in place: v = W^T u / |W^T u|, u = W v / |W v|.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    [DifferentiableOp("spectral_norm")]
    public Tensor SpectralNorm(Tensor u, Tensor v, bool iterate)
    {
        ArgumentNullException.ThrowIfNull(u);
        ArgumentNullException.ThrowIfNull(v);
        CheckDevice("SpectralNorm", this, u);
        CheckDevice("SpectralNorm", this, v);
        int rows = Shape.Rank >= 2 ? Shape[0] : 0, columns = rows > 0 ? (int)(Length / rows) : 0;
        if (columns == 0 || u.Length != rows || v.Length != columns)
        {
            throw new ShapeException($"SpectralNorm: weight {Shape} needs u of {rows} and v of {columns} elements, found {u.Shape} and {v.Shape}.");
        }
        using Tensor sigma = Empty(Device, new Shape()), product = Empty(Device, u.Shape);
        if (iterate)
        {
            Kernels.MatMul(u.Data, Data, default, v.Data, 1, columns, rows, transposeA: false, transposeB: false, WriteMode.Write);
            Normalize(v, sigma);
            Kernels.MatMul(v.Data, Data, default, u.Data, 1, rows, columns, transposeA: false, transposeB: true, WriteMode.Write);
            Normalize(u, sigma);
        }
        // Later iterations change u and v in place, so the backward pass keeps its own.
        using Tensor keptU = CopyOf(u), keptV = CopyOf(v);
        Kernels.MatMul(v.Data, Data, default, product.Data, 1, rows, columns, transposeA: false, transposeB: true, WriteMode.Write);
        Kernels.Dot(product.Data, u.Data, sigma.Data);
        Tensor y = EmptyLike(this);
        Kernels.DivideBy(Data, sigma.Data, 0, y.Data);
        return Record(y, "spectral_norm", [this], [keptU, keptV, sigma, y], (node, dy) =>
        {
            GradTarget dw = node.GradientOf(0);
            using DeviceBuffer dot = node.Device.Allocate<float>(1);
            node.Kernels.Dot(dy, node.Saved(3), dot.AsSpan<float>());
            node.Kernels.SpectralNormBackward(dy, node.Saved(0), node.Saved(1), dot.AsSpan<float>(), node.Saved(2), dw.Data, rows, columns, dw.Mode);
        });
    }

    /// <summary>x = x / max(|x|, 1e-12), as PyTorch's normalize.</summary>
    private static void Normalize(Tensor x, Tensor norm)
    {
        x.Kernels.Norm(x.Data, norm.Data);
        x.Kernels.DivideBy(x.Data, norm.Data, 1e-12f, x.Data);
    }

    private static Tensor CopyOf(Tensor x)
    {
        Tensor y = EmptyLike(x);
        x.Kernels.Copy(x.Data, y.Data);
        return y;
    }
}
