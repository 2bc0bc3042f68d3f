using System.Text.Json;

namespace Gan.Train.Runs;

/// <summary>The columns of timing.jsonl that are drawn.</summary>
internal enum Timing
{
    ImagesPerSecond,
    ProcessMiB,
    DeviceMiB,
}

/// <summary>Speed and memory over the steps of a run, in bounded memory.</summary>
internal sealed class TimingSeries
{
    private const float Mebi = 1024 * 1024;
    private long _step = -1;

    /// <summary>A curve for each <see cref="Timing"/>.</summary>
    public CurvePoints Curves { get; } = new(Enum.GetValues<Timing>().Length);

    /// <summary>The last entry; null without one.</summary>
    public (float ImagesPerSecond, float ProcessMiB, float DeviceMiB)? Latest { get; private set; }

    /// <param name="step">Finished steps.</param>
    /// <param name="imagesPerSecond">Since the line before; 0 (no images in between) is left out of the curve.</param>
    /// <param name="workingSetBytes">Of the process.</param>
    /// <param name="poolBytes">On the device.</param>
    public void Add(long step, double imagesPerSecond, long workingSetBytes, long poolBytes)
    {
        if (step <= _step)
        {
            return; // a second line at the end of a run, or steps that a crash made to be done again
        }
        (float rate, float process, float device) = (imagesPerSecond > 0 ? (float)imagesPerSecond : float.NaN, workingSetBytes / Mebi, poolBytes / Mebi);
        Curves.Add(step, rate, process, device);
        (_step, Latest) = (step, (rate, process, device));
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
