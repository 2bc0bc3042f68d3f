using System.Runtime.InteropServices;

namespace Gan.Kernels.Cuda.Emulator;

/// <summary>Asynchronous work of a warp in groups: cp.async and wgmma.mma_async count alike.</summary>
/// <typeparam name="T">A piece of work.</typeparam>
internal sealed class GroupQueue<T> where T : unmanaged
{
    private readonly Queue<int> _groups = new();
    private readonly List<T> _items = [];
    private int _first;
    private int _committed;

    /// <summary>Pieces not taken yet, committed or not.</summary>
    public int Count => _items.Count - _first;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _groups.Clear();
        _items.Clear();
        _first = _committed = 0;
    }

    /// <summary>Adds a piece to the group that is open.</summary>
    public void Add(T item)
    {
        if (_first == _items.Count)
        {
            _items.Clear();
            _first = _committed = 0;
        }

        _items.Add(item);
    }

    /// <summary>Closes the open group, which may be empty.</summary>
    public void Commit()
    {
        _groups.Enqueue(_items.Count - _committed);
        _committed = _items.Count;
    }

    /// <summary>Takes all but the last <paramref name="groups"/> closed groups; valid until the next piece is added.</summary>
    public Span<T> Take(long groups)
    {
        int count = 0;
        while (_groups.Count > groups)
        {
            count += _groups.Dequeue();
        }

        return Take(count);
    }

    /// <summary>Takes everything, closed or not; valid until the next piece is added.</summary>
    public Span<T> TakeAll()
    {
        _groups.Clear();
        _committed = _items.Count;
        return Take(Count);
    }

    private Span<T> Take(int count)
    {
        _first += count;
        return CollectionsMarshal.AsSpan(_items).Slice(_first - count, count);
    }
}
