using System.Text.Json;

namespace Gan.Train.Runs;

/// <summary>The columns of timing.jsonl that are drawn, one entry a line.</summary>
internal sealed class TimingSeries
{
    private const float Mebi = 1024 * 1024;

    public List<long> Step { get; } = [];

    public List<float> ImagesPerSecond { get; } = [];

    /// <summary>Memory of the process.</summary>
    public List<float> ProcessMiB { get; } = [];

    /// <summary>Memory held on the device.</summary>
    public List<float> DeviceMiB { get; } = [];

    /// <param name="step">Finished steps.</param>
    /// <param name="imagesPerSecond">Since the line before; 0 (no images in between) is left out of the curve.</param>
    /// <param name="workingSetBytes">Of the process.</param>
    /// <param name="poolBytes">On the device.</param>
    public void Add(long step, double imagesPerSecond, long workingSetBytes, long poolBytes)
    {
        if (Step.Count > 0 && step <= Step[^1])
        {
            return; // a second line at the end of a run, or steps that a crash made to be done again
        }
        Step.Add(step);
        ImagesPerSecond.Add(imagesPerSecond > 0 ? (float)imagesPerSecond : float.NaN);
        ProcessMiB.Add(workingSetBytes / Mebi);
        DeviceMiB.Add(poolBytes / Mebi);
    }

    /// <summary>Lines up to a step, as earlier starts of the run left them; those that cannot be read are left out.</summary>
    public static TimingSeries Read(string path, long finishedSteps)
    {
        var series = new TimingSeries();
        foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(line);
                JsonElement root = json.RootElement, rate = root.GetProperty("images_per_second");
                long step = root.GetProperty("step").GetInt64();
                if (step <= finishedSteps)
                {
                    series.Add(step, rate.ValueKind == JsonValueKind.Number ? rate.GetDouble() : 0, root.GetProperty("working_set_bytes").GetInt64(),
                        root.GetProperty("pool_bytes").GetInt64());
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                // A torn or foreign line costs one point of a curve.
            }
        }
        return series;
    }
}
