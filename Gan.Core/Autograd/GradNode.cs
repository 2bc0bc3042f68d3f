using Gan.Kernels;

namespace Gan.Core.Autograd;

/// <summary>Where a backward kernel puts a gradient, and whether it is the first contribution.</summary>
/// <param name="Data">The place.</param>
/// <param name="Mode">Write for the first contribution.</param>
/// <param name="Epilogue">What a product that computes it has to apply.</param>
internal readonly record struct GradTarget(DeviceSpan<float> Data, WriteMode Mode, Epilogue Epilogue = default);

/// <summary>Computes the gradients of an operation's inputs from that of its output.</summary>
/// <param name="node">Gives the saved tensors and the places of the input gradients.</param>
/// <param name="dy">Gradient of the output, same layout as the output.</param>
internal delegate void BackwardFunction(GradNode node, DeviceSpan<float> dy);

/// <summary>A tensor kept for backward: its memory, and the version it had.</summary>
internal readonly struct SavedTensor
{
    private readonly DeviceBuffer? _buffer;
    private readonly VersionCounter _version;
    private readonly int _expected;
    private readonly DeviceSpan<float> _data;

    public SavedTensor(Tensor tensor)
    {
        _buffer = tensor.Buffer;
        _buffer.AddReference();
        (_version, _expected, _data) = (tensor.Version, tensor.Version.Value, tensor.Data);
    }

    public DeviceSpan<float> Unpack(string op) => _version.Value == _expected
        ? _data
        : throw new AutogradException($"Backward of '{op}': a tensor it needs was changed in place after the forward pass "
            + $"(version {_version.Value}, expected {_expected}); change it after Backward, or work on a copy.");

    public void Free() => _buffer?.Dispose();
}

/// <summary>
/// One recorded operation: what it keeps, where its inputs' gradients go, and its backward function. Holds memory by reference count, so
/// the user may dispose the tensors themselves. Numbers grow with recording order, so descending order is a topological one.
/// </summary>
internal sealed class GradNode
{
    private static long s_sequence;
    private readonly object?[] _edges;
    private readonly SavedTensor[] _saved;
    private readonly SavedTensor? _result;
    private BackwardFunction? _backward;
    private DeviceBuffer? _gradient;
    private DeviceSpan<float>? _begin;
    private bool _gradientFilled;

    public GradNode(string op, Tensor output, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor> saves, FusedActivation fused, BackwardFunction backward)
    {
        (Op, Length, Device, Fused, _backward) = (op, output.Length, output.Device, fused, backward);
        _result = fused.Activation == Activation.Identity ? null : new SavedTensor(output);
        Sequence = Interlocked.Increment(ref s_sequence);
        _edges = new object?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            _edges[i] = inputs[i] is { RequiresGrad: true } t ? (object?)t.Node ?? t : null;
        }
        _saved = saves.Length == 0 ? [] : new SavedTensor[saves.Length];
        for (int i = 0; i < saves.Length; i++)
        {
            _saved[i] = new SavedTensor(saves[i]);
        }
    }

    public string Op { get; }

    public long Length { get; }

    public long Sequence { get; }

    public Device Device { get; }

    /// <summary>The activation that the operation ends in.</summary>
    public FusedActivation Fused { get; }

    /// <summary>What that activation gave, after checking that nobody changed it.</summary>
    public DeviceSpan<float> Result => _result!.Value.Unpack(Op);

    /// <summary>The pass that last reached this node.</summary>
    public long Visit { get; set; }

    /// <summary>Times that operations of this pass use the output.</summary>
    public int Uses { get; set; }

    /// <summary>Whether the gathered gradient is that behind <see cref="Fused"/>, of its input, because the product that computed it applied the activation's.</summary>
    public bool GradientIsBehind { get; private set; }

    public IKernels Kernels => Device.Kernels;

    /// <summary>Nodes and leaves that gradients flow to; null where none is needed.</summary>
    public ReadOnlySpan<object?> Edges => _edges;

    /// <summary>Whether input <paramref name="input"/> needs a gradient.</summary>
    public bool Needs(int input) => _edges[input] is not null;

    /// <summary>The saved tensor's data, after checking that nobody changed it.</summary>
    public DeviceSpan<float> Saved(int index) => _saved[index].Unpack(Op);

    /// <summary>Place of the gradient of input <paramref name="input"/>. Ask once per contribution: the next caller will be told to add.</summary>
    public GradTarget GradientOf(int input) => _edges[input] switch
    {
        GradNode node => node.NextGradTarget(),
        Tensor leaf => leaf.NextGradTarget(),
        _ => throw new AutogradException($"Backward of '{Op}': input {input} needs no gradient."),
    };

    /// <summary>
    /// The same for a product, which applies the gradient of the activation that computed the input, when no other operation of this pass uses it: a pass over memory less.
    /// </summary>
    public GradTarget ProductGradientOf(int input)
    {
        if (_edges[input] is not GradNode { Uses: 1, Fused.Activation: not Activation.Identity } node)
        {
            return GradientOf(input);
        }
        node.GradientIsBehind = true;
        return node.NextGradTarget() with { Epilogue = Epilogue.GradientOf(node.Fused.Activation, node.Fused.Slope, node.Result) };
    }

    /// <summary>Place of the gradient of this operation's output.</summary>
    public GradTarget NextGradTarget()
    {
        _gradient ??= Device.Allocate<float>(Length);
        var target = new GradTarget(_gradient.AsSpan<float>(), _gradientFilled ? WriteMode.Add : WriteMode.Write);
        _gradientFilled = true;
        return target;
    }

    /// <summary>Takes the gradient that a pass begins with from a tensor as it is. Nothing is added to it: no operation of the pass uses this one's output.</summary>
    public void BeginWith(Tensor gradient)
    {
        _gradient = gradient.Buffer;
        _gradient.AddReference();
        (_begin, _gradientFilled) = (gradient.Data, true);
    }

    /// <summary>Runs the backward function on the gathered gradient, then frees the gradient and, unless retained, the graph.</summary>
    public void Run(bool retainGraph)
    {
        BackwardFunction backward = _backward ?? throw new AutogradException(
            $"Backward: the graph of '{Op}' was freed by an earlier Backward; pass retainGraph: true to that one.");
        if (_gradientFilled)
        {
            backward(this, _begin ?? _gradient!.AsSpan<float>());
        }
        DropGradient();
        if (!retainGraph)
        {
            Free();
        }
    }

    public void ThrowIfFreed()
    {
        if (_backward is null)
        {
            throw new AutogradException($"Backward: the graph of '{Op}' was freed by an earlier Backward; pass retainGraph: true to that one.");
        }
    }

    public void DropGradient()
    {
        _gradient?.Dispose();
        (_gradient, _gradientFilled, _begin, GradientIsBehind) = (null, false, null, false);
    }

    private void Free()
    {
        _backward = null;
        foreach (SavedTensor saved in _saved)
        {
            saved.Free();
        }
        _result?.Free();
        Array.Clear(_edges);
    }
}
