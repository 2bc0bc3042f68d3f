using System.Text.Json;
using Gan.Train.Settings;

namespace Gan.Bench.Reports;

/// <summary>A report as a JSON file: snake_case names.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static string Json<T>(T report) => JsonSerializer.Serialize(report, s_json) + "\n";

    /// <summary>Writes it whole or not at all; no path, no file.</summary>
    public static void Save<T>(string? path, T report)
    {
        if (path is not null)
        {
            File.WriteAllText(path + ".tmp", Json(report));
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }

    /// <summary>Finds out before minutes of measuring whether the file can be written.</summary>
    /// <param name="option">The option that named it, for the message.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It can't.</exception>
    public static void Check(string option, string path)
    {
        string whole = Path.GetFullPath(path);
        if (Directory.Exists(whole))
        {
            throw new UsageException($"{option} {path}: that is a folder; name a file.");
        }
        if (!Directory.Exists(Path.GetDirectoryName(whole)))
        {
            throw new UsageException($"{option} {path}: the folder does not exist; make it first.");
        }
        try
        {
            string probe = whole + ".tmp";
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: can't be written: {e.Message}", e);
        }
    }
}
