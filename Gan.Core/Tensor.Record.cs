using Gan.Core.Autograd;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>Puts an operation on the tape when recording is on and an input needs a gradient; returns <paramref name="y"/>.</summary>
    private static Tensor Record(Tensor y, string op, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor> saves, BackwardFunction backward) =>
        Record(y, op, inputs, saves, default, backward);

    /// <summary>The same of an operation that ends in an activation.</summary>
    private static Tensor Record(Tensor y, string op, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor> saves, FusedActivation fused, BackwardFunction backward)
    {
        if (!GradMode.IsEnabled)
        {
            return y;
        }
        foreach (Tensor? input in inputs)
        {
            if (input is { RequiresGrad: true })
            {
                y.Node = new GradNode(op, y, inputs, saves, fused, backward);
                break;
            }
        }
        return y;
    }

    private static Tensor EmptyLike(Tensor x) => Empty(x.Device, x.Shape);

    /// <summary>Checks that operands live on one device.</summary>
    private static void CheckDevice(string op, Tensor a, Tensor? b)
    {
        if (b is not null && !ReferenceEquals(a.Device, b.Device))
        {
            throw new ArgumentException($"{op}: operands are on {a.Device.Name} and {b.Device.Name}; move one of them.");
        }
    }

    private static void CheckSameShape(string op, Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(b);
        CheckDevice(op, a, b);
        if (a.Shape != b.Shape)
        {
            throw new ShapeException($"{op}: shapes {a.Shape} and {b.Shape} differ; operands must have equal shapes (there is no broadcasting).");
        }
    }
}
