using System.IO.Compression;
using System.Text.Json;

namespace Gan.Tests.Data;

/// <summary>The small image files and their expected pixels under Golden/data, made by make_corpus.py there.</summary>
internal static class Corpus
{
    private static readonly Lazy<(Entry[] Entries, byte[] Pixels)> Loaded = new(Load);

    public static string Root { get; } = FindUpwards("Gan.Tests/Golden/data")
        ?? throw new DirectoryNotFoundException("Gan.Tests/Golden/data is not above the test assembly: run the tests from a checkout");

    public static IReadOnlyList<Entry> Entries => Loaded.Value.Entries;

    /// <summary>The test data shared by this project's engineers, or null where it is absent: tests on it then skip.</summary>
    public static string? Shared(string relative) => FindUpwards(Path.Combine("shared", "data", relative));

    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Root, "corpus", name));

    public static ReadOnlySpan<byte> Expected(Entry e) => Loaded.Value.Pixels.AsSpan(e.Offset, e.Width * e.Height * e.Channels);

    private static (Entry[], byte[]) Load()
    {
        var entries = JsonSerializer.Deserialize<Entry[]>(System.IO.File.ReadAllText(Path.Combine(Root, "expected.json")), JsonSerializerOptions.Web)!;
        using var zip = new GZipStream(System.IO.File.OpenRead(Path.Combine(Root, "expected.bin.gz")), CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zip.CopyTo(pixels);
        return (entries, pixels.ToArray());
    }

    private static string? FindUpwards(string relative)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at != null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, relative);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }
        return null;
    }

    internal sealed record Entry(string Kind, string File, int Width, int Height, int Channels, int Offset, int Size, string Word)
    {
        public override string ToString() => $"{Kind} {File}";
    }
}
