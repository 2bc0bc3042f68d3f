using Gan.Core;
using Gan.Core.Autograd;
using Gan.Kernels;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>What flows where: accumulation, shared tensors, Detach, NoGrad, frozen leaves.</summary>
public sealed class TapeTests : IDisposable
{
    private readonly Device _device = TestDevice.Open();
    private readonly TensorScope _scope = TensorScope.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void GradientsAccumulateOverPassesUntilZeroed()
    {
        Tensor x = Leaf(3, -2);
        (x * x).Sum().Backward();
        Assert.Equal([6, -4], x.Grad!.ToArray());
        x.Scale(10).Sum().Backward();
        Assert.Equal([16, 6], x.Grad!.ToArray());
        x.ZeroGrad();
        Assert.Null(x.Grad);
        x.Scale(10).Sum().Backward();
        Assert.Equal([10, 10], x.Grad!.ToArray());
    }

    [Fact]
    public void ATensorUsedTwiceGetsBothGradients()
    {
        Tensor x = Leaf(3, -2);
        (x * x + x.Scale(5) - x).Sum().Backward();
        Assert.Equal([10, 0], x.Grad!.ToArray());
    }

    /// <summary>Weight and bias of a BatchNorm can be frozen, and zeroed, each on its own: the other's gradient is the same as ever.</summary>
    [Fact]
    public void BatchNormGradientsComeOneByOne()
    {
        Tensor x = Tensor.FromArray(_device, [1, 2, 3, 4, 6, 9], new Shape(3, 2));
        Tensor gamma = Leaf(1.5f, -2), beta = Leaf(0.5f, 1);

        void Pass()
        {
            Tensor y = x.BatchNorm2d(gamma, beta, Tensor.Zeros(_device, new Shape(2)), Tensor.Full(_device, new Shape(2), 1),
                Tensor.Zeros(_device, new Shape(), DType.Int64), training: true);
            (y * y).Sum().Backward();
        }

        Pass();
        float[] dgamma = gamma.Grad!.ToArray(), dbeta = beta.Grad!.ToArray();
        gamma.ZeroGrad();
        Pass();
        Assert.Equal(dgamma, gamma.Grad!.ToArray());
        Assert.Equal(Array.ConvertAll(dbeta, static g => 2 * g), beta.Grad!.ToArray());
        gamma.ZeroGrad();
        beta.ZeroGrad();
        gamma.RequiresGrad = false;
        Pass();
        Assert.Null(gamma.Grad);
        Assert.Equal(dbeta, beta.Grad!.ToArray());
    }

    [Fact]
    public void ADiamondAddsUpBeforeGoingOn()
    {
        // x -> a -> (b, c) -> d, with a used in three places: d = tanh(a)^2 + a.
        Tensor x = Leaf(0.5f);
        Tensor a = x.Scale(2);
        Tensor b = a.Tanh(), c = a.Tanh();
        (b * c + a).Sum().Backward();
        double tanh = Math.Tanh(1);
        Assert.Equal(2 * (2 * tanh * (1 - tanh * tanh) + 1), x.Grad!.Item(), 1e-6);
    }

    [Fact]
    public void ALongChainOfSharedTensorsVisitsEachOnce()
    {
        // Doubling by self-addition: 2^30 paths, 30 operations.
        Tensor x = Leaf(1), y = x;
        for (int i = 0; i < 30; i++)
        {
            y += y;
        }
        y.Sum().Backward();
        Assert.Equal(1 << 30, x.Grad!.Item());
    }

    [Fact]
    public void DetachStopsGradientsAndSharesMemory()
    {
        Tensor x = Leaf(3);
        Tensor y = x.Scale(2), cut = y.Detach();
        Assert.False(cut.RequiresGrad);
        (y * cut).Sum().Backward();
        Assert.Equal(12, x.Grad!.Item());
        cut.Fill(7);
        Assert.Equal(7, y.Item());
    }

    [Fact]
    public void ThroughDetachOnlyNothingRequiresGradients()
    {
        Tensor loss = Leaf(3).Detach().Scale(2).Sum();
        Assert.Contains("requires gradients", Assert.Throws<AutogradException>(() => loss.Backward()).Message);
    }

