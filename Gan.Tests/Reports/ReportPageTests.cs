using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gan.Train.Data.Codecs;
using Gan.Train.Data.Codecs.Gif;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.Reports;

public partial class ReportPageTests
{
    private const string Nasty = "<img src=x onerror=alert(1)>\"'&</script><!--{{title}}";

    private static readonly RunStatus Status = new(RunState.Running, 500, 64_000, TimeSpan.FromSeconds(700), 91.4, TimeSpan.FromSeconds(3671), 1_200L << 20, 802L << 20,
        new(499, 1, 1.25f, 2.5f, 0.75f, 0.25f, 0.125f), "x");

    /// <summary>Everything is inside: no address but data URLs, no link, no import, no request by the script.</summary>
    [Fact]
    public void ThePageLoadsNothing()
    {
        string page = Page(Status);
        string withoutPictures = DataUrl().Replace(page, "\"data:\"");
        Assert.Equal(["\"http://www.w3.org/2000/svg\""], Address().Matches(withoutPictures).Select(static m => m.Value).Distinct()); // a name, never fetched
        foreach (string loading in (string[])["@import", "fetch(", "XMLHttpRequest", "import(", "url(http", "sendBeacon", "WebSocket", "<iframe", "<object", "<embed", "srcset"])
        {
            Assert.DoesNotContain(loading, withoutPictures);
        }
        Assert.All(Source().Matches(withoutPictures), static m => Assert.StartsWith("\"data:", m.Groups[1].Value));
    }

    [Fact]
    public void EverythingIsThere()
    {
        string page = Page(Status);
        foreach (string expected in (string[])["data-state=\"running\"", "<dd>2 / 4</dd>", "<dd>500 / 1,000</dd>", "<dd>91</dd>", "<dd>1:01:11</dd>", "<dd>1.2 GiB</dd>", "<dd>802 MiB</dd>",
            "<dd>1.2500</dd>", "<dd>0.2500 / 0.1250</dd>", "aria-valuenow=\"50\"", "the device", "the data", "<dt>--lr</dt><dd>0.0002</dd>", "G of it", "D of it", "<li>first warning</li>", "<li>step 7: found &amp; told</li>",
            "type=\"range\"", "id=\"play\"", "http-equiv=\"refresh\""])
        {
            Assert.Contains(expected, page);
        }
        Assert.DoesNotContain("{{", page);
        Assert.Contains("prefers-color-scheme: dark", page);
        Assert.Contains(":focus-visible", page);
    }

    [Theory]
    [InlineData("Finished")]
    [InlineData("Interrupted")]
    [InlineData("Failed")]
    public void ARunThatEndedIsNotReloaded(string state)
    {
        string page = Page(Status with { State = Enum.Parse<RunState>(state), Failure = state == "Failed" ? "Step 7: lost" : null });
        Assert.DoesNotContain("http-equiv", page);
        Assert.Equal(state.ToLowerInvariant(), Json(page).GetProperty("state").GetString());
        Assert.Equal(state == "Failed", page.Contains("<p>Step 7: lost</p>", StringComparison.Ordinal));
    }

    [Fact]
    public void TextOfTheUserStaysText()
    {
        string page = Page(Status with { Failure = Nasty }, Facts(Nasty), [Nasty]);
        Assert.DoesNotContain("<img src=x", page);
        Assert.Equal(2, ScriptEnd().Count(page)); // ours
        Assert.Contains(WebUtility.HtmlEncode(Nasty), page);
        Assert.Equal([Nasty], Json(page).GetProperty("warnings").EnumerateArray().Select(static w => w.GetString()));
    }

    [Fact]
    public void CurvesHoldTheValuesAndPicturesTheSamples()
    {
        JsonElement json = Json(Page(Status)), loss = json.GetProperty("curves")[0], scores = json.GetProperty("curves")[1], speed = json.GetProperty("speed")[0];
        Assert.Equal(["loss D", "loss G"], loss.GetProperty("series").EnumerateArray().Select(static s => s.GetProperty("name").GetString()));
        Assert.Equal(["D(x)", "D(G(z)) before", "D(G(z)) after"], scores.GetProperty("series").EnumerateArray().Select(static s => s.GetProperty("name").GetString()));
        Assert.Equal([0, 1, 2, 3], loss.GetProperty("steps").EnumerateArray().Select(static v => v.GetInt32()));
        Assert.Equal([1.5, 1.25, null, 0.0012346], loss.GetProperty("series")[0].GetProperty("mean").EnumerateArray().Select(static v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble()));
        Assert.Equal([100, 110.5], speed.GetProperty("series")[0].GetProperty("mean").EnumerateArray().Select(static v => v.GetDouble()));
        JsonElement frames = json.GetProperty("frames");
        Assert.Equal(2, frames.GetArrayLength());
        Assert.Equal(9, Pictures.GifDecoder.Decode(frames[1].GetProperty("gif").GetBytesFromBase64()).Frames[0].Rgb[0]);
    }

