using Gan.Core;
using Gan.Core.Autograd;
using Gan.Kernels;
using Gan.Tests.Doctor;
using Gan.Tests.Kernels;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>A product that computes a gradient applies that of the activation in front, when it alone uses the activation's result; the gradients are the same either way.</summary>
public sealed class ProductGradientTests : IDisposable
{
    private readonly SabotagedDevice _device;
    private readonly TensorScope _scope = TensorScope.Begin();
    private readonly Tensor _x, _first, _second;
    private int _applied;

    public ProductGradientTests()
    {
        _device = new SabotagedDevice(nameof(IKernels.MatMul), CountAndMultiply);
        _x = Leaf(1, 5, 9);
        _first = Leaf(2, 7, 9);
        _second = Leaf(3, 4, 7);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _device.Dispose();
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    public void OneUseIsAppliedByTheProduct(Activation activation)
    {
        Hidden(activation).Linear(_second).Sum().Backward();
        (float[][] fused, int applied) = (Gradients(), _applied);
        Apart(activation).Linear(_second).Sum().Backward();
        Assert.Equal((1, 1), (applied, _applied));
        AssertSame(Gradients(), fused);
    }

    /// <summary>Two products, or a product and something that cannot apply it: the gradients are added up first.</summary>
    [Fact]
    public void SeveralUsesAreNot()
    {
        foreach (Func<Tensor, Tensor> use in (Func<Tensor, Tensor>[])[h => h.Linear(_second) + h.Linear(_second), h => h.Linear(_second).Sum() + h.Scale(0.5f).Sum(), h => (h * h).Linear(_second)])
        {
            use(Hidden(Activation.Tanh)).Sum().Backward();
            float[][] fused = Gradients();
            use(Apart(Activation.Tanh)).Sum().Backward();
            AssertSame(Gradients(), fused);
        }
        Assert.Equal(0, _applied);
    }

    /// <summary>A use that the pass does not come from does not count.</summary>
    [Fact]
    public void OnlyUsesOfThePassCount()
    {
        Tensor hidden = Hidden(Activation.Relu), other = hidden.Scale(3);
        hidden.Linear(_second).Sum().Backward();
        Assert.Equal(1, _applied);
        Assert.Equal(other.ToArray(), hidden.Scale(3).ToArray());
    }

    [Fact]
    public void AnotherPassStartsAnew()
    {
        Tensor hidden = Hidden(Activation.Relu), y = hidden.Linear(_second), both = y.Sum() + hidden.Sum();
        y.Backward(Tensor.Full(_device, y.Shape, 1), retainGraph: true);
        float[][] once = Gradients();
        both.Backward(retainGraph: true);
        Gradients();
        hidden.Backward(Tensor.Full(_device, hidden.Shape, 1), retainGraph: true);
        Gradients();
        y.Backward(Tensor.Full(_device, y.Shape, 1));
        AssertSame(once, Gradients());
        Assert.Equal(2, _applied);
    }

    [Fact]
    public void AChangedResultIsFound()
    {
        Tensor hidden = Hidden(Activation.Relu), y = hidden.Linear(_second).Sum();
        using (GradMode.NoGrad())
        {
            hidden.CopyFrom(new float[hidden.Length]);
        }
        Assert.Contains("was changed in place", Assert.Throws<AutogradException>(() => y.Backward()).Message, StringComparison.Ordinal);
    }

    private void CountAndMultiply(IKernels kernels, object?[] args)
    {
        _applied += args.Count(static a => a is Epilogue { Result.IsEmpty: false });
        typeof(IKernels).GetMethod(nameof(IKernels.MatMul))!.Invoke(kernels, args);
    }

    private Tensor Leaf(int seed, int rows, int columns)
    {
        Tensor leaf = Tensor.FromArray(_device, KernelHost.Values(rows * columns, seed), new Shape(rows, columns));
        leaf.RequiresGrad = true;
        return leaf;
    }

    private Tensor Hidden(Activation activation) => _x.Linear(_first, null, activation, 0.2f);

    private Tensor Apart(Activation activation) => activation switch
    {
        Activation.Relu => _x.Linear(_first).Relu(),
        Activation.LeakyRelu => _x.Linear(_first).LeakyRelu(0.2f),
        Activation.Tanh => _x.Linear(_first).Tanh(),
        _ => _x.Linear(_first).Sigmoid(),
    };

    /// <summary>The gradients of all three, which are zeroed.</summary>
    private float[][] Gradients() => [.. new[] { _x, _first, _second }.Select(static t =>
    {
        float[] gradient = t.Grad?.ToArray() ?? [];
        t.ZeroGrad();
        return gradient;
    })];

    private static void AssertSame(float[][] expected, float[][] actual)
    {
        foreach ((float right, float ours) in expected.SelectMany(static g => g).Zip(actual.SelectMany(static g => g)))
        {
            Assert.Equal(right, ours, 1e-5 * Math.Max(1, Math.Abs(right)));
        }
        Assert.Equal(expected.Select(static g => g.Length), actual.Select(static g => g.Length));
    }
}
