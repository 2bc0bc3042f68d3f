using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gan.Train.Runs;

/// <summary>manifest.json: what a complete checkpoint holds, with size and SHA-256 of each file. Written last, so its presence means complete.</summary>
internal sealed record Manifest(long Step, IReadOnlyList<ManifestEntry> Files)
{
    private const int Format = 1;
    private const int MaxBytes = 1 << 20;

    public byte[] ToJson()
    {
        var files = new JsonObject();
        foreach (var file in Files)
        {
            files.Add(file.Name, new JsonObject { ["bytes"] = file.Bytes, ["sha256"] = file.Sha256 });
        }

        var root = new JsonObject { ["format"] = Format, ["step"] = Step, ["files"] = files };
        return System.Text.Encoding.UTF8.GetBytes(root.ToJsonString() + "\n");
    }

    /// <summary>Reads the manifest of a checkpoint folder and checks every file against it.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="step">The step that the folder's name says.</param>
    /// <param name="only">The files that the caller wants, of which those that the checkpoint has are checked; null for all.</param>
    /// <exception cref="CheckpointException">The first file found missing, truncated or changed.</exception>
    public static Manifest Verify(string folder, long step, IReadOnlyCollection<string>? only = null)
    {
        var path = Path.Combine(folder, CheckpointNames.Manifest);
        try
        {
            if (!File.Exists(path))
            {
                throw new CheckpointException($"{path}: missing, so this checkpoint was never completed.");
            }

            var manifest = new FileInfo(path).Length <= MaxBytes ? Parse(File.ReadAllBytes(path)) : throw new FormatException("too large");
            if (manifest.Step != step)
            {
                throw new FormatException($"for step {manifest.Step}");
            }

            foreach (var file in manifest.Files.Where(f => only is null || only.Contains(f.Name)))
            {
                file.Check(folder);
            }

            return manifest;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new CheckpointException($"{path}: damaged ({e.Message.ReplaceLineEndings(" ")}).", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{folder}: cannot be read ({e.Message}).", e);
        }
    }

    internal static Manifest Parse(byte[] json)
    {
        var root = JsonNode.Parse(json) as JsonObject ?? throw new FormatException("not a JSON object");
        if (root["format"]?.GetValue<int>() != Format)
        {
            throw new FormatException($"format {root["format"]?.ToJsonString() ?? "missing"}, this version reads {Format}");
        }

        var step = root["step"]?.GetValue<long>() ?? throw new FormatException("'step' is missing");
        var files = root["files"] as JsonObject ?? throw new FormatException("'files' is missing");
        var entries = new List<ManifestEntry>();
        foreach (var (name, entry) in files)
        {
            if (Path.GetFileName(name) != name || entry?["bytes"] is not { } bytes || entry["sha256"] is not { } hash)
            {
                throw new FormatException($"the entry of '{name}' is incomplete");
            }

            entries.Add(new ManifestEntry(name, bytes.GetValue<long>(), hash.GetValue<string>()));
        }

        return new Manifest(step, entries);
    }
}

/// <summary>One file of a checkpoint.</summary>
internal sealed record ManifestEntry(string Name, long Bytes, string Sha256)
{
    public void Check(string folder)
    {
        var path = Path.Combine(folder, Name);
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new CheckpointException($"{path}: missing.");
        }

        if (info.Length != Bytes)
        {
            throw new CheckpointException($"{path}: {info.Length} bytes, expected {Bytes}; truncated or replaced.");
        }

        using var stream = File.OpenRead(path);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != Sha256)
        {
            throw new CheckpointException($"{path}: its SHA-256 is not the one in {CheckpointNames.Manifest}; the file is damaged.");
        }
    }
}
