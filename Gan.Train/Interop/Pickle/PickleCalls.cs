using Gan.Core.Serialization;

namespace Gan.Train.Interop.Pickle;

/// <summary>
/// The only calls a pickle may ask for: those that torch.save writes for tensors and dictionaries. A name that is not here is refused, so a
/// file can't run anything.
/// </summary>
internal static class PickleCalls
{
    private static readonly PickleGlobal OrderedDict = new("collections", "OrderedDict");
    private static readonly PickleGlobal RebuildTensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleGlobal RebuildParameter = new("torch._utils", "_rebuild_parameter");

    private static readonly Dictionary<string, TensorDType> Storages = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = TensorDType.F64,
        ["FloatStorage"] = TensorDType.F32,
        ["HalfStorage"] = TensorDType.F16,
        ["BFloat16Storage"] = TensorDType.BF16,
        ["LongStorage"] = TensorDType.I64,
        ["IntStorage"] = TensorDType.I32,
        ["ShortStorage"] = TensorDType.I16,
        ["CharStorage"] = TensorDType.I8,
        ["ByteStorage"] = TensorDType.U8,
        ["BoolStorage"] = TensorDType.Bool,
    };

    /// <summary>Lets a name pass, or refuses it.</summary>
    /// <exception cref="TorchFileException">Anything but tensors, dictionaries and storages.</exception>
    public static PickleGlobal Admit(PickleGlobal name)
    {
        if (name == OrderedDict || name == RebuildTensor || name == RebuildParameter || (name.Module == "torch" && Storages.ContainsKey(name.Name)))
        {
            return name;
        }
        const string weightsAlone = "save the weights alone: torch.save(net.state_dict(), 'weights.pth')";
        throw new TorchFileException(name switch
        {
            { Module: "torch", Name: var n } when n.EndsWith("Storage", StringComparison.Ordinal) =>
                $"holds a tensor of a type that has no place here ({n}); float64, float32, float16, bfloat16, integers and bool can be converted: save tensor.float().",
            { Module: "torch" or "torch._utils" or "torch._tensor" } => $"asks for {name}, which makes no plain dense tensor; {weightsAlone}.",
            _ => $"asks for the Python object {name}: it holds more than tensors (a whole model?), and loading such a file would run its code; {weightsAlone}.",
        });
    }

    /// <summary>What a call gives.</summary>
    /// <exception cref="TorchFileException">Arguments that torch.save would not write.</exception>
    public static object Call(PickleGlobal name, PickleTuple arguments)
    {
        if (name == OrderedDict)
        {
            return arguments.Items switch
            {
                [] => new PickleDict(),
                [PickleList pairs] => FromPairs(pairs),
                _ => throw Damaged(name),
            };
        }
        if (name == RebuildTensor)
        {
            return arguments.Items is [PickleStorage storage, long offset, PickleTuple sizes, PickleTuple strides, ..]
                ? new PickleTensor(storage, offset, Integers(name, sizes), Integers(name, strides))
                : throw Damaged(name);
        }
        if (name == RebuildParameter)
        {
            return arguments.Items is [PickleTensor data, ..] ? data : throw Damaged(name);
        }
        throw Damaged(name);
    }

    /// <summary>A persistent id of torch.save: ('storage', torch.FloatStorage, key, device, elements).</summary>
    /// <exception cref="TorchFileException">Another form.</exception>
    public static PickleStorage Storage(object? id) =>
        id is PickleTuple { Items: ["storage", PickleGlobal { Module: "torch", Name: var type }, string key, string, long count] }
            && Storages.TryGetValue(type, out TensorDType dtype) && count >= 0
            ? new PickleStorage(dtype, key, count)
            : throw new TorchFileException("is damaged: a reference to a tensor's data is malformed; save or download it again.");

    private static PickleDict FromPairs(PickleList pairs)
    {
        var dict = new PickleDict();
        foreach (object? pair in pairs.Items)
        {
            object?[] two = pair switch { PickleTuple t => t.Items, PickleList l => [.. l.Items], _ => [] };
            if (two is not [{ } key, var value])
            {
                throw Damaged(OrderedDict);
            }
            dict.Add(key, value);
        }
        return dict;
    }

    private static long[] Integers(PickleGlobal name, PickleTuple tuple) =>
        Array.ConvertAll(tuple.Items, item => item is long value ? value : throw Damaged(name));

    private static TorchFileException Damaged(PickleGlobal name) =>
        new($"is damaged: a call of {name} has unusual arguments; save or download it again.");
}
