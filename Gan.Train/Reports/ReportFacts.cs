using Gan.Core.Nn;
using Gan.Train.Models;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Reports;

/// <summary>What stays the same while a run goes on and a reader of its report wants to know.</summary>
internal sealed record ReportFacts
{
    /// <summary>Such as "dcgan on photos".</summary>
    public required string Title { get; init; }

    /// <summary>The device and why it was chosen.</summary>
    public required string Device { get; init; }

    public required string Data { get; init; }

    /// <summary>Option names and values.</summary>
    public required IReadOnlyList<(string Name, string Value)> Settings { get; init; }

    /// <summary>The networks as <see cref="ModuleSummary"/> prints them.</summary>
    public required string Generator { get; init; }

    public required string Discriminator { get; init; }

    public required long TotalSteps { get; init; }

    public required int Epochs { get; init; }

    public required int StepsPerEpoch { get; init; }

    /// <summary>Pixels from one tile of a sample to the next.</summary>
    public required int Tile { get; init; }

    public static ReportFacts Of(RunConfig config, GanTrainer trainer, Schedule schedule)
    {
        TrainSettings s = config.Settings;
        StepPlace place = schedule.TotalSteps > 0 ? schedule[0] : new StepPlace(0, 0, 0, s.BatchSize, s.BatchSize, 1, false);
        string data = BuiltInData.Contains(s.Data) ? s.Data : Path.GetFileName(Path.TrimEndingDirectorySeparator(s.Data));
        return new ReportFacts
        {
            Title = $"{s.Model.ToString().ToLowerInvariant()} on {data}",
            Device = $"{s.Device}; {config.DeviceDescription}",
            Data = $"{config.DataDescription}; {config.DataCount} images",
            Settings = [.. s.Rows()],
            Generator = ModuleSummary.Format(trainer.NetG, trainer.NetG.LatentShape(place.LastRows)),
            Discriminator = ModuleSummary.Format(trainer.NetD, trainer.NetD.InputShape(place.LastRows)),
            TotalSteps = schedule.TotalSteps,
            Epochs = schedule.Epochs,
            StepsPerEpoch = schedule.StepsPerEpoch,
            Tile = s.ImageSize + ImageGrid.Padding,
        };
    }
}

/// <summary>Whether a run goes on, and if not, how it ended.</summary>
internal enum RunState
{
    Running,
    Finished,
    Interrupted,
    Failed,
}

/// <summary>Where a run stands.</summary>
/// <param name="State">Whether it goes on.</param>
/// <param name="FinishedSteps">Of the whole run.</param>
/// <param name="Images">Images of this start.</param>
/// <param name="Elapsed">Time of this start.</param>
/// <param name="ImagesPerSecond">Lately.</param>
/// <param name="Left">To the end, estimated; null when it is not known yet.</param>
/// <param name="WorkingSet">Memory of the process, bytes.</param>
/// <param name="DeviceBytes">Memory held on the device, bytes.</param>
/// <param name="Metrics">Of the latest step read; null before the first.</param>
/// <param name="LastSample">The sample written last; null before the first.</param>
internal sealed record RunStatus(
    RunState State, long FinishedSteps, long Images, TimeSpan Elapsed, double ImagesPerSecond, TimeSpan? Left, long WorkingSet, long DeviceBytes, MetricsLine? Metrics,
    string? LastSample)
{
    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }
}
