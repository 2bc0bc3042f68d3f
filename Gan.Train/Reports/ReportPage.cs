using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Gan.Train.Data.Codecs.Gif;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Reports;

/// <summary>
/// Puts report.html together from the template, style and script in <c>Reports/Page</c>. Everything that is not markup of ours passes through
/// <see cref="WebUtility.HtmlEncode(string)"/> or a JSON encoder; pictures are data URLs. The page names no other file and no address.
/// </summary>
internal static class ReportPage
{
    private const string JsonBegin = "<script type=\"application/json\" id=\"data\">", JsonEnd = "</script>";
    private static readonly string s_template = Resource("report.html"), s_css = Resource("report.css"), s_js = Resource("report.js");

    /// <param name="facts">What does not change.</param>
    /// <param name="status">Where the run stands.</param>
    /// <param name="now">Time of writing.</param>
    /// <param name="period">Time between two writings of the page.</param>
    /// <param name="metrics">All steps so far.</param>
    /// <param name="timing">Speed and memory so far.</param>
    /// <param name="frames">Samples, at least one.</param>
    /// <param name="real">A grid of training images.</param>
    /// <param name="fake">The newest sample, whole.</param>
    /// <param name="found">Warnings about the training.</param>
    /// <param name="warnings">Other warnings of the run; <see cref="ReadWarnings"/> reads them back.</param>
    public static byte[] Write(ReportFacts facts, RunStatus status, DateTimeOffset now, TimeSpan period, MetricsSeries metrics, TimingSeries timing,
        IReadOnlyList<ProgressFrame> frames, PngPicture real, PngPicture fake, IReadOnlyList<RunWarning> found, IReadOnlyList<string> warnings)
    {
        ProgressFrame newest = frames[^1];
        string state = status.State.ToString().ToLowerInvariant();
        double percent = facts.TotalSteps == 0 ? 100 : Math.Floor(100.0 * status.FinishedSteps / facts.TotalSteps);
        int zoom = Math.Max(1, 480 / newest.Image.Width), fakeZoom = Math.Max(1, 480 / fake.Width);
        string json = Encoding.UTF8.GetString(ReportJson.Write(status, period, metrics, timing, frames, warnings));
        return Encoding.UTF8.GetBytes(Fill(name => name switch
        {
            "state" => state,
            "title" => Text(facts.Title),
            "refresh" => status.State == RunState.Running ? "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>\n" : "",
            "css" => s_css,
            "js" => s_js,
            "json" => json,
            "written" => now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            "writtenText" => now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            "failure" => status.Failure is { } failure ? $"<section class=\"failure\" role=\"alert\"><p>{Text(failure)}</p></section>\n" : "",
            "tiles" => Tiles(facts, status),
            "percent" => percent.ToString(CultureInfo.InvariantCulture),
            "warnings" => Warnings([.. found.Select(static w => $"step {w.Step}: {w.Message}"), .. warnings]),
            "frame" => Url("image/gif", GifFile.Still(newest.Image)),
            "frameWidth" => Number(newest.Image.Width * zoom),
            "frameHeight" => Number(newest.Image.Height * zoom),
            "frameAlt" => Text(newest.Label),
            "lastFrame" => Number(frames.Count - 1),
            "real" => Url("image/png", real.Png),
            "realWidth" => Number(real.Width * fakeZoom),
            "realHeight" => Number(real.Height * fakeZoom),
            "fake" => Url("image/png", fake.Png),
            "fakeWidth" => Number(fake.Width * fakeZoom),
            "fakeHeight" => Number(fake.Height * fakeZoom),
            "device" => Text("Device: " + facts.Device),
            "data" => Text("Data: " + facts.Data),
            "settings" => string.Concat(facts.Settings.Select(static s => $"<div><dt>{Text(s.Name)}</dt><dd>{Text(s.Value)}</dd></div>\n")),
            "generator" => Text(facts.Generator),
            "discriminator" => Text(facts.Discriminator),
            "version" => RunConfig.ToolVersion,
            _ => throw new InvalidOperationException($"report.html has a place '{name}' that nothing fills."),
        }));
    }

    /// <summary>The other warnings that a page of an earlier start shows; none where there is no such page.</summary>
    public static IReadOnlyList<string> ReadWarnings(string path)
    {
        try
        {
            string page = File.ReadAllText(path);
            int from = page.IndexOf(JsonBegin, StringComparison.Ordinal) + JsonBegin.Length;
            using JsonDocument json = JsonDocument.Parse(page[from..page.IndexOf(JsonEnd, from, StringComparison.Ordinal)]);
            return [.. json.RootElement.GetProperty("warnings").EnumerateArray().Select(static w => w.GetString()!)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return []; // no page, or one that someone changed
        }
    }

    private static string Tiles(ReportFacts facts, RunStatus s)
    {
        List<(string Name, string Value)> tiles =
        [
            ("epoch", $"{Math.Min(s.FinishedSteps / facts.StepsPerEpoch + (s.State == RunState.Running ? 1 : 0), facts.Epochs)} / {facts.Epochs}"),
            ("step", $"{HumanText.Count(s.FinishedSteps)} / {HumanText.Count(facts.TotalSteps)}"),
            ("images/s", s.Images == 0 ? "-" : HumanText.Rate(s.ImagesPerSecond)),
            s.State == RunState.Running ? ("time left", s.Left is { } left ? HumanText.Duration(left.TotalSeconds) : "-") : ("time", HumanText.Duration(s.Elapsed.TotalSeconds)),
            ("memory, process", HumanText.Bytes(s.WorkingSet)),
            ("memory, device", HumanText.Bytes(s.DeviceBytes)),
        ];
        if (s.Metrics is { } m)
        {
            tiles.AddRange([("loss D", Fixed(m.LossD)), ("loss G", Fixed(m.LossG)), ("D(x)", Fixed(m.DX)), ("D(G(z))", $"{Fixed(m.DGz1)} / {Fixed(m.DGz2)}")]);
        }
        return string.Concat(tiles.Select(static t => $"<div><dt>{Text(t.Name)}</dt><dd>{Text(t.Value)}</dd></div>\n"));
    }

    private static string Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? ""
        : $"<section class=\"warnings\" aria-labelledby=\"h-warnings\">\n<h2 id=\"h-warnings\">Warnings</h2>\n<ul>\n{string.Concat(warnings.Select(static w => $"<li>{Text(w)}</li>\n"))}</ul>\n</section>\n";

    private static string Fill(Func<string, string> value)
    {
        var page = new StringBuilder(1 << 16);
        int at = 0;
        while (s_template.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and var open)
        {
            int close = s_template.IndexOf("}}", open, StringComparison.Ordinal);
            page.Append(s_template, at, open - at).Append(value(s_template[(open + 2)..close]));
            at = close + 2;
        }
        return page.Append(s_template, at, s_template.Length - at).ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Fixed(float value) => ConsoleLines.Fixed(value, 4);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Url(string type, byte[] bytes) => $"data:{type};base64,{Convert.ToBase64String(bytes)}";

    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>A picture as a PNG file.</summary>
internal sealed record PngPicture(int Width, int Height, byte[] Png)
{
    public static PngPicture Of(Picture picture) =>
        new(picture.Width, picture.Height, Data.Codecs.Png.PngEncoder.Encode(picture.Width, picture.Height, picture.Channels, picture.Pixels));
}
