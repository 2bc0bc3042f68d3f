using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>y = max(x, 0); any shape. Gradient: dy where y > 0, else 0 (also at 0, as PyTorch).</summary>
    [DifferentiableOp("relu")]
    public Tensor Relu()
    {
        Tensor y = EmptyLike(this);
        Kernels.ReluForward(Data, y.Data);
        return Record(y, "relu", [this], [y], static (node, dy) =>
        {
            GradTarget dx = node.GradientOf(0);
            node.Kernels.ReluBackward(node.Saved(0), dy, dx.Data, dx.Mode);
        });
    }

    /// <summary>y = x if x > 0, else slope * x; any shape. Gradient: dy, or slope * dy (also at 0, as PyTorch).</summary>
    /// <param name="slope">Unitless; 0.2 in DCGAN (Radford et al. 2015, section 4). PyTorch's default is 0.01.</param>
    [DifferentiableOp("leaky_relu")]
    public Tensor LeakyRelu(float slope = 0.01f)
    {
        Tensor y = EmptyLike(this);
        Kernels.LeakyReluForward(Data, y.Data, slope);
        return Record(y, "leaky_relu", [this], [this], (node, dy) =>
        {
            GradTarget dx = node.GradientOf(0);
            node.Kernels.LeakyReluBackward(node.Saved(0), dy, dx.Data, slope, dx.Mode);
        });
    }

    /// <summary>y = tanh(x); any shape. Gradient: dy (1 - y^2).</summary>
    [DifferentiableOp("tanh")]
    public Tensor Tanh()
    {
        Tensor y = EmptyLike(this);
        Kernels.TanhForward(Data, y.Data);
        return Record(y, "tanh", [this], [y], static (node, dy) =>
        {
            GradTarget dx = node.GradientOf(0);
            node.Kernels.TanhBackward(node.Saved(0), dy, dx.Data, dx.Mode);
        });
    }

    /// <summary>y = 1 / (1 + exp(-x)); any shape. Gradient: dy y (1 - y).</summary>
    [DifferentiableOp("sigmoid")]
    public Tensor Sigmoid()
    {
        Tensor y = EmptyLike(this);
        Kernels.SigmoidForward(Data, y.Data);
        return Record(y, "sigmoid", [this], [y], static (node, dy) =>
        {
            GradTarget dx = node.GradientOf(0);
            node.Kernels.SigmoidBackward(node.Saved(0), dy, dx.Data, dx.Mode);
        });
    }
}
