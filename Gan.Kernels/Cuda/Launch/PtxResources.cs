using System.Collections.Concurrent;
using Gan.Kernels.Cuda.Driver;

namespace Gan.Kernels.Cuda.Launch;

/// <summary>The PTX files that this assembly carries (Cuda/Ptx), by name without suffix, e.g. "activations.sm_70".</summary>
internal static class PtxResources
{
    /// <summary>Environment variable: a folder whose .ptx files are taken instead of the assembly's of the same names, e.g. while a kernel is being written.</summary>
    public const string FolderVariable = "GAN_PTX_FOLDER";

    private const string Suffix = ".ptx";

    private static readonly ConcurrentDictionary<string, string?> _texts = [];

    /// <summary>Names of all files.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(PtxResources).Assembly.GetManifestResourceNames().Where(static n => n.EndsWith(Suffix, StringComparison.Ordinal)).Select(static n => n[..^Suffix.Length]).Order(StringComparer.Ordinal)];

    /// <summary>The text of a file, the same object each time; null when there is no such file.</summary>
    public static string? Read(string file) => _texts.GetOrAdd(file, Load);

    private static string? Load(string file)
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder && Path.Combine(folder, file + Suffix) is var path && File.Exists(path))
        {
            return File.ReadAllText(path);
        }
        using Stream? stream = typeof(PtxResources).Assembly.GetManifestResourceStream(file + Suffix);
        if (stream is null)
        {
            return null;
        }
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>
    /// What a file needs, from its name: "gemm.sm_80" runs on compute capability 8.0 and above, "gemm.sm_90a" on 9.0 only (architecture-specific
    /// instructions; PTX ISA, directive .target).
    /// </summary>
    /// <exception cref="ArgumentException">The name does not end in an architecture.</exception>
    public static PtxTarget Needs(string file) => PtxTarget.TryParse(file.AsSpan(file.LastIndexOf('.') + 1), out PtxTarget target)
        ? target
        : throw new ArgumentException($"PTX file '{file}': the name does not end in an architecture such as .sm_70.", nameof(file));
}
