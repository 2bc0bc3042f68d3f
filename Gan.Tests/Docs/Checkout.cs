using System.Runtime.CompilerServices;

namespace Gan.Tests.Docs;

/// <summary>The repository that this test was compiled from, where its documents lie.</summary>
internal static class Checkout
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    public static bool IsHere => File.Exists(Path.Combine(Root, "README.md"));

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative)).ReplaceLineEndings("\n");

    /// <summary>README.md and docs/*.md, relative to the root.</summary>
    public static IEnumerable<string> Documents =>
        Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(f => "docs/" + Path.GetFileName(f)).Prepend("README.md").Order(StringComparer.Ordinal);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
