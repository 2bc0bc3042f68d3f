using System.Text.Json;
using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>Each option that stabilises: off by default, in config.json, and doing what it says to a whole run.</summary>
public sealed class StabilizeTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("lr-d", "1e-3", "0.001")]
    [InlineData("lr-g", "1e-2", "0.01")]
    [InlineData("lr-decay", "0.5", "0.5")]
    [InlineData("ema", "0.5", "0.5")]
    [InlineData("instance-noise", "0.5", "0.5")]
    [InlineData("clip-grad", "0.01", "0.01")]
    [InlineData("spectral-norm", "", "true")]
    [InlineData("d-loss", "hinge", "\"hinge\"")]
    [InlineData("d-loss", "least-squares", "\"least-squares\"")]
    public void IsOffByDefaultAndChangesTheRun(string option, string value, string stored)
    {
        // 3 steps an epoch, so that a decay is in force from step 3 on
        string plain = _temp.At("plain"), with = _temp.At("with"), arguments = $"{GanTrain.Dcgan} --steps 6";
        GanTrain.Run($"{arguments} --out {plain}").Expect(0);
        GanTrain.Run($"{arguments} --{option} {value} --out {with}").Expect(0);
        Assert.Equal(stored, Option(with, option));
        Assert.NotEqual(stored, Option(plain, option));
        string checkpoint = Path.Combine("checkpoints", "step_00000006");
        bool sameWeights = File.ReadAllBytes(Path.Combine(plain, checkpoint, "netG.safetensors")).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(with, checkpoint, "netG.safetensors")));
        Assert.Equal(option == "ema", sameWeights); // the average only watches
    }

    [Fact]
    public void SamplesAndGenerateTakeTheAverage()
    {
        string plain = _temp.At("plain"), averaged = _temp.At("averaged");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 6 --lr 0.01 --out {plain}").Expect(0);
        GanTrain.Run($"{GanTrain.Dcgan} --steps 6 --lr 0.01 --ema 0.9 --out {averaged}").Expect(0);
        string sample = Path.Combine("samples", "step_000006.png"), start = Path.Combine("samples", "step_000000.png");
        Assert.Equal(File.ReadAllBytes(Path.Combine(plain, start)), File.ReadAllBytes(Path.Combine(averaged, start)));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(plain, sample)), File.ReadAllBytes(Path.Combine(averaged, sample)));

        string checkpoint = Path.Combine(averaged, "checkpoints", "step_00000006");
        SafetensorsFile g = Safetensors.Read(Path.Combine(checkpoint, "netG.safetensors")), average = Safetensors.Read(Path.Combine(checkpoint, "netG_ema.safetensors"));
        Assert.Equal(g.Select(static t => t.Name), average.Select(static t => t.Name));
        Assert.All(g, t => Assert.Equal(IsStatistic(t.Name), t.Bytes.ToArray().AsSpan().SequenceEqual(average[t.Name].Bytes.ToArray())));

        Ended ofRun = GanTrain.Run($"generate --netG {averaged} --count 4 --raw {_temp.At("run.safetensors")}").Expect(0);
        GanTrain.Run($"generate --netG {checkpoint}/netG_ema.safetensors --count 4 --raw {_temp.At("file.safetensors")}").Expect(0);
        Assert.Equal(File.ReadAllBytes(_temp.At("file.safetensors")), File.ReadAllBytes(_temp.At("run.safetensors")));
    }

    [Fact]
    public void GradientNormsAreLoggedAndLimited()
    {
        string run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 4 --grad-norms --clip-grad 1e-3 --out {run}").Expect(0);
        foreach (string line in File.ReadLines(Path.Combine(run, "metrics.jsonl")))
        {
            JsonElement step = JsonDocument.Parse(line).RootElement;
            Assert.True(step.GetProperty("grad_norm_d").GetSingle() > 1e-3, line); // as they were before clipping
            Assert.True(step.GetProperty("grad_norm_g").GetSingle() > 1e-3, line);
        }
        string plain = _temp.At("plain");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 1 --out {plain}").Expect(0);
        Assert.DoesNotContain("grad_norm", File.ReadAllText(Path.Combine(plain, "metrics.jsonl")));
    }

    [Fact]
    public void NoiseFadesOverTheRunUnlessSaidOtherwise()
    {
        string run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 5 --instance-noise 0.1 --out {run}").Expect(0);
        Assert.Equal("5", Option(run, "instance-noise-steps"));
        GanTrain.Run($"--resume {run} --steps 7").Expect(0);
        Assert.Equal("5", Option(run, "instance-noise-steps")); // a longer run does not bring it back
    }

    private static bool IsStatistic(string name) => name.Contains("running_", StringComparison.Ordinal) || name.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    private static string Option(string run, string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json"))).RootElement.GetProperty("options").GetProperty(name).GetRawText();
}
