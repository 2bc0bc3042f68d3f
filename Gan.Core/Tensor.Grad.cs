using Gan.Core.Autograd;
using Gan.Kernels;

namespace Gan.Core;

public sealed partial class Tensor
{
    private Tensor? _grad;
    private bool _gradFilled;

    /// <summary>Gradient accumulated by backward passes since the last <see cref="ZeroGrad"/>; null when there is none. Leaves only.</summary>
    public Tensor? Grad => _gradFilled ? _grad : null;

    /// <summary>
    /// Backpropagates from this tensor: gradients are added into the <see cref="Grad"/> of every leaf that requires them.
    /// </summary>
    /// <param name="gradient">Gradient of the final result with respect to this tensor; may be left out for a single element (then 1).</param>
    /// <param name="retainGraph">Keeps the graph for another pass; without it the saved tensors are freed at once.</param>
    /// <exception cref="AutogradException">No graph, a freed graph, or a saved tensor changed in place.</exception>
    public void Backward(Tensor? gradient = null, bool retainGraph = false) => BackwardPass.Run(this, gradient, retainGraph);

    /// <summary>Forgets the gradient; the next backward pass overwrites it. Costs nothing on the device.</summary>
    public void ZeroGrad() => _gradFilled = false;

    /// <summary>Where the next contribution to this leaf's gradient goes, and whether it is the first.</summary>
    internal GradTarget NextGradTarget()
    {
        _grad ??= new Tensor(Device.Allocate<float>(Length), 0, Shape, DType.Float32, new VersionCounter(), scoped: false);
        var target = new GradTarget(_grad.Data, _gradFilled ? WriteMode.Add : WriteMode.Write);
        _gradFilled = true;
        _grad.Version.Value++;
        return target;
    }

    /// <summary>Lets the gradient live in an arena.</summary>
    internal void RehomeGrad(DeviceBuffer buffer, long offset)
    {
        var home = new Tensor(buffer, offset, Shape, DType.Float32, new VersionCounter(), scoped: false);
        buffer.AddReference();
        if (_gradFilled)
        {
            Kernels.Copy(_grad!.Data, home.Data);
        }
        _grad?.Dispose();
        _grad = home;
    }

    /// <summary>Writes zeros where no gradient was accumulated, so that a whole arena can be updated in one pass.</summary>
    internal void MaterializeGrad()
    {
        if (!_gradFilled)
        {
            GradTarget target = NextGradTarget();
            Kernels.Fill(target.Data, 0);
        }
    }

    /// <summary>Notes an in-place change, or refuses it where it would break a graph.</summary>
    internal void MarkChanged(string operation)
    {
        if (GradMode.IsEnabled && RequiresGrad)
        {
            throw new AutogradException($"{operation}: this tensor {Shape} requires gradients; change it inside GradMode.NoGrad(), or change a Detach().");
        }
        Version.Value++;
    }
}
