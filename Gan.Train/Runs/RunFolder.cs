using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>
/// A run's folder, held under its lock: where everything lies, and that nothing is left behind when the run fails before it began.
/// Until <see cref="Keep"/>, Dispose removes what was made.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    public const string CheckpointsName = "checkpoints";
    public const string SamplesName = "samples";
    public const string TensorBoardName = "tensorboard";
    public const string BeforeFaultName = "before_fault";

    /// <summary>What <c>evaluate</c> leaves beside a run.</summary>
    public const string EvaluationName = "evaluation";
    public const string NearestName = "nearest.png";

    private readonly RunLock _lock;
    private readonly IReadOnlyList<string> _madeFolders;
    private bool _kept;

    private RunFolder(string path, RunLock held, IReadOnlyList<string> madeFolders, bool kept)
    {
        FullPath = path;
        _lock = held;
        _madeFolders = madeFolders;
        _kept = kept;
    }

    public string FullPath { get; }

    public string Config => At("config.json");

    public string Metrics => At("metrics.jsonl");

    public string Timing => At("timing.jsonl");

    public string Warnings => At("warnings.jsonl");

    /// <summary>Both networks as they were when the device noted a fault.</summary>
    public string BeforeFault => At(BeforeFaultName);

    public string RealSamples => At("real_samples.png");

    public string Losses => At("losses.png");

    public string ProgressGif => At("progress.gif");

    public string RealAndFake => At("real_and_fake.png");

    public string Report => At("report.html");

    public string TensorBoard => At(TensorBoardName);

    public string Samples => At(SamplesName);

    public string Checkpoints => At(CheckpointsName);

    /// <summary><c>config.json</c> of a run folder that need not be open, for reading options on resume and in generate.</summary>
    public static string ConfigOf(string folder) => Path.Combine(folder, "config.json");

    /// <summary>The <c>checkpoints</c> folder of a run that need not be open.</summary>
    public static string CheckpointsOf(string folder) => Path.Combine(folder, CheckpointsName);

    /// <summary>dcgan: <c>samples/step_000500.png</c> after that many finished steps.</summary>
    public string SampleOfStep(long finishedSteps) => Path.Combine(Samples, $"step_{finishedSteps:D6}.png");

    /// <summary>mlp: <c>samples/000.png</c>, a file an epoch.</summary>
    public string SampleOfEpoch(int epoch) => Path.Combine(Samples, $"{epoch:D3}.png");

    /// <summary>Looks, without writing, whether a new run may use a folder; <see cref="Create"/> looks again.</summary>
    /// <exception cref="UsageException">It may not; the message says why and what to do.</exception>
    public static void Check(string path, bool overwrite)
    {
        for (var each = Path.GetFullPath(path); each is not null; each = Path.GetDirectoryName(each))
        {
            if (File.Exists(each))
            {
                throw new UsageException($"--out {path}: {(each == Path.GetFullPath(path) ? "it" : each)} is a file; choose another folder.");
            }
        }

        if (!Directory.Exists(path))
        {
            return;
        }

        if (HoldsRun(path))
        {
            if (!overwrite)
            {
                throw new UsageException($"--out {path}: the folder holds a run; go on with it by --resume {path}, replace it by --overwrite, or choose another folder.");
            }
        }
        else if (Entries(path).FirstOrDefault() is { } foreign)
        {
            throw new UsageException($"--out {path}: the folder holds other files ({Path.GetFileName(foreign)}) and no run; choose an empty or a new folder.");
        }
    }

    /// <summary>Makes and locks the folder of a new run.</summary>
    /// <param name="path">As given with --out; null for <c>runs/MODEL-TIME</c>.</param>
    /// <param name="model">For that name.</param>
    /// <param name="overwrite">Whether a run that is there may be removed.</param>
    /// <param name="bytesNeeded">Estimate of what the run will write.</param>
    /// <exception cref="UsageException">The folder cannot be used; nothing was changed.</exception>
    public static RunFolder Create(string? path, ModelKind model, bool overwrite, long bytesNeeded)
    {
        if (path is not null)
        {
            return CreateAt(path, overwrite, bytesNeeded);
        }

        var name = Path.Combine("runs", $"{model.ToString().ToLowerInvariant()}-{DateTime.Now:yyyyMMdd-HHmmss}");
        for (var n = 1; ; n++)
        {
            var candidate = n == 1 ? name : $"{name}-{n}";
            if (Directory.Exists(candidate) && n < 1000)
            {
                continue;
            }

            try
            {
                return CreateAt(candidate, overwrite: false, bytesNeeded);
            }
            catch (UsageException) when (Directory.Exists(candidate) && n < 1000)
            {
                // Another run that started in the same second took the name in between; our own failure would have removed the folder.
            }
        }
    }

    /// <summary>Locks the folder of a run that is to go on.</summary>
    /// <exception cref="UsageException">No run there, in use, or not writable.</exception>
    public static RunFolder Resume(string path, long bytesNeeded)
    {
        if (!Directory.Exists(path))
        {
            throw new UsageException($"--resume {path}: {(File.Exists(path) ? "a file; give the run's folder" : "no such folder; give the folder that --out named")}.");
        }

        if (!HoldsRun(path))
        {
            throw new UsageException($"--resume {path}: the folder holds no run (no config.json or checkpoints); check the name.");
        }

        return Guarded(path, () =>
        {
            var held = RunLock.Take(path);
            try
            {
                DiskProbe.Check(path, bytesNeeded - SizeOf(CheckpointsOf(path)), "move the run to another disk");
                return new RunFolder(Path.GetFullPath(path), held, [], kept: true);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }, "permit writing there, or move the run");
    }

    /// <summary>The run has begun (its first files are complete): from here on Dispose only unlocks.</summary>
    public void Keep() => _kept = true;

    public void Dispose()
    {
        try
        {
            if (!_kept)
            {
                KnownFiles.RemoveRun(FullPath, FileOps.Instance);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that made the run fail is the one to report.
        }

        _lock.Dispose();
        if (!_kept)
        {
            RemoveMade(_madeFolders);
        }
    }

    private static RunFolder CreateAt(string path, bool overwrite, long bytesNeeded)
    {
        Check(path, overwrite);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Guarded(path, () =>
        {
            var made = MakeFolders(full);
            RunLock? held = null;
            try
            {
                held = RunLock.Take(full);
                Check(path, overwrite);
                DiskProbe.Check(full, bytesNeeded - (overwrite ? SizeOf(full) : 0));
                if (overwrite)
                {
                    KnownFiles.RemoveRun(full, FileOps.Instance);
                }

                return new RunFolder(full, held, made, kept: false);
            }
            catch
            {
                held?.Dispose();
                RemoveMade(made);
                throw;
            }
        });
    }

    private static RunFolder Guarded(string path, Func<RunFolder> open, string remedy = "choose another folder with --out")
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"{path}: cannot be written ({e.Message}); {remedy}.", e);
        }
    }

    /// <summary>Makes a folder and its parents; returns those that were not there, innermost first.</summary>
    private static List<string> MakeFolders(string full)
    {
        var made = new List<string>();
        for (var each = full; each is not null && !Directory.Exists(each); each = Path.GetDirectoryName(each))
        {
            made.Add(each);
        }

        try
        {
            Directory.CreateDirectory(full);
        }
        catch
        {
            RemoveMade(made);
            throw;
        }

        return made;
    }

    private static void RemoveMade(IReadOnlyList<string> made)
    {
        foreach (var folder in made)
        {
            try
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder);
                }
            }
            catch (IOException)
            {
                return; // not empty: someone else uses it by now
            }
        }
    }

    private static bool HoldsRun(string path) =>
        File.Exists(ConfigOf(path)) || File.Exists(Path.Combine(path, "metrics.jsonl"))
        || (Directory.Exists(CheckpointsOf(path)) && Directory.EnumerateFileSystemEntries(CheckpointsOf(path)).Any());

    private static IEnumerable<string> Entries(string path) =>
        Directory.EnumerateFileSystemEntries(path).Where(e => Path.GetFileName(e) is not (RunLock.Name or DiskProbe.Name or $"config.json{AtomicFile.TemporaryEnding}"));

    private static long SizeOf(string path) => 
        Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) : 0;

    private string At(string name) => Path.Combine(FullPath, name);
}
