using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Gan.Core.Serialization;

/// <summary>The tensors of one file in the order of its header, found by name, and its metadata.</summary>
public sealed class SafetensorsFile : IReadOnlyList<HostTensor>
{
    private readonly HostTensor[] _tensors;
    private readonly Dictionary<string, HostTensor> _byName = new(StringComparer.Ordinal);

    internal SafetensorsFile(string file, HostTensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        File = file;
        _tensors = tensors;
        Metadata = metadata;
        foreach (var tensor in tensors)
        {
            _byName.Add(tensor.Name, tensor);
        }
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string File { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Number of tensors.</summary>
    public int Count => _tensors.Length;

    /// <summary>The tensor at a place of the header's order.</summary>
    public HostTensor this[int index] => _tensors[index];

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="SafetensorsException">There is none; the message lists some that there are.</exception>
    public HostTensor this[string name] => _byName.TryGetValue(name, out var tensor) ? tensor : throw new SafetensorsException(File, name, $"not found; the file holds {SomeNames()}.");

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out HostTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <inheritdoc/>
    public IEnumerator<HostTensor> GetEnumerator() => ((IEnumerable<HostTensor>)_tensors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string SomeNames()
    {
        const int shown = 8;
        var names = string.Join(", ", _tensors.Take(shown).Select(t => t.Name));
        return _tensors.Length == 0 ? "no tensors" : _tensors.Length <= shown ? names : $"{names} and {_tensors.Length - shown} more";
    }
}
