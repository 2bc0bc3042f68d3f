using Gan.Train.Data.Codecs;

namespace Gan.Train.Data;

/// <summary>Finds the image files under a folder, in ordinal order of their relative paths with '/' between folders.</summary>
internal sealed class ImageFolder
{
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _others = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _files = [];

    private ImageFolder() { }

    /// <param name="root">The folder.</param>
    /// <param name="leaveOut">Relative paths of files that do not count.</param>
    /// <exception cref="DataException">There is no image file, or a folder cannot be read.</exception>
    public static string[] Find(string root, IReadOnlyCollection<string>? leaveOut = null)
    {
        var folder = new ImageFolder();
        folder.Walk(root, "");
        folder._files.RemoveAll(f => leaveOut is not null && leaveOut.Contains(f));
        if (folder._files.Count == 0)
        {
            throw new DataException($"the folder '{root}' holds no image files: {folder.Found()}. "
                + "--data takes a folder of .png, .jpg, .jpeg, .pgm, .ppm, .pnm or .pbm files (sub-folders are searched), or MNIST IDX files");
        }
        var files = folder._files.ToArray();
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>The index of each file's top folder among all top folders, or null when files lie in the root itself.</summary>
    public static int[]? Labels(string[] files)
    {
        var tops = Array.ConvertAll(files, f => f.IndexOf('/') is var slash and >= 0 ? f[..slash] : null);
        if (Array.IndexOf(tops, null) >= 0)
        {
            return null;
        }
        var classes = tops.Distinct().Order(StringComparer.Ordinal).ToArray();
        return Array.ConvertAll(tops, t => Array.BinarySearch(classes, t, StringComparer.Ordinal));
    }

    private void Walk(string directory, string prefix)
    {
        // Each real folder once: links that lead back up, or to one another, end here.
        if (RealPath(directory) is not { } real || !_visited.Add(real))
        {
            return;
        }
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(directory).GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"the folder '{directory}' cannot be read: {e.Message}; change its permissions or take it out");
        }
        Array.Sort(entries, (a, b) => StringComparer.Ordinal.Compare(a.Name, b.Name));
        foreach (var entry in entries)
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }
            if (entry is DirectoryInfo)
            {
                Walk(Path.Combine(directory, entry.Name), $"{prefix}{entry.Name}/");
            }
            else if (ImageDecoder.LooksLikeImage(entry.Extension))
            {
                _files.Add(prefix + entry.Name);
            }
            else
            {
                var kind = entry.Extension.Length > 0 ? entry.Extension : "without extension";
                _others[kind] = _others.GetValueOrDefault(kind) + 1;
            }
        }
    }

    private string Found()
    {
        if (_others.Count == 0)
        {
            return "it is empty (hidden files do not count)";
        }
        var kinds = _others.OrderByDescending(o => o.Value).ThenBy(o => o.Key, StringComparer.Ordinal).Take(5).Select(o => $"{o.Value} {o.Key}");
        return $"found {_others.Values.Sum()} other files ({string.Join(", ", kinds)}{(_others.Count > 5 ? ", ..." : "")})";
    }

    /// <summary>The path with every link in it resolved; null for a chain of links without end.</summary>
    private static string? RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        for (var hops = 0; hops < 64; hops++)
        {
            if (FirstLink(full) is not { } resolved)
            {
                return full;
            }
            full = resolved;
        }
        return null;
    }

    /// <summary>The path with its first link replaced by the link's target; null when it has none.</summary>
    private static string? FirstLink(string full)
    {
        var root = Path.GetPathRoot(full)!;
        var at = root;
        var parts = full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            var parent = at;
            at = Path.Combine(at, parts[i]);
            if (new DirectoryInfo(at).LinkTarget is { } target)
            {
                return Path.GetFullPath(Path.Combine([Path.GetFullPath(target, parent), .. parts[(i + 1)..]]));
            }
        }
        return null;
    }
}
