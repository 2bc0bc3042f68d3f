using Gan.Train.Settings;

namespace Gan.Train.Cli;

/// <summary>What the command line asks the training loop to do.</summary>
internal sealed class TrainRequest(TrainSettings settings, string? resumeFolder, RunConfig? stored)
{
    /// <summary>Resolved; on resume config.json's with what was allowed to change.</summary>
    public TrainSettings Settings { get; } = settings;

    /// <summary>The run to go on with, as given; null for a new one.</summary>
    public string? ResumeFolder { get; } = resumeFolder;

    /// <summary>config.json of that run.</summary>
    public RunConfig? Stored { get; } = stored;

    /// <summary>Options that were typed.</summary>
    public IReadOnlySet<string> Explicit => Settings.Explicit;

    /// <summary>Warnings printed before the first step; the run's report shows them too.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The run's folder, once it holds a checkpoint.</summary>
    public string? RunFolder { get; set; }

    /// <summary>Set by the loop when the first step starts: from then on a failure is exit code 1, before it is 2.</summary>
    public bool Begun { get; set; }
}
