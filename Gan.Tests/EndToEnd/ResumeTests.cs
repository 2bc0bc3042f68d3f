using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>A run that was stopped, however, and went on ends with the same bits as one that was not.</summary>
public sealed class ResumeTests : IDisposable
{
    /// <summary>Everything that has state of its own, or depends on the step.</summary>
    private const string Stabilized = " --ema 0.9 --instance-noise 0.2 --instance-noise-steps 6 --lr-decay 0.5 --clip-grad 0.1 --spectral-norm --grad-norms";

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(GanTrain.Dcgan, 4, 8)]
    [InlineData(GanTrain.Dcgan + " --d-steps 2", 3, 6)]
    [InlineData(GanTrain.Dcgan + " --no-shuffle --nc 1", 2, 4)]
    [InlineData(GanTrain.Dcgan + " --label-smoothing 0.1 --g-loss saturating", 1, 5)]
    [InlineData(GanTrain.Dcgan + Stabilized + " --d-loss hinge", 4, 8)]
    [InlineData(GanTrain.Mlp + Stabilized + " --d-loss least-squares --lr-d 5e-4 --lr-g 2e-3", 2, 7)]
    [InlineData(GanTrain.Mlp, 4, 8)]
    [InlineData(GanTrain.Mlp + " --d-steps 2", 3, 6)]
    public void GoesOnBitForBit(string options, int first, int all)
    {
        string whole = _temp.At("whole"), parts = _temp.At("parts");
        GanTrain.Run($"{options} --steps {all} --out {whole}").Expect(0);
        GanTrain.Run($"{options} --steps {first} --out {parts} --workers 1").Expect(0);
        GanTrain.Run($"--resume {parts} --steps {all} --workers 3 --log-every 1 --sample-every 1 --checkpoint-every 1 --keep 2").Expect(0);
        GanTrain.AssertSameRun(whole, parts, all);
        if (options.Contains("--ema"))
        {
            string file = Path.Combine("checkpoints", $"step_{all:D8}", "netG_ema.safetensors");
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(parts, file)));
        }
    }

    [Theory]
    [InlineData(GanTrain.Dcgan, 20)]
    [InlineData(GanTrain.Dcgan + " --d-steps 2", 20)]
    [InlineData(GanTrain.Mlp + " --d-steps 2", 32)]
    public void GoesOnInTheGivenLatents(string options, int rowsAnEpoch)
    {
        string latents = _temp.At("z.safetensors"), whole = _temp.At("whole"), parts = _temp.At("parts");
        int rows = 4 * rowsAnEpoch;
        var random = new Random(5);
        Safetensors.Write(latents, [HostTensor.FromFloat32("latents", [rows, 8], [.. Enumerable.Range(0, rows * 8).Select(_ => random.NextSingle() - 0.5f)])]);
        options += $" --latents {latents}";
        GanTrain.Run($"{options} --epochs 4 --out {whole}").Expect(0);
        GanTrain.Run($"{options} --steps 1 --out {parts}").Expect(0);
        GanTrain.Run($"--resume {parts} --epochs 4").Expect(0);
        GanTrain.AssertSameRun(whole, parts, File.ReadLines(Path.Combine(whole, "metrics.jsonl")).Count());

        Ended tooMany = GanTrain.Run($"--resume {parts} --epochs 5").Expect(2);
        Assert.Contains($"it has {rows} rows", tooMany.Error);
    }

    [Theory]
    [InlineData(GanTrain.Dcgan, 5, false)]
    [InlineData(GanTrain.Mlp, 1, true)]
    public void AnInterruptSavesAndSaysHowToGoOn(string options, int lines, bool quietLater)
    {
        string whole = _temp.At("whole"), parts = _temp.At("parts");
        GanTrain.Run($"{options} --steps 8 --out {whole}").Expect(0);
        Ended ended = GanTrain.RunInterrupted($"{options} --steps 8 --out {parts}", lines).Expect(130);
        Assert.Contains($"Interrupted and saved; go on with --resume {parts}", ended.Output);
        Assert.Equal($"step_{lines:D8}\n", File.ReadAllText(Path.Combine(parts, "checkpoints", "latest")));
        Assert.Equal(lines, File.ReadLines(Path.Combine(parts, "metrics.jsonl")).Count());

        Ended resumed = GanTrain.Run($"--resume {parts}{(quietLater ? " --quiet" : "")}").Expect(0);
        Assert.Equal(quietLater, resumed.Output.Length == 0);
        GanTrain.AssertSameRun(whole, parts, 8);
    }

    [Fact]
    public void AnInterruptBeforeTheFirstStepLeavesNothing()
    {
        Ended ended = GanTrain.Run($"{GanTrain.Dcgan} --steps 2 --out {_temp.At("run")}", new StringWriter(), new CancellationToken(canceled: true)).Expect(130);
        Assert.Equal("Interrupted.", ended.Error.Trim());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void EveryCheckpointHasItsMetrics()
    {
        string whole = _temp.At("whole"), torn = _temp.At("torn");
        string options = $"{GanTrain.Dcgan} --steps 9 --checkpoint-every 2 --sample-every 100 --log-every 100 --keep 9";
        GanTrain.Run($"{options} --out {whole}").Expect(0);
        GanTrain.Run($"{options} --out {torn}").Expect(0);
        // As a kill right after the save of step 4 leaves it, in the middle of writing a line.
        foreach (string later in (string[])["6", "8", "9"])
        {
            Directory.Delete(Path.Combine(torn, "checkpoints", $"step_0000000{later}"), recursive: true);
        }
        string metrics = Path.Combine(torn, "metrics.jsonl");
        File.WriteAllText(metrics, string.Join('\n', File.ReadLines(metrics).Take(4)) + "\n{\"step\":4,\"ep");
        GanTrain.Run($"--resume {torn}").Expect(0);
        GanTrain.AssertSameRun(whole, torn, 9);
    }

    [Fact]
    public void MetricsAreOnTheDiskWhenACheckpointIs()
    {
        string run = _temp.At("run");
        using var source = new CancellationTokenSource();
        int seen = 0;
        using var probe = new Probe(() => seen = Math.Max(seen, File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count()));
        // Lines are printed at step 8 only; by then the checkpoint of step 7 needs 7 lines.
        GanTrain.Run($"{GanTrain.Mlp} --steps 9 --checkpoint-every 7 --sample-every 100 --log-every 100 --out {run}", probe, source.Token).Expect(0);
        Assert.True(seen >= 7, $"{seen} lines");
    }

    [Fact]
    public void AFinishedRunIsNotTouched()
    {
        string run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 3 --out {run}").Expect(0);
        string[] before = GanTrain.Snapshot(run);
        foreach (string more in (string[])["", " --steps 3", " --steps 1", " --epochs 1", " --keep 1 --checkpoint-every 1"])
        {
            Ended ended = GanTrain.Run($"--resume {run}{more}").Expect(0);
            Assert.Contains("the run is finished (3 of", ended.Output);
            Assert.Equal(before, GanTrain.Snapshot(run));
        }
    }

    [Fact]
    public void ARunKilledBeforeItsFirstCheckpointStartsAnew()
    {
        string whole = _temp.At("whole"), run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Dcgan} --steps 3 --out {whole}").Expect(0);
        Directory.CreateDirectory(Path.Combine(run, "checkpoints", "step_00000000.tmp"));
        File.Copy(Path.Combine(whole, "config.json"), Path.Combine(run, "config.json"));
        GanTrain.Run($"--resume {run}").Expect(0);
        GanTrain.AssertSameRun(whole, run, 3);
        Assert.True(File.Exists(Path.Combine(run, "samples", "step_000000.png")));

        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Assert.Contains("holds no checkpoint", GanTrain.Run($"--resume {run}").Expect(2).Error);
    }

    [Theory]
    [InlineData("netD.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("manifest.json")]
    public void ADamagedCheckpointIsNamedAndTheOneBeforeUsed(string file)
    {
        string whole = _temp.At("whole"), run = _temp.At("run");
        GanTrain.Run($"{GanTrain.Mlp} --steps 6 --out {whole}").Expect(0);
        GanTrain.Run($"{GanTrain.Mlp} --steps 5 --checkpoint-every 2 --out {run}").Expect(0);
        string damaged = Path.Combine(run, "checkpoints", "step_00000005", file);
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(damaged, bytes);
        Ended ended = GanTrain.Run($"--resume {run} --steps 6").Expect(0);
        // A manifest with a changed digit blames the file whose hash it was.
        Assert.Contains($"warning: {(file == "manifest.json" ? Path.GetDirectoryName(damaged) : damaged)}", ended.Output);
        Assert.Contains("Using step_00000004 instead", ended.Output);
        GanTrain.AssertSameRun(whole, run, 6);
    }

    /// <summary>Looks at the files whenever a line is printed.</summary>
    private sealed class Probe(Action look) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value is not null && value.StartsWith("Epoch-", StringComparison.Ordinal))
            {
                look();
            }
        }
    }
}