    [Fact]
    public void NoGradRecordsNothingAndNests()
    {
        Tensor x = Leaf(3);
        Tensor inside;
        using (GradMode.NoGrad())
        {
            using (GradMode.NoGrad())
            {
                Assert.False(GradMode.IsEnabled);
            }
            Assert.False(GradMode.IsEnabled);
            inside = x * x;
        }
        Assert.True(GradMode.IsEnabled);
        Assert.False(inside.RequiresGrad);
        Assert.True(inside.IsLeaf);
        (x * inside).Sum().Backward();
        Assert.Equal(9, x.Grad!.Item());
    }

    [Fact]
    public void NoGradIsOfItsThread()
    {
        bool elsewhere = false;
        using (GradMode.NoGrad())
        {
            var thread = new Thread(() => elsewhere = GradMode.IsEnabled);
            thread.Start();
            thread.Join();
        }
        Assert.True(elsewhere);
    }

    [Fact]
    public void AFrozenLeafGetsNothingWhileGradientsPassThrough()
    {
        Tensor x = Leaf(3), w = Leaf(5);
        w.RequiresGrad = false;
        (x * w).Sum().Backward();
        Assert.Equal(5, x.Grad!.Item());
        Assert.Null(w.Grad);
    }

    [Fact]
    public void AFrozenLeafNeedsNoWeightGradientKernel()
    {
        // What the trainer saves: with w frozen, only the data gradient runs. Seen from outside as the same x gradient with no buffer for w.
        Tensor x = Leaf(new Shape(2, 3), 1, 2, 3, 4, 5, 6), w = Leaf(new Shape(2, 3), 1, 0, 2, 0, 1, 1);
        x.Linear(w).Sum().Backward();
        float[] both = x.Grad!.ToArray();
        x.ZeroGrad();
        w.ZeroGrad();
        w.RequiresGrad = false;
        x.Linear(w).Sum().Backward();
        Assert.Equal(both, x.Grad!.ToArray());
        Assert.Null(w.Grad);
    }

    [Fact]
    public void AnExplicitGradientSeedsThePass()
    {
        Tensor x = Leaf(3, -2);
        (x * x).Backward(Tensor.FromArray(_device, [1f, 10f], new Shape(2)));
        Assert.Equal([6, -40], x.Grad!.ToArray());
    }

    /// <summary>A pass reads the gradient that it is given where it lies, without a copy, and leaves it alone.</summary>
    [Fact]
    public void AGivenGradientServesSeveralPasses()
    {
        Tensor x = Leaf(3, -2), gradient = Tensor.FromArray(_device, [1f, 10f], new Shape(2));
        Tensor y = x * x;
        y.Backward(gradient, retainGraph: true);
        (y.Scale(2) + y).Backward(gradient);
        Assert.Equal([6 + 18, -40 - 120], x.Grad!.ToArray());
        Assert.Equal([1, 10], gradient.ToArray());
        x.Backward(gradient); // a leaf's own gradient is added to
        Assert.Equal([25, -150], x.Grad!.ToArray());
        gradient.Dispose();
        Assert.Equal([25, -150], x.Grad!.ToArray());
    }

    [Fact]
    public void BackwardFromALeafAddsToIt()
    {
        Tensor x = Leaf(3);
        x.Backward();
        x.Backward();
        Assert.Equal(2, x.Grad!.Item());
    }

    [Fact]
    public void TheGradientHasTheShapeAndOrderOfItsTensor()
    {
        float[] values = [.. Enumerable.Range(0, 24).Select(static i => (float)i)];
        Tensor x = Leaf(new Shape(1, 2, 3, 4), values);
        (x * x).Sum().Backward();
        Assert.Equal(x.Shape, x.Grad!.Shape);
        Assert.Equal(values.Select(static v => 2 * v), x.Grad.ToArray());
    }

    private Tensor Leaf(params float[] values) => Leaf(new Shape(values.Length), values);

    private Tensor Leaf(Shape shape, params float[] values)
    {
        Tensor t = Tensor.FromArray(_device, values, shape);
        t.RequiresGrad = true;
        return t;
    }
}
