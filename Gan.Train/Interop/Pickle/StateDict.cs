using Gan.Core.Serialization;

namespace Gan.Train.Interop.Pickle;

/// <summary>The tensors of a state_dict in order, and what was done to them on the way.</summary>
/// <param name="Tensors">Under their names.</param>
/// <param name="Notes">Sentences for the console.</param>
internal sealed record StateDict(IReadOnlyList<HostTensor> Tensors, IReadOnlyList<string> Notes)
{
    /// <summary>What torch.nn.DataParallel puts before every name.</summary>
    private const string Parallel = "module.";

    /// <summary>Reads the state_dict of a .pth file.</summary>
    /// <param name="file">Seekable; stays open.</param>
    /// <param name="key">Which entry of a checkpoint's dictionary; null for the file's own.</param>
    /// <exception cref="TorchFileException">No state_dict there, or one that can't be converted.</exception>
    public static StateDict Read(Stream file, string? key = null)
    {
        using TorchArchive archive = TorchArchive.Open(file);
        Dictionary<string, object?> entries = Entries(archive.Root(), key);
        List<string> notes = [];
        (string Name, PickleTensor Tensor)[] tensors = [.. entries.Where(static e => e.Value is PickleTensor).Select(static e => (e.Key, (PickleTensor)e.Value!))];
        if (tensors.Length == 0)
        {
            throw new TorchFileException($"holds no tensors {(key is null ? "at its top" : $"under '{key}'")}; there is {Describe(entries)}"
                + (entries.Any(static e => e.Value is PickleDict) ? "; choose one with --key NAME." : "; give a file that holds a state_dict."));
        }
        if (tensors.Length < entries.Count)
        {
            notes.Add($"left out, because they are no tensors: {Describe(entries.Where(static e => e.Value is not PickleTensor))}");
        }
        if (tensors.All(static t => t.Name.Length > Parallel.Length && t.Name.StartsWith(Parallel, StringComparison.Ordinal)))
        {
            notes.Add($"took '{Parallel}' (torch.nn.DataParallel) off the names");
            tensors = Array.ConvertAll(tensors, static t => (t.Name[Parallel.Length..], t.Tensor));
        }
        return new StateDict([.. tensors.Select(t => archive.Load(t.Name, t.Tensor))], notes);
    }

    private static Dictionary<string, object?> Entries(object? root, string? key)
    {
        Dictionary<string, object?> entries = Named(root, "holds");
        if (key is null)
        {
            return entries;
        }
        return entries.TryGetValue(key, out object? chosen)
            ? Named(chosen, $"holds under '{key}'")
            : throw new TorchFileException($"has nothing under --key '{key}'; there is {Describe(entries)}.");
    }

    private static Dictionary<string, object?> Named(object? value, string holds)
    {
        if (value is not PickleDict dict)
        {
            throw new TorchFileException($"{holds} {Kind(value)}, not a dictionary of tensors; in Python: torch.save(net.state_dict(), 'weights.pth').");
        }
        // A later value of an equal key replaces the earlier one in its place, as in Python.
        Dictionary<string, object?> entries = new(StringComparer.Ordinal);
        foreach ((object name, object? entry) in dict.Pairs)
        {
            entries[name as string ?? throw new TorchFileException($"{holds} a dictionary whose keys are no names ({Kind(name)}); give a state_dict.")] = entry;
        }
        return entries;
    }

    private static string Describe(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        const int shown = 6;
        KeyValuePair<string, object?>[] all = [.. entries];
        string list = string.Join(", ", all.Take(shown).Select(static e => $"'{e.Key}' ({Kind(e.Value)})"));
        return all.Length == 0 ? "nothing" : all.Length <= shown ? list : $"{list} and {all.Length - shown} more";
    }

    private static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "a bool",
        long => "an integer",
        double => "a float",
        string => "a text",
        byte[] => "bytes",
        PickleTensor => "a tensor",
        PickleTuple or PickleList => "a list",
        PickleDict dict => $"a dictionary of {dict.Pairs.Count}",
        PickleGlobal name => $"the name {name}",
        _ => "something else",
    };
}
