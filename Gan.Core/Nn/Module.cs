using System.Text;
using Gan.Kernels;

namespace Gan.Core.Nn;

/// <summary>
/// A layer or network: named parameters, named buffers, named children, as in PyTorch. Names joined by dots are those of PyTorch's state_dict.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Tensor)> _parameters = [];
    private readonly List<(string Name, Tensor Tensor)> _buffers = [];
    private readonly List<(string Name, Module Module)> _children = [];

    /// <summary>Whether the module trains (batch statistics) or evaluates (running statistics).</summary>
    public bool Training { get; private set; } = true;

    /// <summary>Direct children in order of registration.</summary>
    public IReadOnlyList<(string Name, Module Module)> Children => _children;

    /// <summary>Class name as PyTorch prints it.</summary>
    public virtual string TypeName => GetType().Name;

    /// <summary>Arguments as PyTorch prints them, e.g. "3, 64, kernel_size=(4, 4)".</summary>
    protected virtual string Arguments => "";

    /// <summary>Computes the module's output.</summary>
    public abstract Tensor Forward(Tensor x);

    /// <summary>Shape of the output for an input shape, without computing.</summary>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public abstract Shape OutputShape(Shape input);

    /// <summary>Switches this module and its children to training mode, or, with false, to evaluation mode.</summary>
    public Module Train(bool mode = true)
    {
        Training = mode;
        foreach ((_, Module child) in _children)
        {
            child.Train(mode);
        }
        return this;
    }

    /// <summary>Switches to evaluation mode.</summary>
    public Module Eval() => Train(false);

    /// <summary>Whether gradients of the parameters are computed; false freezes the module while gradients still flow through it.</summary>
    public void RequiresGrad(bool requires)
    {
        foreach ((_, Tensor p) in NamedParameters())
        {
            p.RequiresGrad = requires;
        }
    }

    /// <summary>All parameters with their dotted names, in PyTorch's order.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedParameters() => Walk("", static m => m._parameters);

    /// <summary>All parameters.</summary>
    public IEnumerable<Tensor> Parameters() => NamedParameters().Select(static p => p.Tensor);

    /// <summary>All buffers (running statistics, counters) with their dotted names.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers() => Walk("", static m => m._buffers);

    /// <summary>Parameters and buffers in the order of PyTorch's state_dict: module by module, parameters first.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> StateDict() => Walk("", static m => m._parameters.Concat(m._buffers));

    /// <summary>Number of parameter elements.</summary>
    public long ParameterCount() => Parameters().Sum(static p => p.Length);

    /// <summary>Applies an action to every module below and this one, children first.</summary>
    public void Apply(Action<Module> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        foreach ((_, Module child) in _children)
        {
            child.Apply(action);
        }
        action(this);
    }

    /// <summary>As PyTorch's print(module).</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Print(text, "");
        return text.ToString();
    }

    /// <summary>Frees parameters, buffers and children.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees parameters, buffers and children.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach ((_, Tensor t) in _parameters.Concat(_buffers))
            {
                t.Dispose();
            }
            foreach ((_, Module child) in _children)
            {
                child.Dispose();
            }
        }
    }

    /// <summary>Registers a trained tensor; gradients are computed for it from now on.</summary>
    protected Tensor RegisterParameter(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.RequiresGrad = true;
        _parameters.Add((name, TensorScope.Untrack(tensor)));
        return tensor;
    }

    /// <summary>Registers a tensor that is saved but not trained.</summary>
    protected Tensor RegisterBuffer(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        _buffers.Add((name, TensorScope.Untrack(tensor)));
        return tensor;
    }

    /// <summary>Registers a child.</summary>
    protected T RegisterModule<T>(string name, T module) where T : Module
    {
        _children.Add((name, module));
        return module;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Walk(string prefix, Func<Module, IEnumerable<(string Name, Tensor Tensor)>> own)
    {
        foreach ((string name, Tensor tensor) in own(this))
        {
            yield return (prefix + name, tensor);
        }
        foreach ((string name, Module child) in _children)
        {
            foreach ((string Name, Tensor Tensor) entry in child.Walk(prefix + name + ".", own))
            {
                yield return entry;
            }
        }
    }

    private void Print(StringBuilder text, string indent)
    {
        text.Append(TypeName).Append('(').Append(Arguments);
        if (_children.Count > 0)
        {
            text.Append('\n');
            foreach ((string name, Module child) in _children)
            {
                text.Append(indent).Append("  (").Append(name).Append("): ");
                child.Print(text, indent + "  ");
                text.Append('\n');
            }
            text.Append(indent);
        }
        text.Append(')');
    }

    /// <summary>One line for the summary: type and arguments.</summary>
    internal string Describe() => $"{TypeName}({Arguments})";

    /// <summary>PyTorch's default bound for weights and biases: kaiming_uniform with a = sqrt(5) gives U(-1/sqrt(fan_in), 1/sqrt(fan_in)).</summary>
    private protected static float DefaultBound(int fanIn) => (float)(1 / Math.Sqrt(fanIn));

    private protected static Device RequireDevice(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device;
    }
}
