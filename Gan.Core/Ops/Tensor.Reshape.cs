using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// Same elements in PyTorch's order under another shape; one size may be -1. Shares memory where channels-last storage allows it, else
    /// permutes into a new tensor (a 4-D tensor with several channels and pixels). Gradient: dy in the old shape.
    /// </summary>
    /// <exception cref="ShapeException">The lengths differ.</exception>
    [DifferentiableOp("reshape")]
    public Tensor Reshape(params ReadOnlySpan<int> sizes)
    {
        Shape from = Shape, to = Resolve(sizes);
        if (from.IsOrderFree && to.IsOrderFree)
        {
            return Record(Alias(to), "reshape", [this], [], static (node, dy) => PassOn(node, 0, dy, 1));
        }
        if (from == to)
        {
            return Record(Alias(to), "reshape", [this], [], static (node, dy) => PassOn(node, 0, dy, 1));
        }
        Tensor flat = Empty(Device, new Shape((int)Length));
        if (from.IsOrderFree)
        {
            Kernels.Copy(Data, flat.Data);
        }
        else
        {
            Kernels.ChannelsLastToFirst(Data, flat.Data, from[0], from[1], from.Pixels, WriteMode.Write);
        }
        Tensor y = flat.Alias(to);
        if (!to.IsOrderFree)
        {
            y.Dispose();
            y = Empty(Device, to);
            Kernels.ChannelsFirstToLast(flat.Data, y.Data, to[0], to[1], to.Pixels, WriteMode.Write);
        }
        flat.Dispose();
        return Record(y, "reshape", [this], [], (node, dy) => ReshapeBackward(node, dy, from, to));
    }

    /// <summary>(N, ...) to (N, everything else), in PyTorch's order.</summary>
    /// <exception cref="ShapeException">A scalar.</exception>
    public Tensor Flatten() => Shape.Rank >= 1
        ? Reshape(Shape[0], Shape[0] == 0 ? 0 : (int)(Length / Shape[0]))
        : throw new ShapeException("Flatten: a scalar has no batch dimension; reshape it to [1, 1].");

    private static void ReshapeBackward(GradNode node, DeviceSpan<float> dy, Shape from, Shape to)
    {
        GradTarget dx = node.GradientOf(0);
        DeviceBuffer? staging = null;
        DeviceSpan<float> flat = dy;
        if (!to.IsOrderFree)
        {
            if (from.IsOrderFree)
            {
                node.Kernels.ChannelsLastToFirst(dy, dx.Data, to[0], to[1], to.Pixels, dx.Mode);
                return;
            }
            staging = node.Device.Allocate<float>(to.Length);
            flat = staging.AsSpan<float>();
            node.Kernels.ChannelsLastToFirst(dy, flat, to[0], to[1], to.Pixels, WriteMode.Write);
        }
        node.Kernels.ChannelsFirstToLast(flat, dx.Data, from[0], from[1], from.Pixels, dx.Mode);
        staging?.Dispose();
    }

    private Shape Resolve(ReadOnlySpan<int> sizes)
    {
        Span<int> resolved = stackalloc int[sizes.Length];
        long known = 1;
        int open = -1;
        for (int i = 0; i < sizes.Length; i++)
        {
            resolved[i] = sizes[i];
            if (sizes[i] == -1 && open < 0)
            {
                open = i;
            }
            else
            {
                known *= sizes[i];
            }
        }
        if (open >= 0 && known > 0 && Length % known == 0)
        {
            resolved[open] = (int)(Length / known);
            known = Length;
        }
        return known == Length && (open < 0 || resolved[open] >= 0)
            ? new Shape(resolved)
            : throw new ShapeException($"Reshape: {Shape} has {Length} elements and can't become [{string.Join(", ", sizes.ToArray())}].");
    }
}
