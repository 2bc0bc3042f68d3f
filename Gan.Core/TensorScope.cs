namespace Gan.Core;

/// <summary>
/// Frees the temporaries of a stretch of code: tensors created on this thread between <see cref="Begin"/> and Dispose go back to the pool at
/// once, except those handed to <see cref="Keep"/>. Scopes nest; parameters, gradients and optimiser state are never in one.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? t_current;

    [ThreadStatic]
    private static TensorScope? t_spare;

    private readonly List<Tensor> _tensors = [];
    private TensorScope? _outer;
    private bool _open;

    private TensorScope()
    {
    }

    /// <summary>Opens a scope on this thread.</summary>
    public static TensorScope Begin()
    {
        TensorScope scope = t_spare ?? new TensorScope();
        t_spare = null;
        (scope._outer, scope._open) = (t_current, true);
        t_current = scope;
        return scope;
    }

    /// <summary>Lets a tensor outlive this scope; it then belongs to the enclosing one, if any.</summary>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        int index = _tensors.LastIndexOf(tensor);
        if (index >= 0)
        {
            _tensors.RemoveAt(index);
            _outer?._tensors.Add(tensor);
        }
        return tensor;
    }

    /// <summary>Disposes the scope's tensors, newest first.</summary>
    public void Dispose()
    {
        if (!_open)
        {
            return;
        }
        if (t_current != this)
        {
            throw new InvalidOperationException("TensorScope: scopes must be disposed on their own thread, innermost first.");
        }
        for (int i = _tensors.Count - 1; i >= 0; i--)
        {
            _tensors[i].Dispose();
        }
        _tensors.Clear();
        t_current = _outer;
        (_outer, _open) = (null, false);
        t_spare = this;
    }

    internal static void Track(Tensor tensor) => t_current?._tensors.Add(tensor);

    /// <summary>Takes a tensor out of whatever scope it is in, for owners that live on (modules, optimisers).</summary>
    internal static Tensor Untrack(Tensor tensor)
    {
        for (TensorScope? scope = t_current; scope is not null; scope = scope._outer)
        {
            if (scope._tensors.Remove(tensor))
            {
                break;
            }
        }
        return tensor;
    }
}
