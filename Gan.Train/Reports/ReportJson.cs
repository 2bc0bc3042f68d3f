using System.Globalization;
using System.Text.Json;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>
/// The numbers of report.html, as the JSON its script reads. Utf8JsonWriter's default encoder writes &lt;, &gt; and &amp; as escapes, so no text in it can end the
/// script element.
/// </summary>
internal static class ReportJson
{
    /// <summary>Points a curve.</summary>
    public const int MaxPoints = 600;

    public static byte[] Write(RunStatus status, TimeSpan period, MetricsSeries metrics, TimingSeries timing, IReadOnlyList<ProgressFrame> frames,
        IReadOnlyList<string> warnings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            double seconds = Math.Clamp(period.TotalSeconds, 5, 120);
            json.WriteStartObject();
            json.WriteString("state", status.State.ToString().ToLowerInvariant());
            json.WriteNumber("refresh", Math.Ceiling(seconds));
            json.WriteNumber("stale", Math.Ceiling(Math.Max(600, 10 * seconds)));
            json.WriteStartArray("curves");
            Chart(json, "Loss", "", metrics.Step, null, ("loss D", "--loss-d", metrics.LossD), ("loss G", "--loss-g", metrics.LossG));
            Chart(json, "Discriminator's mean score", "", metrics.Step, (0, 1), ("D(x)", "--real", metrics.DX), ("D(G(z)) before", "--fake", metrics.DGz1),
                ("D(G(z)) after", "--after", metrics.DGz2));
            json.WriteEndArray();
            json.WriteStartArray("speed");
            Chart(json, "Images per second", "", timing.Step, null, ("images/s", "--one", timing.ImagesPerSecond));
            Chart(json, "Memory, MiB", " MiB", timing.Step, null, ("process", "--one", timing.ProcessMiB), ("device", "--two", timing.DeviceMiB));
            json.WriteEndArray();
            json.WriteStartArray("frames");
            foreach (ProgressFrame frame in frames)
            {
                json.WriteStartObject();
                json.WriteNumber("step", frame.Step);
                json.WriteString("label", frame.Label);
                json.WriteBase64String("gif", Data.Codecs.Gif.GifFile.Still(frame.Image));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("warnings");
            foreach (string warning in warnings)
            {
                json.WriteStringValue(warning);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void Chart(Utf8JsonWriter json, string title, string unit, List<long> steps, (double Low, double High)? range,
        params ReadOnlySpan<(string Name, string Colour, List<float> Values)> series)
    {
        var buckets = new CurveBuckets(steps.Count, MaxPoints);
        json.WriteStartObject();
        json.WriteString("title", title);
        json.WriteString("unit", unit);
        if (range is { } r)
        {
            json.WriteStartArray("range");
            json.WriteNumberValue(r.Low);
            json.WriteNumberValue(r.High);
            json.WriteEndArray();
        }
        Numbers(json, "steps", buckets.Points, p => steps[buckets.Range(p).From]);
        Numbers(json, "ends", buckets.Points, p => steps[buckets.Range(p).To - 1]);
        json.WriteStartArray("series");
        foreach ((string name, string colour, List<float> values) in series)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("colour", colour);
            Numbers(json, "mean", buckets.Points, p => buckets.Of(values, p).Mean);
            if (!buckets.IsWhole)
            {
                Numbers(json, "min", buckets.Points, p => buckets.Of(values, p).Least);
                Numbers(json, "max", buckets.Points, p => buckets.Of(values, p).Largest);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, int count, Func<int, double> value)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < count; i++)
        {
            double v = value(i);
            if (double.IsFinite(v))
            {
                // Five digits: more than a curve shows, a third of the bytes.
                json.WriteRawValue(Math.Abs(v) < 1e15 && v == Math.Floor(v) ? v.ToString("0", CultureInfo.InvariantCulture) : v.ToString("G5", CultureInfo.InvariantCulture),
                    skipInputValidation: true);
            }
            else
            {
                json.WriteNullValue();
            }
        }
        json.WriteEndArray();
    }
}
