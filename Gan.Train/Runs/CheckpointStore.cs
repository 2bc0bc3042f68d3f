using System.Text;

namespace Gan.Train.Runs;

/// <summary>
/// The <c>checkpoints</c> folder of a run. A checkpoint becomes visible complete or not at all: its files and then its manifest are
/// written and synced under a temporary name, the folder is renamed, and <c>latest</c> moves last. Whatever operation fails or is the
/// last before a crash, the newest complete checkpoint still loads.
/// </summary>
/// <param name="folder">The <c>checkpoints</c> folder; made by the first save.</param>
/// <param name="keep">How many complete checkpoints are kept, at least 1.</param>
/// <param name="ops">File operations; tests inject failures.</param>
internal sealed class CheckpointStore(string folder, int keep = 3, IFileOps? ops = null)
{
    /// <summary>A folder being written or being deleted: never complete, free to be removed.</summary>
    internal const string Unfinished = ".tmp";

    /// <summary>A complete checkpoint set aside while its successor of the same step takes its name.</summary>
    internal const string Replaced = ".old";

    private readonly IFileOps _ops = ops ?? FileOps.Instance;

    public string Folder => folder;

    /// <summary>Whether there is no checkpoint, not even a damaged one.</summary>
    public bool IsEmpty => !Candidates().Any();

    /// <summary>Writes a checkpoint, makes it the latest, and drops those beyond <c>keep</c>.</summary>
    /// <param name="step">Finished steps.</param>
    /// <param name="files">Its files; the manifest is added.</param>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="CheckpointException">It could not be written; the previous one is intact.</exception>
    public string Save(long step, IReadOnlyList<CheckpointFile> files)
    {
        var name = CheckpointNames.Folder(step);
        var final = Path.Combine(folder, name);
        try
        {
            _ops.CreateDirectory(folder);
            Recover();
            var temporary = final + Unfinished;
            try
            {
                WriteAll(temporary, step, files);
                PutInPlace(temporary, final);
            }
            catch
            {
                TryRemove(temporary);
                throw;
            }

            AtomicFile.Write(Path.Combine(folder, CheckpointNames.Latest), Encoding.UTF8.GetBytes(name + "\n"), _ops);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var previous = Candidates().FirstOrDefault(c => c.Step < step);
            var intact = previous.Path is null ? "" : $" {previous.Path} is intact.";
            throw new CheckpointException($"{final}: the checkpoint could not be written ({e.Message}).{intact} Free space or permit writing, then --resume.", e);
        }

        Prune(step);
        return final;
    }

    /// <summary>The newest checkpoint that is complete and undamaged.</summary>
    /// <param name="warning">What is wrong with newer ones, if anything; null otherwise.</param>
    /// <param name="only">As in <see cref="Manifest.Verify"/>: what else may be damaged.</param>
    /// <exception cref="CheckpointException">There is none; the message says what is wrong with each.</exception>
    public Checkpoint LoadNewest(out string? warning, IReadOnlyCollection<string>? only = null)
    {
        var problems = new List<string>();
        foreach (var (path, step) in Candidates())
        {
            try
            {
                Manifest.Verify(path, step, only);
                warning = problems.Count == 0 ? null : $"{string.Join(" ", problems)} Using {Path.GetFileName(path)} instead.";
                return new Checkpoint(path, step);
            }
            catch (CheckpointException e)
            {
                problems.Add(e.Message);
            }
        }

        throw new CheckpointException(
            problems.Count == 0
                ? $"{folder}: holds no checkpoint; check the folder's name, or start a new run."
                : $"{string.Join(" ", problems)} No undamaged checkpoint is left; start a new run.");
    }

    /// <summary>A checkpoint by name, such as <c>step_00000500</c> or <c>latest</c>.</summary>
    /// <exception cref="CheckpointException">Not there, or damaged; the message names the file.</exception>
    public Checkpoint Open(string name)
    {
        if (name == CheckpointNames.Latest)
        {
            name = ReadLatest();
        }

        var step = CheckpointNames.StepOf(name) ?? throw new CheckpointException($"{Path.Combine(folder, name)}: not a checkpoint's name; they look like step_00000500.");
        var path = Path.Combine(folder, name);
        if (!Directory.Exists(path))
        {
            throw new CheckpointException($"{path}: no such checkpoint.");
        }

        Manifest.Verify(path, step);
        return new Checkpoint(path, step);
    }

