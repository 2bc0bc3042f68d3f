using System.Text.Json;
using System.Text.RegularExpressions;
using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>What a run writes and prints, as the contract's tables say.</summary>
public sealed partial class RunFolderFilesTests : IDisposable
{
    private static readonly string[] InCheckpoint = ["manifest.json", "netD.safetensors", "netG.safetensors", "optimizer.safetensors", "state.json"];
    private readonly TempFolder _temp = new();

    private string At => _temp.At("run");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void DcganWritesTheseFilesAndNoOthers()
    {
        // Epochs end after 3 and 6 steps; 3 steps are also a checkpoint, 4 an interval of samples, 7 the end.
        GanTrain.Run($"{GanTrain.Dcgan} --steps 7 --sample-every 4 --out {At}").Expect(0);
        Assert.Equal(Expected(["step_000000", "step_000003", "step_000004", "step_000006", "step_000007"], [3, 6, 7]), GanTrain.Files(At));
        Assert.Equal("step_00000007\n", File.ReadAllText(Path.Combine(At, "checkpoints", "latest")));
        AssertPng("real_samples.png", 8 * 34 + 2, 3 * 34 + 2, 3);
        AssertPng("samples/step_000004.png", 8 * 34 + 2, 8 * 34 + 2, 3);
    }

    [Fact]
    public void MlpWritesAFileAnEpoch()
    {
        GanTrain.Run($"{GanTrain.Mlp} --epochs 2 --keep 9 --out {At}").Expect(0);
        Assert.Equal(Expected(["000", "001", "002"], [0, 3, 6]), GanTrain.Files(At));
        AssertPng("real_samples.png", 8 * 30 + 2, 3 * 30 + 2, 1);
        AssertPng("samples/002.png", 4 * 30 + 2, 4 * 30 + 2, 1);
    }

    [Fact]
    public void TheNewestCheckpointsAreKept()
    {
        GanTrain.Run($"{GanTrain.Mlp} --steps 7 --checkpoint-every 1 --keep 2 --out {At}").Expect(0);
        Assert.Equal(["latest", "step_00000006", "step_00000007"], Directory.EnumerateFileSystemEntries(Path.Combine(At, "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void NoStepsAreARunToo()
    {
        GanTrain.Run($"{GanTrain.Dcgan} --steps 0 --out {At}").Expect(0);
        Assert.Equal(Expected(["step_000000"], [0]), GanTrain.Files(At));
        Assert.Equal(0, new FileInfo(Path.Combine(At, "metrics.jsonl")).Length);
    }

    [Fact]
    public void RealSamplesAreTheFirstImagesOfTheRun()
    {
        GanTrain.Run($"{GanTrain.Mlp} --no-shuffle --steps 1 --out {At}").Expect(0);
        DecodedImage grid = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(At, "real_samples.png")), DecodeLimits.Default);
        var pixels = new byte[20 * 784];
        unsafe
        {
            fixed (byte* p = pixels)
            {
                Gan.Train.Data.Synthetic.SyntheticDigits.Fill(999, 20, 28, 1, (nint)p);
            }
        }
        for (int image = 0; image < 20; image++)
        {
            for (int y = 0; y < 28; y++)
            {
                int at = (2 + image / 8 * 30 + y) * grid.Width + 2 + image % 8 * 30;
                Assert.True(pixels.AsSpan(image * 784 + y * 28, 28).SequenceEqual(grid.Pixels.AsSpan(at, 28)), $"image {image}, row {y}");
            }
        }
        Assert.All(grid.Pixels.AsSpan(0, 2 * grid.Width).ToArray(), static p => Assert.Equal(0, p));
    }

    [Fact]
    public void MetricsAreALineAStepWithTheseNames()
    {
        GanTrain.Run($"{GanTrain.Dcgan} --steps 7 --out {At}").Expect(0);
        string[] lines = File.ReadAllLines(Path.Combine(At, "metrics.jsonl"));
        Assert.Equal(7, lines.Length);
        for (int step = 0; step < lines.Length; step++)
        {
            JsonElement line = JsonDocument.Parse(lines[step]).RootElement;
            Assert.Equal(["step", "epoch", "loss_d", "loss_g", "d_x", "d_g_z1", "d_g_z2"], line.EnumerateObject().Select(static p => p.Name));
            Assert.Equal((step, step / 3), (line.GetProperty("step").GetInt32(), line.GetProperty("epoch").GetInt32()));
        }
        JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(At, "config.json"))).RootElement;
        Assert.Equal(3, config.GetProperty("options").GetProperty("nc").GetInt32());
        Assert.Equal("cpu", config.GetProperty("device").GetProperty("name").GetString());
        Assert.All(File.ReadLines(Path.Combine(At, "timing.jsonl")), static l => Assert.True(JsonDocument.Parse(l).RootElement.GetProperty("images_per_second").GetDouble() > 0));
    }

