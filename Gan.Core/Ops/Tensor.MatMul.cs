using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    /// <summary>Matrix product: this [m, k] times other [k, n] gives [m, n]. Gradients: dy other^T and this^T dy.</summary>
    /// <exception cref="ShapeException">Not two matrices, or the inner sizes differ.</exception>
    [DifferentiableOp("matmul")]
    public Tensor MatMul(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        CheckDevice("MatMul", this, other);
        if (Shape.Rank != 2 || other.Shape.Rank != 2 || Shape[1] != other.Shape[0])
        {
            throw new ShapeException($"MatMul: {Shape} x {other.Shape}: two matrices with equal inner sizes are needed; transpose or reshape one?");
        }
        int m = Shape[0], k = Shape[1], n = other.Shape[1];
        Tensor y = Empty(Device, new Shape(m, n));
        Kernels.MatMul(Data, other.Data, default, y.Data, m, n, k, transposeA: false, transposeB: false, WriteMode.Write);
        return Record(y, "matmul", [this, other], [this, other], (node, dy) =>
        {
            if (node.Needs(0))
            {
                GradTarget da = node.ProductGradientOf(0);
                node.Kernels.MatMul(dy, node.Saved(1), da.Epilogue, da.Data, m, k, n, transposeA: false, transposeB: true, da.Mode);
            }
            if (node.Needs(1))
            {
                GradTarget db = node.ProductGradientOf(1);
                node.Kernels.MatMul(node.Saved(0), dy, db.Epilogue, db.Data, k, n, m, transposeA: true, transposeB: false, db.Mode);
            }
        });
    }

    /// <summary>
    /// Affine map of rows, y = x W^T + b, as PyTorch's linear: this [rows, in], <paramref name="weight"/> [out, in], optional
    /// <paramref name="bias"/> [out]; gives [rows, out]. Gradients: dy W, dy^T x, and the column sums of dy.
    /// </summary>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">Fused behind it: y = f(...). Its gradient is worked out from y.</param>
    /// <param name="slope">Of LeakyReLU; above 0.</param>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    [DifferentiableOp("linear")]
    public Tensor Linear(Tensor weight, Tensor? bias = null, Activation activation = Activation.Identity, float slope = 0)
    {
        ArgumentNullException.ThrowIfNull(weight);
        FusedActivation fused = FusedActivation.Of(activation, slope, "Linear");
        CheckDevice("Linear", this, weight);
        CheckDevice("Linear", this, bias);
        if (Shape.Rank != 2 || weight.Shape.Rank != 2 || Shape[1] != weight.Shape[1])
        {
            throw new ShapeException($"Linear: input {Shape} and weight {weight.Shape}: the input must be [rows, {(weight.Shape.Rank == 2 ? weight.Shape[1] : "in")}]; "
                + "flatten it, or check in_features.");
        }
        int rows = Shape[0], inputs = Shape[1], outputs = weight.Shape[0];
        if (bias is not null && bias.Shape != new Shape(outputs))
        {
            throw new ShapeException($"Linear: bias {bias.Shape} does not fit weight {weight.Shape}; it must be [{outputs}].");
        }
        Tensor y = Empty(Device, new Shape(rows, outputs));
        Kernels.MatMul(Data, weight.Data, new(bias?.Data ?? default, activation, slope), y.Data, rows, outputs, inputs, transposeA: false, transposeB: true, WriteMode.Write);
        return Record(y, "linear", [this, weight, bias], [this, weight], fused, (node, dy) =>
        {
            using DeviceBuffer? dz = FusedActivation.Backward(node, ref dy);
            if (node.Needs(0))
            {
                GradTarget dx = node.ProductGradientOf(0);
                node.Kernels.MatMul(dy, node.Saved(1), dx.Epilogue, dx.Data, rows, inputs, outputs, transposeA: false, transposeB: false, dx.Mode);
            }
            if (node.Needs(1))
            {
                GradTarget dw = node.GradientOf(1);
                node.Kernels.MatMul(dy, node.Saved(0), default, dw.Data, outputs, inputs, rows, transposeA: true, transposeB: false, dw.Mode);
            }
            if (node.Needs(2))
            {
                GradTarget db = node.GradientOf(2);
                node.Kernels.SumRows(dy, db.Data, rows, outputs, db.Mode);
            }
        });
    }
}
