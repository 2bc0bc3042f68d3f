using Gan.Train.Settings;

namespace Gan.Train.Interop;

/// <summary>Arguments of <c>convert</c>.</summary>
/// <param name="Input">A .pth file.</param>
/// <param name="Output">The .safetensors file to write.</param>
/// <param name="Key">Which entry of a checkpoint's dictionary is the state_dict; null: the file is one.</param>
internal sealed record ConvertSettings(string Input, string Output, string? Key)
{
    public static IReadOnlyList<(string Name, string Meaning)> Arguments { get; } =
    [
        ("IN.pth", "A state_dict that torch.save wrote (PyTorch 1.6 or newer)."),
        ("OUT.safetensors", "The file to write: the same names, types and values."),
    ];

    public static IReadOnlyList<OptionSpec> Options { get; } =
    [
        new("--key", "NAME", "Take the state_dict under this name, where the file is a checkpoint of several."),
    ];

    /// <exception cref="UsageException">Not two paths.</exception>
    public static ConvertSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(Options, given);
        return new ConvertSettings(Path(given, 0), Path(given, 1), options.Text("--key"));
    }

    private static string Path(IReadOnlyDictionary<string, string> given, int index) =>
        given.TryGetValue(Arguments[index].Name, out string? path) && !string.IsNullOrWhiteSpace(path) && !path.Contains('\0', StringComparison.Ordinal)
            ? path
            : throw new UsageException($"{Arguments[index].Name} is missing: gan-train convert {string.Join(' ', Arguments.Select(static a => a.Name))}");
}
