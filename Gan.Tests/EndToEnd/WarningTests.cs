using Gan.Core.Serialization;
using Gan.Tests.Runs;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>A run that stops learning says so once, on the console and in warnings.jsonl.</summary>
public sealed class WarningTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>200 steps an epoch: samples come at each epoch's end.</summary>
    private const string Mlp = "--model mlp --hidden 16 --nz 8 --synthetic-count 1600 --batch-size 8 --checkpoint-every 2000";

    [Fact]
    public void ACollapsedGeneratorAndAWonDiscriminatorAreTold()
    {
        // Weights of zero give one grey image whatever z is. G's gradients through them are zero as well, so it never recovers, and D wins easily.
        string made = _temp.At("made"), run = _temp.At("run"), netG = Path.Combine(made, "checkpoints", "step_00000000", "netG.safetensors");
        GanTrain.Run($"{Mlp} --steps 0 --out {made}").Expect(0);
        Safetensors.Write(netG, [.. Safetensors.Read(netG).Select(static t => HostTensor.FromFloat32(t.Name, t.Shape, new float[t.Count]))]);
        Ended ended = GanTrain.Run($"{Mlp} --steps 1600 --log-every 100 --netG {netG} --lr-g 0 --out {run}").Expect(0);
        List<RunWarning> warnings = WarningsLog.Read(Path.Combine(run, "warnings.jsonl"));
        Assert.Equal(["discriminator-won", "generator-collapsed"], warnings.Select(static w => w.Kind).Order());
        Assert.All(warnings, w => Assert.Single(Lines(ended), line => line == $"warning: step {w.Step}: {w.Message}"));

        // resumed, it does not tell the same again
        Ended resumed = GanTrain.Run($"--resume {run} --steps 1900").Expect(0);
        Assert.DoesNotContain(Lines(resumed), static line => line.Contains("has won"));
    }

    [Fact]
    public void AYoungRunIsLeftInPeace()
    {
        string run = _temp.At("run");
        Ended ended = GanTrain.Run($"{Mlp} --steps 300 --out {run}").Expect(0);
        Assert.DoesNotContain("warning", ended.Output + ended.Error);
        Assert.False(File.Exists(Path.Combine(run, "warnings.jsonl")));
    }

    private static string[] Lines(Ended ended) => (ended.Output + ended.Error).Split('\n');
}
