using Gan.Core.Serialization;

namespace Gan.Train.Interop.Pickle;

/// <summary>A name that a pickle asks Python to import, such as <c>collections.OrderedDict</c>. Nothing is ever imported here.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A tuple; the only sequence that calls take their arguments from.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dict or OrderedDict: pairs in order; the last of equal keys counts. Made without memory of its own until something is put in.</summary>
internal sealed class PickleDict
{
    private List<KeyValuePair<object, object?>>? _pairs;

    public IReadOnlyList<KeyValuePair<object, object?>> Pairs => _pairs ?? (IReadOnlyList<KeyValuePair<object, object?>>)[];

    public void Add(object key, object? value) => (_pairs ??= []).Add(new(key, value));
}

/// <summary>The elements behind a tensor, in the archive's entry data/<paramref name="Key"/>.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Key">Entry's name.</param>
/// <param name="Count">Elements that the pickle says it has.</param>
internal sealed record PickleStorage(TensorDType Type, string Key, long Count);

/// <summary>A strided view of a storage; all in elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Sizes, long[] Strides);
