using System.Text.RegularExpressions;

namespace Gan.Train.Runs;

/// <summary>The files a run writes: only these are ever deleted, whatever else lies in the folder.</summary>
internal static partial class KnownFiles
{
    private static readonly string[] InRun =
        ["config.json", "metrics.jsonl", "timing.jsonl", "warnings.jsonl", "real_samples.png", "real_and_fake.png", "losses.png", "progress.gif", "report.html"];

    private static readonly string[] InCheckpoint =
        [CheckpointNames.NetG, CheckpointNames.NetGAverage, CheckpointNames.NetD, CheckpointNames.Optimizer, CheckpointNames.State, CheckpointNames.Manifest];

    /// <summary>Removes a run's files; folders only once they are empty.</summary>
    public static void RemoveRun(string folder, IFileOps ops)
    {
        // Checkpoints first: a folder without config.json but with checkpoints would look like neither a run nor a foreign folder.
        var checkpoints = Path.Combine(folder, RunFolder.CheckpointsName);
        if (Directory.Exists(checkpoints))
        {
            Delete(Path.Combine(checkpoints, CheckpointNames.Latest), ops);
            foreach (var path in Directory.GetDirectories(checkpoints).Where(p => IsCheckpoint(Path.GetFileName(p))))
            {
                RemoveCheckpoint(path, ops);
            }

            DeleteIfEmpty(checkpoints, ops);
        }

        RemoveMatching(Path.Combine(folder, RunFolder.SamplesName), SampleName(), ops);
        RemoveMatching(Path.Combine(folder, RunFolder.TensorBoardName), EventFileName(), ops);
        var beforeFault = Path.Combine(folder, RunFolder.BeforeFaultName);
        if (Directory.Exists(beforeFault))
        {
            Delete(Path.Combine(beforeFault, CheckpointNames.NetG), ops);
            Delete(Path.Combine(beforeFault, CheckpointNames.NetD), ops);
            DeleteIfEmpty(beforeFault, ops);
        }

        var evaluation = Path.Combine(folder, RunFolder.EvaluationName);
        if (Directory.Exists(evaluation))
        {
            Delete(Path.Combine(evaluation, RunFolder.NearestName), ops);
            DeleteIfEmpty(evaluation, ops);
        }

        foreach (var name in InRun)
        {
            Delete(Path.Combine(folder, name), ops);
        }
    }

    /// <summary>Removes one checkpoint's files, and its folder if nothing else is in it.</summary>
    public static void RemoveCheckpoint(string folder, IFileOps ops)
    {
        foreach (var name in InCheckpoint)
        {
            Delete(Path.Combine(folder, name), ops);
        }

        DeleteIfEmpty(folder, ops);
    }

    private static void RemoveMatching(string folder, Regex names, IFileOps ops)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var path in Directory.GetFiles(folder).Where(p => names.IsMatch(Path.GetFileName(p))))
        {
            ops.DeleteFile(path);
        }

        DeleteIfEmpty(folder, ops);
    }

    private static void Delete(string path, IFileOps ops)
    {
        foreach (var each in (ReadOnlySpan<string>)[path, path + AtomicFile.TemporaryEnding])
        {
            if (File.Exists(each))
            {
                ops.DeleteFile(each);
            }
        }
    }

    private static void DeleteIfEmpty(string folder, IFileOps ops)
    {
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            ops.DeleteDirectory(folder);
        }
    }

    private static bool IsCheckpoint(string name)
    {
        foreach (var ending in (ReadOnlySpan<string>)[CheckpointStore.Unfinished, CheckpointStore.Replaced])
        {
            name = name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
        }

        return CheckpointNames.StepOf(name) is not null;
    }

    [GeneratedRegex(@"^(step_)?\d{3,}\.png(\.tmp)?$")]
    private static partial Regex SampleName();

    [GeneratedRegex(@"^events\.out\.tfevents\.\d{10,}\.gan-train(\.\d+)?$")]
    private static partial Regex EventFileName();
}
