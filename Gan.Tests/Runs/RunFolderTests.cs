using System.Diagnostics;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void PathsAreTheContracts()
    {
        using var run = Create("a");
        string[] paths = [run.Config, run.Metrics, run.Timing, run.RealSamples, run.Losses, run.ProgressGif, run.Report, run.SampleOfStep(500), run.SampleOfEpoch(0), run.Checkpoints];
        Assert.Equal(
            ["config.json", "metrics.jsonl", "timing.jsonl", "real_samples.png", "losses.png", "progress.gif", "report.html", "samples/step_000500.png", "samples/000.png", "checkpoints"],
            paths.Select(p => Path.GetRelativePath(run.FullPath, p).Replace('\\', '/')));
    }

    [Fact]
    public void NothingIsLeftWhenTheRunNeverBegan()
    {
        using (var run = RunFolder.Create(_temp.At("deep/er/run"), ModelKind.Dcgan, overwrite: false, bytesNeeded: 0))
        {
            Assert.True(Directory.Exists(run.FullPath));
            File.WriteAllText(run.Config, "{}");
            new CheckpointStore(run.Checkpoints).Save(0, CheckpointStoreTests.Files(1));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void ARunThatBeganStaysWithoutItsLock()
    {
        using (var run = Create("a"))
        {
            File.WriteAllText(run.Config, "{}");
            run.Keep();
        }

        Assert.Equal(["config.json"], Names("a"));
    }

    [Fact]
    public void HoldsARunIsRefusedWithTheWaysOut()
    {
        MakeRun("a");
        var message = Assert.Throws<UsageException>(() => Create("a")).Message;
        Assert.Contains("holds a run", message);
        Assert.Contains("--resume", message);
        Assert.Contains("--overwrite", message);
    }

    [Fact]
    public void OverwriteRemovesOnlyWhatRunsWrite()
    {
        MakeRun("a");
        Directory.CreateDirectory(_temp.At("a/samples"));
        foreach (var name in (ReadOnlySpan<string>)["a/notes.txt", "a/samples/000.png", "a/samples/step_000500.png", "a/samples/favourite.png", "a/checkpoints/step_00000005/notes.txt", "a/metrics.jsonl"])
        {
            File.WriteAllText(_temp.At(name), "x");
        }

        using var run = Create("a", overwrite: true);
        run.Keep();
        Assert.Equal(
            ["checkpoints/step_00000005/notes.txt", "notes.txt", "samples/favourite.png"],
            Directory.GetFiles(run.FullPath, "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(run.FullPath, p).Replace('\\', '/')).Where(n => n != ".lock").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ForeignFilesAreRefused(bool overwrite)
    {
        Directory.CreateDirectory(_temp.At("a"));
        File.WriteAllText(_temp.At("a/thesis.tex"), "x");
        Assert.Contains("other files (thesis.tex) and no run", Assert.Throws<UsageException>(() => Create("a", overwrite)).Message);
        Assert.Equal(["thesis.tex"], Names("a"));
    }

    [Fact]
    public void EmptyFolderAndStaleLockAreFine()
    {
        Directory.CreateDirectory(_temp.At("a"));
        File.WriteAllText(_temp.At("a/.lock"), "");
        Create("a").Dispose();
        Assert.Empty(Names("a"));
    }

    [Fact]
    public void TwoRunsIntoOneFolderAreRefused()
    {
        using (var first = Create("a"))
        {
            Assert.Contains("in use by another gan-train", Assert.Throws<UsageException>(() => Create("a")).Message);
            Assert.True(Directory.Exists(first.FullPath));
        }

        MakeRun("b");
        using var resumed = RunFolder.Resume(_temp.At("b"), 0);
        Assert.Contains("in use by another gan-train", Assert.Throws<UsageException>(() => RunFolder.Resume(_temp.At("b"), 0)).Message);
        Assert.Contains("in use by another gan-train", Assert.Throws<UsageException>(() => Create("b", overwrite: true)).Message);
        Assert.True(File.Exists(resumed.Config));
    }

    [Fact]
    public void AFileInTheWayIsNamed()
    {
        File.WriteAllText(_temp.At("file"), "x");
        Assert.Contains("is a file", Assert.Throws<UsageException>(() => Create("file")).Message);
        Assert.Contains("is a file", Assert.Throws<UsageException>(() => Create("file/run")).Message);
        Assert.Contains("a file; give the run's folder", Assert.Throws<UsageException>(() => RunFolder.Resume(_temp.At("file"), 0)).Message);
    }

    [Fact]
    public void ResumeNeedsARun()
    {
        Directory.CreateDirectory(_temp.At("empty"));
        Assert.Contains("holds no run", Assert.Throws<UsageException>(() => RunFolder.Resume(_temp.At("empty"), 0)).Message);
        Assert.Contains("no such folder", Assert.Throws<UsageException>(() => RunFolder.Resume(_temp.At("missing"), 0)).Message);
    }

    [Fact]
    public void ResumingChangesNothing()
    {
        MakeRun("a");
        var before = Directory.GetFiles(_temp.At("a"), "*", SearchOption.AllDirectories);
        RunFolder.Resume(_temp.At("a"), 0).Dispose();
        Assert.Equal(before, Directory.GetFiles(_temp.At("a"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void TooLittleRoomIsSaidBeforeTheFirstStep()
    {
        var message = Assert.Throws<UsageException>(() => RunFolder.Create(_temp.At("a"), ModelKind.Mlp, false, bytesNeeded: 1L << 60)).Message;
        Assert.Contains("MiB are free, the run needs about", message);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void AnUnwritablePlaceIsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, where nobody can make folders");
        var message = Assert.Throws<UsageException>(() => RunFolder.Create("/proc/gan-run", ModelKind.Mlp, false, 0)).Message;
        Assert.Contains("/proc/gan-run: cannot be written", message);
    }

    [Fact]
    public void DefaultNameIsModelAndTimeAndUnique()
    {
        var folders = new List<RunFolder>();
        var parentThere = Directory.Exists("runs");
        try
        {
            for (var i = 0; i < 3; i++)
            {
                folders.Add(RunFolder.Create(null, ModelKind.Mlp, overwrite: false, 0));
            }

            Assert.Equal(3, folders.Select(f => f.FullPath).Distinct().Count());
            Assert.All(folders, f => Assert.Matches(@"runs.mlp-\d{8}-\d{6}(-\d+)?$", f.FullPath));
        }
        finally
        {
            // The first made 'runs', so it is the last to go.
            folders.AsEnumerable().Reverse().ToList().ForEach(f => f.Dispose());
        }

        Assert.Equal(parentThere, Directory.Exists("runs"));
    }

    [Fact]
    public void AFullDiskIsSaidBeforeTheFirstStepAndLosesNoCheckpoint()
    {
        var mount = _temp.At("tmpfs");
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) == 0, "mounting a tmpfs is not permitted here");
        try
        {
            var store = new CheckpointStore(Path.Combine(mount, "checkpoints"));
            store.Save(5, CheckpointStoreTests.Files(1));
            var big = CheckpointFile.FromBytes(CheckpointNames.State, new byte[1 << 20]);
            var message = Assert.Throws<CheckpointException>(() => store.Save(10, [.. CheckpointStoreTests.Files(2)[..3], big])).Message;
            Assert.Contains("step_00000005 is intact", message);
            Assert.Equal(5, store.LoadNewest(out var warning).Step);
            Assert.Null(warning);
            Assert.Equal(2, Directory.GetFileSystemEntries(store.Folder).Length);

            Fill(Path.Combine(mount, "filler"));
            var before = Directory.GetFileSystemEntries(mount).Length;
            Assert.Contains("cannot be written", Assert.Throws<UsageException>(() => RunFolder.Create(Path.Combine(mount, "run"), ModelKind.Dcgan, false, 0)).Message);
            Assert.Equal(before, Directory.GetFileSystemEntries(mount).Length);
        }
        finally
        {
            Command("umount", mount);
        }
    }

    private static void Fill(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
            while (true)
            {
                stream.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // full
        }
    }

    private static int Command(string name, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(name, arguments) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private RunFolder Create(string name, bool overwrite = false) => RunFolder.Create(_temp.At(name), ModelKind.Dcgan, overwrite, bytesNeeded: 0);

    private IEnumerable<string?> Names(string folder) => Directory.GetFileSystemEntries(_temp.At(folder)).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private void MakeRun(string name)
    {
        using var run = Create(name);
        File.WriteAllText(run.Config, "{}");
        new CheckpointStore(run.Checkpoints).Save(5, CheckpointStoreTests.Files(1));
        run.Keep();
    }
}
