using Gan.Tests.Runs;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>Signals, pipes and two processes at once.</summary>
[Collection(Alone.Name)]
public sealed class ProcessTests : IDisposable
{
    private const string Endless = GanTrain.Mlp + " --steps 1000000";
    private readonly TempFolder _temp = new();

    private string At => _temp.At("run");

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(GanTrainProcess.Terminate)]
    [InlineData(GanTrainProcess.Interrupt)]
    public void ASignalSavesAndTheRunGoesOn(int signal)
    {
        using var process = GanTrainProcess.Start($"{Endless} --checkpoint-every 1000000 --out {At}");
        process.WaitUntil(() => HasMetrics);
        process.Send(signal);
        Ended ended = process.End().Expect(130);
        Assert.Contains($"go on with --resume {At}", ended.Output);
        Assert.Contains("Stopping after this step", ended.Error);
        long saved = CheckpointNames.StepOf(File.ReadAllText(Path.Combine(At, "checkpoints", "latest")).Trim())!.Value;
        Assert.Equal(saved, File.ReadLines(Path.Combine(At, "metrics.jsonl")).Count());

        GanTrain.Run($"--resume {At} --steps {saved + 4}").Expect(0);
        GanTrain.Run($"{GanTrain.Mlp} --steps {saved + 4} --out {At}2").Expect(0);
        GanTrain.AssertSameRun(At + "2", At, saved + 4);
    }

    [Fact]
    public void TheSecondSignalStopsAtOnce()
    {
        using var process = GanTrainProcess.Start($"--model dcgan --ngf 16 --ndf 16 --synthetic-count 256 --batch-size 256 --steps 1000 --out {At}");
        process.WaitUntil(() => File.Exists(Path.Combine(At, "checkpoints", "latest")));
        process.Send(GanTrainProcess.Interrupt);
        Thread.Sleep(50);
        process.Send(GanTrainProcess.Interrupt);
        Assert.Equal(130, process.End().Code);
        new CheckpointStore(Path.Combine(At, "checkpoints")).LoadNewest(out string? warning);
        Assert.Null(warning);
    }

    [Fact]
    public void AReaderThatLeavesDoesNotEndTheRun()
    {
        using var process = GanTrainProcess.StartShell($"($GAN {GanTrain.Dcgan} --steps 30 --log-every 1 --out {At}; echo code $? >&2) | head -1");
        Ended ended = process.End();
        Assert.Equal("code 0", ended.Error.Trim());
        Assert.Single(ended.Output.TrimEnd().Split('\n'));
        Assert.Equal(30, File.ReadLines(Path.Combine(At, "metrics.jsonl")).Count());
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData(">/dev/full")]
    [InlineData(">/dev/full 2>&1")]
    public void OutputThatCannotBeWrittenDoesNotEndTheRun(string redirection)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        using var process = GanTrainProcess.StartShell($"$GAN {GanTrain.Mlp} --steps 3 --out {At} {redirection}");
        process.End().Expect(0);
        Assert.Equal(3, File.ReadLines(Path.Combine(At, "metrics.jsonl")).Count());
    }

    [Fact]
    public void ASecondRunInTheSameFolderIsRefusedUntilTheFirstIsDead()
    {
        using var first = GanTrainProcess.Start($"{Endless} --out {At}");
        first.WaitUntil(() => File.Exists(Path.Combine(At, "checkpoints", "latest")));
        using var impatience = new CancellationTokenSource(TimeSpan.FromSeconds(20)); // a run that is not refused would train for long
        foreach (string second in (string[])[$"--resume {At} --steps 2000000", $"{GanTrain.Mlp} --out {At} --overwrite --steps 2000000"])
        {
            Assert.Contains("in use by another gan-train", GanTrain.Run(second, new StringWriter(), impatience.Token).Expect(2).Error);
        }
        Assert.True(first.IsRunning);
        first.Kill();
        long saved = new CheckpointStore(Path.Combine(At, "checkpoints")).LoadNewest(out _).Step;
        GanTrain.Run($"--resume {At} --steps {saved + 1}").Expect(0);
    }

    [Fact]
    public void RunsStartedTogetherGetFoldersOfTheirOwn()
    {
        using var processes = GanTrainProcess.StartShell($"cd {_temp.Path} && for i in 1 2 3; do $GAN {GanTrain.Mlp} --steps 1 --quiet & done; wait");
        Assert.Equal(new Ended(0, "", ""), processes.End());
        Assert.Equal(3, Directory.GetDirectories(_temp.At("runs")).Length);
        Assert.All(Directory.GetDirectories(_temp.At("runs")), static run => Assert.Equal("step_00000001\n", File.ReadAllText(Path.Combine(run, "checkpoints", "latest"))));
    }

    [Fact]
    public void WithoutOutAndWithoutAPlaceToWriteItSaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, where not even root makes folders");
        using var process = GanTrainProcess.StartShell($"cd /proc && $GAN {GanTrain.Mlp} --steps 1 --quiet");
        Ended ended = process.End().Expect(2);
        Assert.Matches(@"^error: runs/mlp-[0-9]{8}-[0-9]{6}: cannot be written \(.*\); choose another folder with --out\.\n$", ended.Error);
    }

    private bool HasMetrics => File.Exists(Path.Combine(At, "metrics.jsonl")) && new FileInfo(Path.Combine(At, "metrics.jsonl")).Length > 0;
}