    [Fact]
    public void BatchesTrackedGrowByThreeADStep()
    {
        GanTrain.Run($"{GanTrain.Dcgan} --steps 4 --out {At}").Expect(0);
        SafetensorsFile netD = Safetensors.Read(Path.Combine(At, "checkpoints", "step_00000004", "netD.safetensors"));
        SafetensorsFile netG = Safetensors.Read(Path.Combine(At, "checkpoints", "step_00000004", "netG.safetensors"));
        Assert.Equal(12, netD["main.3.num_batches_tracked"].ToInt64()[0]);
        Assert.Equal(4, netG["main.1.num_batches_tracked"].ToInt64()[0]);
    }

    [Fact]
    public void ConsoleLinesAreThoseOfTheContract()
    {
        string[] dcgan = Lines(GanTrain.Run($"{GanTrain.Dcgan} --steps 5 --log-every 2 --out {At}").Expect(0));
        string[] losses = [.. dcgan.Where(static l => l.StartsWith('['))];
        Assert.All(losses, static l => Assert.Matches(DcganLine(), l));
        Assert.Equal(["[0/2][0/3]", "[0/2][2/3]", "[1/2][1/3]"], losses.Select(static l => l[..l.IndexOf('\t')]));
        Assert.Equal($"Run: {At}", dcgan[^5]);
        Assert.Equal($"Done: {At}", dcgan[^1]);

        string[] mlp = Lines(GanTrain.Run($"{GanTrain.Mlp} --epochs 2 --out {At}2").Expect(0));
        string[] epochs = [.. mlp.Where(static l => l.StartsWith("Epoch", StringComparison.Ordinal))];
        Assert.All(epochs, static l => Assert.Matches(MlpLine(), l));
        Assert.Equal(["Epoch-0", "Epoch-1"], epochs.Select(static l => l[..l.IndexOf(':')]));
        Assert.All(mlp.Concat(dcgan), static l => Assert.DoesNotContain("\e", l));
    }

    [Fact]
    public void QuietPrintsNothingOfARunWithoutTrouble() =>
        Assert.Equal(new Ended(0, "", ""), GanTrain.Run($"{GanTrain.Mlp} --steps 2 --quiet --out {At}"));

    [Fact]
    public void ADryRunWritesNothingAndShowsEverything()
    {
        Ended ended = GanTrain.Run($"{GanTrain.Dcgan} --dry-run --out {At}").Expect(0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Path));
        foreach (string expected in (string[])["--batch-size           8 (given)", "--lr                   0.0002", "MiB on the device (forecast)", "ConvTranspose2d", "Generator",
            "Discriminator", "3 steps an epoch, 15 steps in all", "One step:", "loss_d"])
        {
            Assert.Contains(expected, ended.Output);
        }
        GanTrain.Run($"{GanTrain.Dcgan} --steps 1 --out {At}").Expect(0);
        string[] before = GanTrain.Snapshot(At);
        GanTrain.Run($"--resume {At} --dry-run --steps 5").Expect(0);
        GanTrain.Run($"{GanTrain.Dcgan} --dry-run --overwrite --out {At}").Expect(0);
        Assert.Equal(before, GanTrain.Snapshot(At));
    }

    [Fact]
    public void OverwriteReplacesARunAndKeepsForeignFiles()
    {
        GanTrain.Run($"{GanTrain.Dcgan} --steps 7 --out {At}").Expect(0);
        File.WriteAllText(Path.Combine(At, "notes.txt"), "mine");
        GanTrain.Run($"{GanTrain.Mlp} --steps 1 --out {At} --overwrite").Expect(0);
        Assert.Equal([.. Expected(["000", "001"], [0, 1]).Append("notes.txt").Order(StringComparer.Ordinal)], GanTrain.Files(At));
    }

    private static string[] Expected(string[] samples, int[] checkpoints) =>
    [
        .. checkpoints.SelectMany(static step => InCheckpoint.Select(f => $"checkpoints/step_{step:D8}/{f}"))
            .Concat(samples.Select(static s => $"samples/{s}.png"))
            .Concat(["checkpoints/latest", "config.json", "losses.png", "metrics.jsonl", "progress.gif", "real_and_fake.png", "real_samples.png", "report.html", "timing.jsonl"])
            .Order(StringComparer.Ordinal),
    ];

    private static string[] Lines(Ended ended) => ended.Output.TrimEnd().Split(Environment.NewLine);

    private void AssertPng(string name, int width, int height, int channels)
    {
        DecodedImage image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(At, name)), DecodeLimits.Default);
        Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
    }

    [GeneratedRegex(@"^\[\d+/\d+\]\[\d+/\d+\]\tLoss_D: \d+\.\d{4}\tLoss_G: \d+\.\d{4}\tD\(x\): [01]\.\d{4}\tD\(G\(z\)\): [01]\.\d{4} / [01]\.\d{4}$")]
    private static partial Regex DcganLine();

    [GeneratedRegex(@"^Epoch-\d+: D_loss: \d+\.\d{5}, G_loss: \d+\.\d{5}$")]
    private static partial Regex MlpLine();
}
