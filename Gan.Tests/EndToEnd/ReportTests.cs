using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.Pictures;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>progress.gif, real_and_fake.png and report.html of whole runs.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string At => _temp.At("run");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void TheAnimationHoldsTheSamplesPixelByPixel()
    {
        GanTrain.Run($"{GanTrain.Mlp} --epochs 4 --out {At}").Expect(0);
        AssertFrames(["000", "001", "002", "003", "004"]);
    }

    /// <summary>A resumed run reads the earlier samples back; that of a step behind the checkpoint is made again.</summary>
    [Fact]
    public void AResumedRunGoesOnWithItsAnimation()
    {
        GanTrain.Run($"{GanTrain.Mlp} --epochs 2 --out {At}").Expect(0);
        string later = Path.Combine(At, "samples", "003.png");
        File.Copy(Path.Combine(At, "samples", "000.png"), later);
        File.WriteAllText(Path.Combine(At, "samples", "notes.txt"), "mine");
        GanTrain.Run($"--resume {At} --epochs 4").Expect(0);
        AssertFrames(["000", "001", "002", "003", "004"]);
        JsonElement curve = Data().GetProperty("curves")[0];
        Assert.Equal(Enumerable.Range(0, 12), curve.GetProperty("steps").EnumerateArray().Select(static s => s.GetInt32()));
        Assert.Equal("finished", Data().GetProperty("state").GetString());
    }

    [Fact]
    public void AnInterruptedRunSaysSo()
    {
        GanTrain.RunInterrupted($"{GanTrain.Dcgan} --steps 9 --out {At}", 4).Expect(130);
        Assert.Equal("interrupted", Data().GetProperty("state").GetString());
        Assert.Equal(4, Data().GetProperty("curves")[0].GetProperty("steps").GetArrayLength());
        GanTrain.Run($"--resume {At}").Expect(0);
        Assert.Equal("finished", Data().GetProperty("state").GetString());
        Assert.Equal(9, Data().GetProperty("curves")[0].GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public void ARunThatDivergesSaysWhere()
    {
        GanTrain.Run($"{GanTrain.Mlp} --steps 0 --out {At}0").Expect(0);
        SafetensorsFile weights = Safetensors.Read(Path.Combine($"{At}0", "checkpoints", "step_00000000", "netD.safetensors"));
        string tooLarge = _temp.At("netD.safetensors");
        Safetensors.Write(tooLarge, weights.Select(static t => t.Name == "net.0.weight" ? HostTensor.FromFloat32(t.Name, [.. t.Shape.ToArray().Select(static n => (int)n)],
            [.. Enumerable.Repeat(3e38f, (int)t.Count)]) : t));
        Ended ended = GanTrain.Run($"{GanTrain.Mlp} --netD {tooLarge} --steps 60 --log-every 1 --out {At}").Expect(1);
        Assert.Equal("failed", Data().GetProperty("state").GetString());
        string message = ended.Error["error: ".Length..].Trim();
        Assert.Contains(System.Net.WebUtility.HtmlEncode(message), Page());
    }

    /// <summary>Folders in the place of the files make every attempt fail.</summary>
    [Fact]
    public void AReportThatCannotBeWrittenIsOneWarning()
    {
        GanTrain.Run($"{GanTrain.Mlp} --steps 3 --out {At}").Expect(0);
        GanTrain.Run($"{GanTrain.Mlp} --steps 6 --out {At}2").Expect(0);
        File.Delete(Path.Combine(At, "progress.gif"));
        Directory.CreateDirectory(Path.Combine(At, "progress.gif", "in the way"));
        Ended ended = GanTrain.Run($"--resume {At} --steps 6").Expect(0);
        Assert.Equal(2, ended.Output.Split("report.html and what belongs to them) could not be written").Length);
        GanTrain.AssertSameRun($"{At}2", At, 6);
        Assert.DoesNotContain(GanTrain.Files(At), static f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void WarningsOfTheRunStayOnThePage()
    {
        string data = _temp.At("images");
        Directory.CreateDirectory(data);
        for (int i = 0; i < 8; i++)
        {
            File.WriteAllBytes(Path.Combine(data, $"{i}.png"), Gan.Train.Data.Codecs.Png.PngEncoder.Encode(28, 28, 1, new byte[784]));
        }
        File.WriteAllText(Path.Combine(data, "a<b>&c.png"), "no picture");
        GanTrain.Run($"--model mlp --hidden 8 --data {data} --skip-bad-images --batch-size 4 --steps 2 --out {At}").Expect(0);
        Assert.Contains("a&lt;b&gt;&amp;c.png", Page());
        Assert.Single(Data().GetProperty("warnings").EnumerateArray(), static w => w.GetString()!.Contains("a<b>&c.png"));
        GanTrain.Run($"--resume {At} --steps 4").Expect(0);
        Assert.Single(Data().GetProperty("warnings").EnumerateArray(), static w => w.GetString()!.Contains("a<b>&c.png"));
    }

    private void AssertFrames(string[] samples)
    {
        (List<DecodedFrame> frames, int? loops) = GifDecoder.Decode(File.ReadAllBytes(Path.Combine(At, "progress.gif")));
        Assert.Equal(0, loops);
        Assert.Equal(samples.Length, frames.Count);
        JsonElement shown = Data().GetProperty("frames");
        for (int i = 0; i < samples.Length; i++)
        {
            DecodedImage sample = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(At, "samples", $"{samples[i]}.png")), DecodeLimits.Default);
            byte[] rgb = [.. sample.Pixels.SelectMany(static p => new[] { p, p, p })];
            Assert.Equal((sample.Width, sample.Height), (frames[i].Width, frames[i].Height));
            Assert.True(rgb.AsSpan().SequenceEqual(frames[i].Rgb), samples[i]);
            Assert.Equal(3 * i, shown[i].GetProperty("step").GetInt32());
            Assert.True(rgb.AsSpan().SequenceEqual(GifDecoder.Decode(shown[i].GetProperty("gif").GetBytesFromBase64()).Frames[0].Rgb), samples[i]);
        }
    }

    private string Page() => File.ReadAllText(Path.Combine(At, "report.html"));

    private JsonElement Data()
    {
        const string begin = "id=\"data\">";
        string page = Page();
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }
}