    /// <summary>A million steps and full frames: a page that still opens at once.</summary>
    [Fact]
    public void ItsSizeIsBounded()
    {
        var series = new MetricsSeries();
        var random = new Random(3);
        for (int i = 0; i < 1_000_000; i++)
        {
            series.Add(new(i, i / 1000, random.NextSingle() * 3, random.NextSingle() * 3, random.NextSingle(), random.NextSingle(), random.NextSingle()));
        }
        string page = Encoding.UTF8.GetString(ReportPage.Write(Facts("t"), Status, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(5), series, new TimingSeries(), Frames(), Png(5), Png(9), [], []));
        Assert.InRange(page.Length, 100_000, 400_000);
        Assert.InRange(Json(page).GetProperty("curves")[0].GetProperty("steps").GetArrayLength(), 600, 1200);
    }

    [Fact]
    public void WarningsAreReadBack()
    {
        using var folder = new TempFolder();
        string path = folder.Write("report.html", Encoding.UTF8.GetBytes(Page(Status, Facts("t"), ["one", Nasty])));
        Assert.Equal(["one", Nasty], ReportPage.ReadWarnings(path));
        Assert.Empty(ReportPage.ReadWarnings(folder.Write("other.html", "<html>"u8)));
        Assert.Empty(ReportPage.ReadWarnings(folder.At("missing.html")));
    }

    [Fact]
    public void RealAndGeneratedStandSideBySide()
    {
        Picture pair = RealAndFake.Draw(Grey(100, 100, 200), Grey(60, 60, 90), "generated");
        int zoom = 4, top = 34;
        Assert.Equal((60 * zoom * 2 + 3 * 16, 60 * zoom + top + 16, 3), (pair.Width, pair.Height, pair.Channels));
        Assert.Equal(200, pair.Pixels[((top + 5) * pair.Width + 16 + 5) * 3]);
        Assert.Equal(90, pair.Pixels[((top + 239) * pair.Width + 2 * 16 + 240 + 239) * 3 + 2]);
        Assert.Contains(pair.Pixels.AsSpan(0, top * pair.Width * 3).ToArray(), static p => p < 100); // letters
    }

    private static string Page(RunStatus status, ReportFacts? facts = null, IReadOnlyList<string>? warnings = null)
    {
        var series = new MetricsSeries();
        float[] losses = [1.5f, 1.25f, float.NaN, 0.00123456f];
        for (int i = 0; i < losses.Length; i++)
        {
            series.Add(new(i, 0, losses[i], 1, 0.5f, 0.5f, 0.5f));
        }
        var timing = new TimingSeries();
        timing.Add(1, 100, 1 << 20, 2 << 20);
        timing.Add(2, 110.5, 1 << 20, 2 << 20);
        return Encoding.UTF8.GetString(ReportPage.Write(facts ?? Facts("mlp on digits"), status, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(5), series, timing, Frames(), Png(5), Png(9),
            [new(7, "kind", "found & told")], warnings ?? ["first warning"]));
    }

    private static ReportFacts Facts(string text) => new()
    {
        Title = text,
        Device = $"the device {text}",
        Data = $"the data {text}",
        Settings = [("--lr", "0.0002"), ("--data", text)],
        Generator = $"G of it {text}",
        Discriminator = $"D of it {text}",
        TotalSteps = 1000,
        Epochs = 4,
        StepsPerEpoch = 250 + (text.Length > 20 ? 0 : 10),
        Tile = 30,
    };

    private static ProgressFrame[] Frames() => [Frame(0, 3), Frame(500, 9)];

    private static ProgressFrame Frame(long step, byte level)
    {
        Picture p = Grey(62, 62, level);
        return new(step, $"step {step}", GifImage.Encode(p.Width, p.Height, 1, p.Pixels));
    }

    private static PngPicture Png(byte level) => PngPicture.Of(Grey(62, 62, level));

    private static Picture Grey(int width, int height, byte level) => new(width, height, 1, [.. Enumerable.Repeat(level, width * height)]);

    private static JsonElement Json(string page)
    {
        const string begin = "id=\"data\">";
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }

    [GeneratedRegex("\"data:[a-z/]*;base64,[A-Za-z0-9+/=]*\"")]
    private static partial Regex DataUrl();

    [GeneratedRegex("\"?[a-z]*://[^\\s<)\";]*\"?|\"//[a-z][^\\s<)]*")]
    private static partial Regex Address();

    [GeneratedRegex("(?:src|href)=(\"[^\"]*\")")]
    private static partial Regex Source();

    [GeneratedRegex("</script>")]
    private static partial Regex ScriptEnd();
}