    /// <summary>Finishes or undoes what a crash interrupted. Only for the process that holds the run's lock.</summary>
    public void Recover()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.GetDirectories(folder))
        {
            var name = Path.GetFileName(path);
            if (StepWithEnding(name, Replaced) is { } step)
            {
                var original = Path.Combine(folder, CheckpointNames.Folder(step));
                if (Directory.Exists(original))
                {
                    TryRemove(path);
                }
                else
                {
                    _ops.MoveDirectory(path, original);
                }
            }
            else if (name.EndsWith(Unfinished, StringComparison.Ordinal) && IsOurs(name[..^Unfinished.Length]))
            {
                TryRemove(path);
            }
        }

        var latest = Path.Combine(folder, CheckpointNames.Latest + AtomicFile.TemporaryEnding);
        if (File.Exists(latest))
        {
            AtomicFile.TryDelete(latest, _ops);
        }
    }

    private void WriteAll(string temporary, long step, IReadOnlyList<CheckpointFile> files)
    {
        _ops.CreateDirectory(temporary);
        var entries = new List<ManifestEntry>();
        foreach (var file in files)
        {
            _ops.WriteFile(Path.Combine(temporary, file.Name), stream =>
            {
                using var hashing = new HashingStream(stream);
                file.Write(hashing);
                entries.Add(new ManifestEntry(file.Name, hashing.Length, hashing.HashSoFar));
            });
        }

        _ops.WriteFile(Path.Combine(temporary, CheckpointNames.Manifest), stream => stream.Write(new Manifest(step, entries).ToJson()));
        _ops.FlushDirectory(temporary);
    }

    private void PutInPlace(string temporary, string final)
    {
        var replaced = final + Replaced;
        var replaces = Directory.Exists(final);
        if (replaces)
        {
            _ops.MoveDirectory(final, replaced);
        }

        try
        {
            _ops.MoveDirectory(temporary, final);
        }
        catch when (replaces)
        {
            _ops.MoveDirectory(replaced, final);
            throw;
        }

        _ops.FlushDirectory(folder);
        if (replaces)
        {
            TryRemove(replaced);
        }
    }

    /// <summary>Keeps the newest; those beyond the step just saved belong to a future that was abandoned (a damaged one that resume passed over).</summary>
    private void Prune(long saved)
    {
        var older = 0;
        foreach (var (path, step) in Candidates())
        {
            if (step > saved || (step < saved && ++older >= keep))
            {
                TryRemove(path);
            }
        }
    }

    /// <summary>Checkpoint folders, newest first; one set aside counts only while its successor is not there.</summary>
    private IEnumerable<(string Path, long Step)> Candidates()
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return Directory.GetDirectories(folder)
            .Select(path => (Path: path, Name: Path.GetFileName(path)))
            .Select(d => (d.Path, Step: CheckpointNames.StepOf(d.Name), Aside: StepWithEnding(d.Name, Replaced)))
            .Where(d => d.Step is not null || (d.Aside is { } step && !Directory.Exists(Path.Combine(folder, CheckpointNames.Folder(step)))))
            .Select(d => (d.Path, (d.Step ?? d.Aside)!.Value))
            .OrderByDescending(d => d.Value)
            .ToList();
    }

    private static long? StepWithEnding(string name, string ending) =>
        name.EndsWith(ending, StringComparison.Ordinal) ? CheckpointNames.StepOf(name[..^ending.Length]) : null;

    private static bool IsOurs(string name) => (CheckpointNames.StepOf(name) ?? StepWithEnding(name, Replaced)) is not null;

    private string ReadLatest()
    {
        var path = Path.Combine(folder, CheckpointNames.Latest);
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot be read ({e.Message}).", e);
        }
    }

    /// <summary>Renames first, so that a crash in the middle never leaves something that looks like a checkpoint; foreign files stay.</summary>
    private void TryRemove(string path)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                return;
            }

            var doomed = path.EndsWith(Unfinished, StringComparison.Ordinal) ? path : path + Unfinished;
            if (doomed != path)
            {
                _ops.MoveDirectory(path, doomed);
            }

            KnownFiles.RemoveCheckpoint(doomed, _ops);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for Recover; a checkpoint too many does no harm.
        }
    }
}
