using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gan.Train.Settings;

/// <summary>What config.json holds: every resolved option, versions, device, and which data it was.</summary>
/// <param name="Settings">Resolved, batch size and channels included.</param>
/// <param name="DeviceDescription">Processor, instruction set, threads.</param>
/// <param name="DataDescription">For people: kind, count, size.</param>
/// <param name="DataCount">Images.</param>
/// <param name="DataHash">Hex hash of the decoded content.</param>
internal sealed record RunConfig(TrainSettings Settings, string DeviceDescription, string DataDescription, int DataCount, string DataHash)
{
    private const int Format = 1;
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>gan-train's version, without build metadata.</summary>
    public static string ToolVersion => typeof(RunConfig).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public byte[] ToJson()
    {
        var root = new JsonObject
        {
            ["format"] = Format,
            ["versions"] = new JsonObject
            {
                ["gan-train"] = ToolVersion,
                ["dotnet"] = Environment.Version.ToString(),
                ["os"] = RuntimeInformation.OSDescription,
                ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            },
            ["device"] = new JsonObject { ["name"] = Settings.Device.Used, ["reason"] = Settings.Device.Reason, ["description"] = DeviceDescription },
            ["data"] = new JsonObject { ["description"] = DataDescription, ["count"] = DataCount, ["hash"] = DataHash },
            ["options"] = SettingsJson.Write(Settings),
        };
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
        {
            root.WriteTo(writer);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <summary>Reads a run's config.json.</summary>
    /// <exception cref="UsageException">Missing, damaged, or written by a version this one does not understand.</exception>
    public static RunConfig Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{path}: not found, so there is no run to resume; check the folder's name.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: cannot be read ({e.Message}).", e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException or UsageException or ArgumentException)
        {
            throw new UsageException($"{path}: damaged ({e.Message.ReplaceLineEndings(" ")}); restore it, or start a new run.", e);
        }
    }

    internal static RunConfig Parse(ReadOnlySpan<byte> json)
    {
        var root = JsonNode.Parse(json) as JsonObject ?? throw new FormatException("not a JSON object");
        var format = Member<JsonValue>(root, "format").GetValue<int>();
        if (format != Format)
        {
            throw new FormatException($"format {format}, this version reads {Format}");
        }

        var data = Member<JsonObject>(root, "data");
        var device = Member<JsonObject>(root, "device");
        return new RunConfig(
            TrainSettingsResolver.Resolve(SettingsJson.ReadAsGiven(Member<JsonObject>(root, "options"))),
            Member<JsonValue>(device, "description").GetValue<string>(),
            Member<JsonValue>(data, "description").GetValue<string>(),
            Member<JsonValue>(data, "count").GetValue<int>(),
            Member<JsonValue>(data, "hash").GetValue<string>());
    }

    /// <summary>On resume the data may lie elsewhere but must be the same.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public void CheckSameData(string data, int count, string hash)
    {
        if (count != DataCount || hash != DataHash)
        {
            throw new UsageException(
                $"--data {data}: not the data of this run ({DataCount} images, hash {Short(DataHash)}; found {count}, {Short(hash)}). "
                + "Point --data to the same images, or start a new run.");
        }
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private static T Member<T>(JsonObject parent, string name)
        where T : JsonNode => parent[name] as T ?? throw new FormatException($"'{name}' is missing or of another kind");
}
