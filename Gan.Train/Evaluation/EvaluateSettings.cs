using Gan.Train.Settings;

namespace Gan.Train.Evaluation;

/// <summary>Options of <c>evaluate</c>, resolved.</summary>
internal sealed record EvaluateSettings
{
    /// <summary>Fewer real or generated images than this are not compared.</summary>
    public const int MinCount = 5;

    private const int MaxCount = 50_000;

    public static IReadOnlyList<OptionSpec> Options { get; } =
    [
        new("--run", "RUN|FILE|FOLDER", "What to judge: a run folder (its newest checkpoint), a generator's .safetensors file, or a folder of generated images."),
        new("--data", "DATA", "Real images, as in training; with class sub-folders or MNIST labels also the metrics that need a classifier.") { DefaultNote = "the run's own" },
        new("--count", "N", "Images on each side; at most half the real ones are used, the other half is what real against real is measured with.") { Default = "5000" },
        new("--seed", "N", "Seed of noise, halves, patches and the classifier: the same seed gives the same numbers.") { Default = "999" },
        new("--json", "FILE", "Write all numbers to this file."),
        new("--out", "FOLDER", "Where nearest.png goes: generated images, each beside the real ones nearest to it.") { DefaultNote = "RUN/evaluation for a run folder, else none" },
        new("--workers", "N", "Threads that decode images.") { DefaultNote = "all cores" },
        new("--skip-bad-images", null, "Go on without images that do not decode, listing each."),
        new("--device", "NAME", "auto, cpu, cuda, cuda:N or cuda-emulator.") { Default = "auto" },
    ];

    public required string Run { get; init; }

    /// <summary>Null: that of the run's config.json.</summary>
    public required string? Data { get; init; }

    public required int Count { get; init; }

    public required ulong Seed { get; init; }

    public required string? Json { get; init; }

    public required string? Out { get; init; }

    public required int Workers { get; init; }

    public required bool SkipBadImages { get; init; }

    public required DeviceChoice Device { get; init; }

    /// <exception cref="UsageException">Anything wrong with the options.</exception>
    public static EvaluateSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(Options, given);
        return new EvaluateSettings
        {
            Run = options.PathText("--run") ?? throw new UsageException("--run is missing: give a run folder, a generator's .safetensors file, or a folder of images."),
            Data = options.PathText("--data"),
            Count = (int)options.Integer("--count", MinCount, MaxCount),
            Seed = options.Seed("--seed"),
            Json = options.PathText("--json"),
            Out = options.PathText("--out"),
            Workers = (int)(options.IntegerOrNull("--workers", 1, 1024) ?? Environment.ProcessorCount),
            SkipBadImages = options.Flag("--skip-bad-images"),
            Device = DeviceOptions.Resolve(options),
        };
    }
}
