using Gan.Core;
using Gan.Core.Autograd;
using Gan.Core.Optim;
using Gan.Kernels;
using Gan.Tests.Ops;
using Xunit;

namespace Gan.Tests.Autograd;

/// <summary>Freed graphs, changed saved tensors, wrong gradients: an error that says what happened, never a wrong number.</summary>
public sealed class MisuseTests : IDisposable
{
    private readonly Device _device = TestDevice.Open();
    private readonly TensorScope _scope = TensorScope.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void ASecondBackwardNeedsARetainedGraph()
    {
        Tensor x = Leaf(3);
        Tensor loss = x.Tanh().Sum();
        loss.Backward(retainGraph: true);
        float once = x.Grad!.Item();
        loss.Backward();
        Assert.Equal(2 * once, x.Grad!.Item());
        string message = Assert.Throws<AutogradException>(() => loss.Backward()).Message;
        Assert.Contains("freed", message);
        Assert.Contains("retainGraph", message);
        Assert.Equal(2 * once, x.Grad!.Item());
    }

    [Fact]
    public void AFreedPartOfABiggerGraphIsAnErrorBeforeAnythingIsAdded()
    {
        Tensor x = Leaf(3), w = Leaf(2);
        Tensor shared = x.Tanh();
        shared.Sum().Backward();
        float before = x.Grad!.Item();
        Tensor later = (shared * w).Sum();
        Assert.Contains("'tanh'", Assert.Throws<AutogradException>(() => later.Backward()).Message);
        Assert.Equal(before, x.Grad!.Item());
        Assert.Null(w.Grad);
    }

    [Fact]
    public void ChangingWhatBackwardNeedsIsAnError()
    {
        Tensor x = Leaf(3), factor = Tensor.Full(_device, new Shape(1), 2);
        Tensor loss = (x * factor).Sum();
        factor.Fill(5);
        string message = Assert.Throws<AutogradException>(() => loss.Backward()).Message;
        Assert.Contains("'multiply'", message);
        Assert.Contains("in place", message);
    }

    [Fact]
    public void ChangingItThroughAViewIsSeenToo()
    {
        Tensor x = Leaf(3), y = x.Tanh();
        Tensor loss = y.Sum();
        y.Detach().Fill(0);
        Assert.Contains("'tanh'", Assert.Throws<AutogradException>(() => loss.Backward()).Message);
    }

    [Fact]
    public void AnOptimiserStepBetweenForwardAndBackwardIsSeenToo()
    {
        Tensor w = Leaf(2);
        using var adam = new Adam([w]);
        Tensor x = Leaf(3);
        Tensor stale = (x * w).Sum();
        (x * w).Sum().Backward();
        adam.Step();
        Assert.Contains("in place", Assert.Throws<AutogradException>(() => stale.Backward()).Message);
    }

    [Fact]
    public void ChangingWhatBackwardDoesNotNeedIsFine()
    {
        Tensor x = Leaf(3), term = Tensor.Full(_device, new Shape(1), 2);
        Tensor loss = (x + term).Sum();
        term.Fill(5);
        loss.Backward();
        Assert.Equal(1, x.Grad!.Item());
    }

    [Fact]
    public void AnErrorInTheMiddleLeavesTheTapeUsable()
    {
        Tensor x = Leaf(3), factor = Tensor.Full(_device, new Shape(1), 2);
        Tensor loss = (x * factor).Tanh().Sum();
        factor.Fill(5);
        Assert.Throws<AutogradException>(() => loss.Backward());
        x.ZeroGrad();
        (x * factor).Sum().Backward();
        Assert.Equal(5, x.Grad!.Item());
    }

    [Fact]
    public void ALeafThatRequiresGradientsChangesOnlyUnderNoGrad()
    {
        Tensor x = Leaf(3);
        Assert.Contains("NoGrad", Assert.Throws<AutogradException>(() => x.Fill(1)).Message);
        using (GradMode.NoGrad())
        {
            x.Fill(1);
        }
        Assert.Equal(1, x.Item());
    }

    [Fact]
    public void RequiresGradIsForLeaves()
    {
        Tensor y = Leaf(3).Tanh();
        Assert.Contains("'tanh'", Assert.Throws<AutogradException>(() => y.RequiresGrad = false).Message);
    }

    [Fact]
    public void SeveralElementsNeedAGradientOfTheirShape()
    {
        Tensor x = Leaf(1, 2, 3);
        Assert.Contains("[3]", Assert.Throws<AutogradException>(() => x.Tanh().Backward()).Message);
        string message = Assert.Throws<ShapeException>(() => x.Tanh().Backward(Tensor.Zeros(_device, new Shape(2)))).Message;
        Assert.Contains("[3]", message);
        Assert.Contains("[2]", message);
    }

    [Fact]
    public void ADisposedTensorSaysSo()
    {
        Tensor x = Leaf(3);
        x.Dispose();
        Assert.Contains("disposed", Assert.Throws<ObjectDisposedException>(() => x.Tanh()).Message);
    }

    private Tensor Leaf(params float[] values)
    {
        Tensor t = Tensor.FromArray(_device, values, new Shape(values.Length));
        t.RequiresGrad = true;
        return t;
    }
}
