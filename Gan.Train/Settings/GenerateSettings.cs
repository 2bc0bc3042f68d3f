using Gan.Kernels;
using Gan.Train.Generation;

namespace Gan.Train.Settings;

/// <summary>Options of <c>generate</c>, resolved.</summary>
internal sealed record GenerateSettings
{
    private const int DefaultCount = 64;
    private const int MaxCount = 1_000_000;
    private const int MaxInterpolate = 256;

    /// <summary>A .safetensors file or a run folder.</summary>
    public required string NetG { get; init; }

    /// <summary>Null: 64, or the rows of --latents. See <see cref="ResolveCount"/>.</summary>
    public required int? Count { get; init; }

    /// <summary>Folder for PNGs; null when only --raw is wanted.</summary>
    public required string? Out { get; init; }

    public required ulong Seed { get; init; }

    public required string? Latents { get; init; }

    /// <summary>File for the float32 output, or null.</summary>
    public required string? Raw { get; init; }

    public required bool BatchStats { get; init; }

    /// <summary>Pictures from one latent to the next; null for none.</summary>
    public required int? Interpolate { get; init; }

    public required InterpolationKind Interpolation { get; init; }

    /// <summary>Sums and differences to show, or null.</summary>
    public required LatentArithmetic? Arithmetic { get; init; }

    public required DeviceChoice Device { get; init; }

    /// <summary>Null: the device's own.</summary>
    public required Precision? Precision { get; init; }

    /// <exception cref="UsageException">Anything wrong with the options.</exception>
    public static GenerateSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(GenerateOptions.All, given);
        var settings = new GenerateSettings
        {
            NetG = options.PathText("--netG") ?? throw new UsageException("--netG is missing: give a generator's .safetensors file or a run folder."),
            Count = (int?)options.IntegerOrNull("--count", 1, MaxCount),
            Out = options.PathText("--out"),
            Seed = options.Seed("--seed"),
            Latents = options.PathText("--latents"),
            Raw = options.PathText("--raw"),
            BatchStats = options.Flag("--batch-stats"),
            Interpolate = (int?)options.IntegerOrNull("--interpolate", 1, MaxInterpolate),
            Interpolation = options.OneOf("--interpolation", ("spherical", InterpolationKind.Spherical), ("linear", InterpolationKind.Linear)),
            Arithmetic = options.Text("--arithmetic") is { } sets ? LatentArithmetic.Parse(sets) : null,
            Device = DeviceOptions.Resolve(options),
            Precision = DeviceOptions.ResolvePrecision(options),
        };
        RefuseContradictions(settings, options);
        return settings.Out is not null || settings.Raw is not null
            ? settings
            : throw new UsageException("--out is missing: give a folder for the images (or --raw FILE for the numbers).");
    }

    /// <summary>Images to make.</summary>
    /// <param name="latentRows">Rows of --latents; null without that option.</param>
    /// <exception cref="UsageException">More asked for than --latents has rows.</exception>
    public int ResolveCount(long? latentRows)
    {
        if (latentRows is not { } rows)
        {
            return Count ?? DefaultCount;
        }

        if (rows is < 1 or > MaxCount)
        {
            throw new UsageException($"--latents {Latents}: it has {rows} rows; 1 to {MaxCount} can be used.");
        }

        return Count is null || Count <= rows
            ? Count ?? (int)rows
            : throw new UsageException($"--count {Count}: --latents {Latents} has {rows} rows; give at most {rows}.");
    }

    private static void RefuseContradictions(GenerateSettings settings, OptionReader options)
    {
        if (options.Has("--interpolation") && settings.Interpolate is null)
        {
            throw new UsageException("--interpolation says how --interpolate goes; give --interpolate N too.");
        }

        var pictures = settings.Interpolate is not null ? "--interpolate" : settings.Arithmetic is not null ? "--arithmetic" : null;
        if (pictures is not null && settings.Out is null)
        {
            throw new UsageException($"{pictures} writes pictures: give --out FOLDER.");
        }

        if (pictures is not null && settings.BatchStats)
        {
            throw new UsageException($"{pictures} and --batch-stats exclude each other: the pictures between would depend on the others of their batch.");
        }
    }
}
