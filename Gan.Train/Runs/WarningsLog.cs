using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gan.Train.Runs;

/// <summary>Something about a run that its user should know. One line of warnings.jsonl: {"step":..,"kind":"..","message":".."}.</summary>
/// <param name="Step">When it was found.</param>
/// <param name="Kind">For programs: discriminator-won or generator-collapsed.</param>
/// <param name="Message">For people: what it is, and what usually helps.</param>
internal sealed record RunWarning(long Step, string Kind, string Message);

/// <summary>Keeps warnings.jsonl: short, so it is replaced whole with every warning.</summary>
internal sealed class WarningsLog
{
    private readonly string _path;
    private readonly List<RunWarning> _warnings;

    /// <param name="path">The file; made with the first warning.</param>
    /// <param name="finishedSteps">Warnings of later steps belong to steps that a resumed run does again, and are dropped.</param>
    public WarningsLog(string path, long finishedSteps)
    {
        _path = path;
        _warnings = Read(path).FindAll(w => w.Step < finishedSteps);
        if (File.Exists(path))
        {
            Write();
        }
    }

    /// <summary>All warnings so far, in the order of their steps.</summary>
    public IReadOnlyList<RunWarning> All => _warnings;

    /// <summary>Adds one; the file has it when this returns.</summary>
    /// <exception cref="IOException">It has not; the next call writes both.</exception>
    public void Add(RunWarning warning)
    {
        _warnings.Add(warning);
        Write();
    }

    /// <summary>All warnings of a run; none where the file is missing, and lines that are damaged are left out.</summary>
    public static List<RunWarning> Read(string path)
    {
        List<RunWarning> warnings = [];
        if (!File.Exists(path))
        {
            return warnings;
        }
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                JsonNode root = JsonNode.Parse(line)!;
                warnings.Add(new RunWarning(root["step"]!.GetValue<long>(), root["kind"]!.GetValue<string>(), root["message"]!.GetValue<string>()));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
            {
                // a damaged line must not hide the others
            }
        }
        return warnings;
    }

    private void Write() => AtomicFile.Write(_path, stream =>
    {
        foreach (RunWarning w in _warnings)
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["step"] = w.Step, ["kind"] = w.Kind, ["message"] = w.Message }));
            stream.WriteByte((byte)'\n');
        }
    });
}
