using Gan.Core.Serialization;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private string Folder => _temp.At("checkpoints");

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void SavedComesBack()
    {
        var store = new CheckpointStore(Folder);
        var path = store.Save(500, Files(1));
        Assert.Equal(Path.Combine(Folder, "step_00000500"), path);
        Assert.Equal("step_00000500\n", File.ReadAllText(Path.Combine(Folder, "latest")));

        var newest = store.LoadNewest(out var warning);
        Assert.Null(warning);
        Assert.Equal(500, newest.Step);
        Assert.Equal([1f], newest.ReadTensors(CheckpointNames.NetG)["w"].ToFloat32());
        Assert.Equal("state 1"u8.ToArray(), newest.ReadBytes(CheckpointNames.State));
        Assert.Equal(newest, store.Open("latest"));
        Assert.Equal(newest, store.Open("step_00000500"));
    }

    [Fact]
    public void KeepsTheNewest()
    {
        var store = new CheckpointStore(Folder, keep: 2);
        foreach (var step in (ReadOnlySpan<long>)[0, 5, 10, 100_000_000, 15_000_000_000])
        {
            store.Save(step, Files(step));
        }

        Assert.Equal(["latest", "step_100000000", "step_15000000000"], Names());
        Assert.Equal(15_000_000_000, store.LoadNewest(out _).Step);
    }

    [Fact]
    public void SameStepIsReplaced()
    {
        var store = new CheckpointStore(Folder, keep: 1);
        store.Save(5, Files(1));
        store.Save(5, Files(2));
        Assert.Equal(["latest", "step_00000005"], Names());
        Assert.Equal([2f], store.LoadNewest(out _).ReadTensors(CheckpointNames.NetG)["w"].ToFloat32());
    }

    [Theory]
    [InlineData(CheckpointNames.NetG)]
    [InlineData(CheckpointNames.NetD)]
    [InlineData(CheckpointNames.Optimizer)]
    [InlineData(CheckpointNames.State)]
    [InlineData(CheckpointNames.Manifest)]
    public void DamageIsNamedAndTheOneBeforeIsUsed(string file)
    {
        Action<string>[] damages =
        [
            path =>
            {
                var bytes = File.ReadAllBytes(path);
                bytes[^(bytes.Length / 3)] ^= 0x10;
                File.WriteAllBytes(path, bytes);
            },
            path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^2]),
            path => File.WriteAllBytes(path, []),
            File.Delete,
        ];
        var store = new CheckpointStore(Folder);
        foreach (var damage in damages)
        {
            store.Save(5, Files(1));
            store.Save(10, Files(2));
            damage(Path.Combine(Folder, "step_00000010", file));
            var newest = store.LoadNewest(out var warning);
            Assert.Equal(5, newest.Step);
            Assert.Contains(file == CheckpointNames.Manifest ? "step_00000010" : file, warning);
            Assert.EndsWith("Using step_00000005 instead.", warning);
            Assert.Throws<CheckpointException>(() => store.Open("latest"));
        }
    }

    [Fact]
    public void EveryFlippedBitOfAManifestIsNoticedOrHarmless()
    {
        var store = new CheckpointStore(Folder);
        store.Save(5, Files(1));
        var path = Path.Combine(Folder, "step_00000005", CheckpointNames.Manifest);
        var good = File.ReadAllBytes(path);
        var noticed = 0;
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bytes = (byte[])good.Clone();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            try
            {
                // What still passes must have verified every file.
                Assert.Equal(4, Manifest.Verify(Path.GetDirectoryName(path)!, 5).Files.Count);
            }
            catch (CheckpointException)
            {
                noticed++;
            }
        }

        Assert.InRange(noticed, good.Length * 8 * 95 / 100, good.Length * 8);
    }

    [Fact]
    public void NothingLeftIsExplained()
    {
        var store = new CheckpointStore(Folder);
        Assert.Contains("holds no checkpoint", Assert.Throws<CheckpointException>(() => store.LoadNewest(out _)).Message);
        store.Save(5, Files(1));
        File.Delete(Path.Combine(Folder, "step_00000005", CheckpointNames.NetD));
        var message = Assert.Throws<CheckpointException>(() => store.LoadNewest(out _)).Message;
        Assert.Contains("netD.safetensors: missing.", message);
        Assert.Contains("No undamaged checkpoint is left", message);
        Assert.Throws<CheckpointException>(() => store.Open("step_00000099"));
        Assert.Throws<CheckpointException>(() => store.Open("../step_00000005"));
    }

    [Fact]
    public void SavingAfterFallingBackDropsTheDamagedFuture()
    {
        var store = new CheckpointStore(Folder);
        store.Save(5, Files(1));
        store.Save(10, Files(2));
        File.Delete(Path.Combine(Folder, "step_00000010", CheckpointNames.NetD));
        store.LoadNewest(out _);
        store.Save(7, Files(3));
        Assert.Equal(7, store.LoadNewest(out var warning).Step);
        Assert.Null(warning);
        Assert.Equal(["latest", "step_00000005", "step_00000007"], Names());
    }

    [Fact]
    public void StaleTemporariesAreCleanedForeignFilesStay()
    {
        var store = new CheckpointStore(Folder);
        store.Save(5, Files(1));
        var stale = Directory.CreateDirectory(Path.Combine(Folder, "step_00000009.tmp")).FullName;
        File.WriteAllText(Path.Combine(stale, CheckpointNames.NetG), "half");
        Directory.CreateDirectory(Path.Combine(Folder, "step_00000003.old.tmp"));
        File.WriteAllText(Path.Combine(Folder, "latest.tmp"), "x");
        Directory.CreateDirectory(Path.Combine(Folder, "notes"));
        File.WriteAllText(Path.Combine(Folder, "step_5.txt"), "mine");
        store.Recover();
        Assert.Equal(["latest", "notes", "step_00000005", "step_5.txt"], Names());
    }

    [Fact]
    public void ACheckpointSetAsideIsPutBack()
    {
        var store = new CheckpointStore(Folder);
        store.Save(5, Files(1));
        Directory.Move(Path.Combine(Folder, "step_00000005"), Path.Combine(Folder, "step_00000005.old"));
        Assert.Equal(5, store.LoadNewest(out _).Step);
        store.Recover();
        Assert.Equal(["latest", "step_00000005"], Names());
    }

    /// <summary>Fails, or dies, at every single operation of a save; whatever happened, the newest complete checkpoint loads and work goes on.</summary>
    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 10)]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    public void AnyOperationMayFail(bool crash, long secondStep)
    {
        for (var failAt = 1; ; failAt++)
        {
            using var temp = new TempFolder();
            var folder = temp.At("checkpoints");
            new CheckpointStore(folder, keep: 1).Save(5, Files(1));

            var ops = new FailingFileOps(failAt, crash);
            var saved = true;
            try
            {
                new CheckpointStore(folder, keep: 1, ops).Save(secondStep, Files(2));
            }
            catch (CheckpointException)
            {
                saved = false;
            }

            // `latest` moves last: it never names what is not there (the same step's old folder may be set aside for a moment).
            var latest = File.ReadAllText(Path.Combine(folder, CheckpointNames.Latest)).Trim();
            Assert.True(secondStep == 5 || Directory.Exists(Path.Combine(folder, latest)), $"failure at {failAt}: latest names {latest}, which is not there");

            var after = new CheckpointStore(folder, keep: 1);
            var found = after.LoadNewest(out var warning);
            Assert.Null(warning);
            var value = found.ReadTensors(CheckpointNames.NetG)["w"].ToFloat32()[0];
            Assert.True(value is 1 or 2, $"failure at {failAt}");
            Assert.Equal(value == 1 ? 5 : secondStep, found.Step);
            Assert.True(!saved || value == 2, $"failure at {failAt}: Save returned, but the old checkpoint was loaded");

            // The next process cleans up and goes on.
            after.Recover();
            after.Save(20, Files(3));
            Assert.Equal(20, after.LoadNewest(out _).Step);
            Assert.Equal(["latest", "step_00000020"], Directory.GetFileSystemEntries(folder).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
            if (!ops.Failed)
            {
                Assert.InRange(failAt, 10, 100);
                return;
            }
        }
    }

    private IEnumerable<string> Names() => Directory.GetFileSystemEntries(Folder).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal);

    internal static CheckpointFile[] Files(float value) =>
    [
        CheckpointFile.FromTensors(CheckpointNames.NetG, [HostTensor.FromFloat32("w", [1], [value])]),
        CheckpointFile.FromTensors(CheckpointNames.NetD, [HostTensor.FromFloat32("w", [1], [-value])]),
        CheckpointFile.FromTensors(CheckpointNames.Optimizer, [HostTensor.FromFloat32("m", [1], [value / 2])]),
        CheckpointFile.FromBytes(CheckpointNames.State, System.Text.Encoding.UTF8.GetBytes($"state {value}")),
    ];
}
