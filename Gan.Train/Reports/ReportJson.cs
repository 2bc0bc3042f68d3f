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
            Chart(json, "Loss", "", metrics.Curves, null, ("loss D", "--loss-d", (int)Metric.LossD), ("loss G", "--loss-g", (int)Metric.LossG));
            Chart(json, "Discriminator's mean score", "", metrics.Curves, (0, 1), ("D(x)", "--real", (int)Metric.DX),
                ("D(G(z)) before", "--fake", (int)Metric.DGz1), ("D(G(z)) after", "--after", (int)Metric.DGz2));
            json.WriteEndArray();
            json.WriteStartArray("speed");
            Chart(json, "Images per second", "", timing.Curves, null, ("images/s", "--one", (int)Timing.ImagesPerSecond));
            Chart(json, "Memory, MiB", " MiB", timing.Curves, null, ("process", "--one", (int)Timing.ProcessMiB), ("device", "--two", (int)Timing.DeviceMiB));
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

    private static void Chart(Utf8JsonWriter json, string title, string unit, CurvePoints points, (double Low, double High)? range,
        params ReadOnlySpan<(string Name, string Colour, int Column)> series)
    {
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
        Numbers(json, "steps", points.Points, p => points.Steps(p).First);
        Numbers(json, "ends", points.Points, p => points.Steps(p).Last);
        json.WriteStartArray("series");
        foreach ((string name, string colour, int column) in series)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("colour", colour);
            Numbers(json, "mean", points.Points, p => points.Of(column, p).Mean);
            if (!points.IsWhole)
            {
                Numbers(json, "min", points.Points, p => points.Of(column, p).Least);
                Numbers(json, "max", points.Points, p => points.Of(column, p).Largest);
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
