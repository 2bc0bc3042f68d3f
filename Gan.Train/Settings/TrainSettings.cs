using Gan.Kernels;
using Gan.Train.Training;

namespace Gan.Train.Settings;

/// <summary>Every training option with its resolved value; what the networks, the loop and config.json read.</summary>
internal sealed record TrainSettings
{
    public required ModelKind Model { get; init; }

    /// <summary>A built-in name, or a full path.</summary>
    public required string Data { get; init; }

    /// <summary>Images of a built-in data set; null when <see cref="Data"/> is a path.</summary>
    public required int? SyntheticCount { get; init; }

    public required DeviceChoice Device { get; init; }

    /// <summary>Null: the device's own, until <see cref="ResolveDevice"/> has settled it.</summary>
    public required Precision? Precision { get; init; }

    /// <summary>Null when only --steps decides.</summary>
    public required int? Epochs { get; init; }

    /// <summary>Null when only --epochs decides.</summary>
    public required long? Steps { get; init; }

    /// <summary>0 for auto, until the memory was looked at.</summary>
    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>D's own rate; null for <see cref="LearningRate"/>.</summary>
    public required double? LearningRateD { get; init; }

    /// <summary>G's own rate; null for <see cref="LearningRate"/>.</summary>
    public required double? LearningRateG { get; init; }

    public required double Beta1 { get; init; }

    public required double Beta2 { get; init; }

    public required int Nz { get; init; }

    /// <summary>0 for mlp.</summary>
    public required int Ngf { get; init; }

    /// <summary>0 for mlp.</summary>
    public required int Ndf { get; init; }

    /// <summary>0 for dcgan.</summary>
    public required int Hidden { get; init; }

    /// <summary>1 or 3; null until <see cref="ResolveChannels"/> has seen the data.</summary>
    public required int? Nc { get; init; }

    public required int ImageSize { get; init; }

    public required int DSteps { get; init; }

    public required GeneratorLoss GLoss { get; init; }

    public required double LabelSmoothing { get; init; }

    public required DiscriminatorLoss DLoss { get; init; }

    /// <summary>Factor of both rates after each epoch.</summary>
    public required double LrDecay { get; init; }

    /// <summary>Decay of G's averaged weights; 0 keeps none.</summary>
    public required double Ema { get; init; }

    /// <summary>Deviation of the noise on D's inputs at the start; 0 is off.</summary>
    public required double InstanceNoise { get; init; }

    /// <summary>Null until <see cref="ResolveNoise"/> knows the run's length, or when there is no noise.</summary>
    public required long? InstanceNoiseSteps { get; init; }

    /// <summary>Largest norm of a network's gradients; 0 is off.</summary>
    public required double ClipGrad { get; init; }

    public required bool SpectralNorm { get; init; }

    public required bool GradNorms { get; init; }

    public required ulong Seed { get; init; }

    public required bool Shuffle { get; init; }

    /// <summary>Full path or null; so are the two below.</summary>
    public required string? NetG { get; init; }

    public required string? NetD { get; init; }

    public required string? Latents { get; init; }

    public required Interval LogEvery { get; init; }

    public required Interval SampleEvery { get; init; }

    public required Interval CheckpointEvery { get; init; }

    public required int Keep { get; init; }

    public required int Workers { get; init; }

    public required bool SkipBadImages { get; init; }

    /// <summary>Folder of decoded images, or null for the default one.</summary>
    public required string? Cache { get; init; }

    public required bool NoCache { get; init; }

    public required bool Quiet { get; init; }

    /// <summary>Whether TensorBoard event files are written.</summary>
    public required bool TensorBoard { get; init; }

    /// <summary>As given; null for a folder named after model and time.</summary>
    public required string? Out { get; init; }

    public required bool Overwrite { get; init; }

    public required bool DryRun { get; init; }

    /// <summary>Names of the options that were typed (on resume: this time), such as <c>--lr</c>.</summary>
    public required IReadOnlySet<string> Explicit { get; init; }

    /// <summary>Batch size for a data set: a default above it shrinks with a note, an explicit one is refused.</summary>
    /// <exception cref="UsageException">No images, or an explicit batch larger than the data set.</exception>
    public TrainSettings ResolveBatch(int datasetCount, out string? note)
    {
        note = null;
        if (datasetCount < 1)
        {
            throw new UsageException($"--data {Data}: it holds no images.");
        }

        if (BatchSize <= datasetCount)
        {
            return this;
        }

        if (Explicit.Contains("--batch-size"))
        {
            throw new UsageException($"--batch-size {BatchSize}: the data set holds {datasetCount} images; give at most {datasetCount}.");
        }

        note = $"Batch size {datasetCount} instead of {BatchSize}: the data set holds no more images.";
        return this with { BatchSize = datasetCount };
    }

    /// <summary>Settles --device auto and the precision against this machine's devices.</summary>
    /// <param name="catalogue">This machine's devices.</param>
    /// <param name="note">What the user should know; null for nothing.</param>
    /// <exception cref="UsageException">The device can't be used, or not in this precision.</exception>
    public TrainSettings ResolveDevice(IDeviceCatalogue catalogue, out string? note)
    {
        ResolvedDevice device = DeviceResolver.Resolve(Device, Precision, Explicit.Contains("--precision"), catalogue);
        note = device.Note;
        return this with { Device = device.Choice, Precision = device.Precision };
    }

    /// <summary>Channels for a data set, where --nc did not say: 1 when every file is grey, else 3.</summary>
    public TrainSettings ResolveChannels(bool everyImageIsGrey) => Nc is null ? this with { Nc = everyImageIsGrey ? 1 : 3 } : this;

    /// <summary>Fading noise fades over the run, where --instance-noise-steps did not say. A resumed run keeps the number it began with.</summary>
    public TrainSettings ResolveNoise(long totalSteps) =>
        InstanceNoise > 0 && InstanceNoiseSteps is null ? this with { InstanceNoiseSteps = Math.Max(1, totalSteps) } : this;

    /// <summary>An epoch has ceil(batches / K) steps.</summary>
    public long StepsPerEpoch(int datasetCount)
    {
        var batches = (datasetCount + BatchSize - 1L) / BatchSize;
        return (batches + DSteps - 1) / DSteps;
    }

    /// <summary>Steps of the whole run, from its first.</summary>
    /// <exception cref="UsageException">More than 2^31-1, the range of the step counter.</exception>
    public long TotalSteps(long stepsPerEpoch)
    {
        var byEpochs = Epochs is { } epochs ? epochs * stepsPerEpoch : long.MaxValue;
        var total = Math.Min(byEpochs, Steps ?? long.MaxValue);
        return total <= int.MaxValue
            ? total
            : throw new UsageException($"--epochs {Epochs}: that is {total} steps; a run may have {int.MaxValue}. Give fewer epochs, or --steps.");
    }

    /// <summary>Each option that applies, and its value as text.</summary>
    public IEnumerable<(string Name, string Value)> Rows() =>
        SettingsJson.Values(this).Select(static v => (v.Option.Name, v.Value is null ? "-"
            : v.Value.GetValueKind() == System.Text.Json.JsonValueKind.String ? v.Value.GetValue<string>() : v.Value.ToJsonString()));

    /// <summary>Each option with its value and where it came from, a line each, for --dry-run.</summary>
    public IEnumerable<string> Describe() => Rows().Select(r => $"{r.Name,-22} {r.Value}{(Explicit.Contains(r.Name) ? " (given)" : "")}");
}
