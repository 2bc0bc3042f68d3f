using System.Diagnostics;
using Gan.Tests.Runs;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>Disks that are full, fill up, or may not be written; each a small tmpfs.</summary>
[Collection(Alone.Name)]
public sealed class FullDiskTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly string _disk;
    private bool _mounted;

    public FullDiskTests()
    {
        _disk = _temp.At("disk");
        Directory.CreateDirectory(_disk);
    }

    private string At => Path.Combine(_disk, "run");

    public void Dispose()
    {
        if (_mounted)
        {
            Tool("umount", _disk);
        }
        _temp.Dispose();
    }

    [Fact]
    public void AFullDiskIsFoundBeforeTheFirstStep()
    {
        Mount("size=64k");
        Fill();
        string[] before = Directory.GetFileSystemEntries(_disk);
        Ended ended = GanTrain.Run($"{GanTrain.Mlp} --steps 2 --out {At}").Expect(2);
        Assert.Contains("choose another folder with --out", ended.Error);
        Assert.Equal(before, Directory.GetFileSystemEntries(_disk));
    }

    [Fact]
    public void ADiskTooSmallForTheRunIsFoundBeforeTheFirstStep()
    {
        Mount("size=2m");
        Assert.Matches("2 MiB are free, the run needs about [0-9]+ MiB", GanTrain.Run($"{GanTrain.Mlp} --steps 2 --out {At}").Expect(2).Error);
        Assert.Empty(Directory.GetFileSystemEntries(_disk));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsFoundBeforeTheFirstStep()
    {
        Mount("ro");
        Assert.Contains("Read-only file system", GanTrain.Run($"{GanTrain.Mlp} --steps 2 --out {At}").Expect(2).Error);
    }

    [Fact]
    public void ADiskThatFillsUpDoesNotEndTheRun()
    {
        Mount("size=8m");
        string whole = _temp.At("whole");
        string options = $"{GanTrain.Mlp} --steps 12 --checkpoint-every 1 --log-every 1";
        GanTrain.Run($"{options} --out {whole}").Expect(0);
        // Full after the fourth step is printed, free again after the eighth.
        using var output = new AtLines((4, Fill), (8, Free));
        Ended ended = GanTrain.Run($"{options} --out {At}", output, CancellationToken.None).Expect(0);
        Assert.Contains("The run goes on and tries again.", ended.Output);
        Assert.Contains("Checkpoints can be written again: step 8 is saved.", ended.Output);
        GanTrain.AssertSameRun(whole, At, 12);
    }

    [Fact]
    public void ALastSaveThatFailsIsExitCode1AndTheOldCheckpointGoesOn()
    {
        Mount("size=8m");
        string whole = _temp.At("whole");
        string options = $"{GanTrain.Mlp} --steps 9 --checkpoint-every 2 --log-every 1";
        GanTrain.Run($"{options} --out {whole}").Expect(0);
        using var output = new AtLines((5, Fill));
        Ended ended = GanTrain.Run($"{options} --out {At}", output, CancellationToken.None).Expect(1);
        Assert.Contains("then --resume", ended.Error);
        Assert.Equal("step_00000004\n", File.ReadAllText(Path.Combine(At, "checkpoints", "latest")));
        new CheckpointStore(Path.Combine(At, "checkpoints")).LoadNewest(out string? warning);
        Assert.Null(warning);
        Free();
        GanTrain.Run($"--resume {At}").Expect(0);
        GanTrain.AssertSameRun(whole, At, 9);
    }

    private void Mount(string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs tmpfs");
        _mounted = Tool("mount", "-t", "tmpfs", "-o", options, "tmpfs", _disk) == 0;
        Assert.SkipUnless(_mounted, "mounting a tmpfs is not permitted to this user");
    }

    private void Fill()
    {
        try
        {
            using var stream = new FileStream(Path.Combine(_disk, "fill"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
            {
                stream.Write(new byte[1024]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private void Free() => File.Delete(Path.Combine(_disk, "fill"));

    private static int Tool(string name, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1; // not installed
        }
    }

    /// <summary>Does something once so many lines of losses are printed.</summary>
    private sealed class AtLines(params (int Line, Action Do)[] events) : StringWriter
    {
        private int _lines;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value is not null && value.StartsWith("Epoch-", StringComparison.Ordinal))
            {
                _lines++;
                foreach ((_, Action act) in events.Where(e => e.Line == _lines))
                {
                    act();
                }
            }
        }
    }
}
