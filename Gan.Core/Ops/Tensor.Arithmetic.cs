using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>y = this + other, element by element; equal shapes. Gradient: dy to both.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    [DifferentiableOp("add")]
    public Tensor Add(Tensor other)
    {
        CheckSameShape("Add", this, other);
        Tensor y = EmptyLike(this);
        Kernels.Add(Data, other.Data, y.Data);
        return Record(y, "add", [this, other], [], static (node, dy) =>
        {
            PassOn(node, 0, dy, 1);
            PassOn(node, 1, dy, 1);
        });
    }

    /// <summary>y = this - other, element by element; equal shapes. Gradient: dy and -dy.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    [DifferentiableOp("subtract")]
    public Tensor Subtract(Tensor other)
    {
        CheckSameShape("Subtract", this, other);
        Tensor y = EmptyLike(this);
        Kernels.Subtract(Data, other.Data, y.Data);
        return Record(y, "subtract", [this, other], [], static (node, dy) =>
        {
            PassOn(node, 0, dy, 1);
            PassOn(node, 1, dy, -1);
        });
    }

    /// <summary>y = this * other, element by element; equal shapes. Gradient: dy * other and dy * this.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    [DifferentiableOp("multiply")]
    public Tensor Multiply(Tensor other)
    {
        CheckSameShape("Multiply", this, other);
        Tensor y = EmptyLike(this);
        Kernels.Multiply(Data, other.Data, y.Data, WriteMode.Write);
        return Record(y, "multiply", [this, other], [this, other], static (node, dy) =>
        {
            for (int i = 0; i < 2; i++)
            {
                if (node.Needs(i))
                {
                    GradTarget dx = node.GradientOf(i);
                    node.Kernels.Multiply(dy, node.Saved(1 - i), dx.Data, dx.Mode);
                }
            }
        });
    }

    /// <summary>y = alpha * this. Gradient: alpha * dy.</summary>
    [DifferentiableOp("scale")]
    public Tensor Scale(float alpha)
    {
        Tensor y = EmptyLike(this);
        Kernels.Scale(Data, alpha, y.Data, WriteMode.Write);
        return Record(y, "scale", [this], [], (node, dy) => PassOn(node, 0, dy, alpha));
    }

    /// <summary>Sum of all elements, shape []. Gradient: dy to every element. Fixed order of summation.</summary>
    [DifferentiableOp("sum")]
    public Tensor Sum() => Reduce("sum", 1);

    /// <summary>Mean of all elements, shape []. Gradient: dy / n to every element. Fixed order of summation.</summary>
    /// <exception cref="ShapeException">No elements.</exception>
    [DifferentiableOp("mean")]
    public Tensor Mean() => Length > 0
        ? Reduce("mean", 1f / Length)
        : throw new ShapeException($"Mean: shape {Shape} has no elements.");

    /// <summary>y = left + right.</summary>
    public static Tensor operator +(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Add(right);
    }

    /// <summary>y = left - right.</summary>
    public static Tensor operator -(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Subtract(right);
    }

    /// <summary>y = left * right, element by element.</summary>
    public static Tensor operator *(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Multiply(right);
    }

    private Tensor Reduce(string op, float scale)
    {
        Tensor y = Empty(Device, new Shape());
        Kernels.Sum(Data, scale, y.Data, WriteMode.Write);
        return Record(y, op, [this], [], (node, dy) =>
        {
            GradTarget dx = node.GradientOf(0);
            node.Kernels.Broadcast(dy, scale, dx.Data, dx.Mode);
        });
    }

    private static void PassOn(GradNode node, int input, DeviceSpan<float> dy, float alpha)
    {
        if (node.Needs(input))
        {
            GradTarget dx = node.GradientOf(input);
            node.Kernels.Scale(dy, alpha, dx.Data, dx.Mode);
        }
    }
}
