namespace Gan.Train.Settings;

/// <summary>Turns options as typed into <see cref="TrainSettings"/>: model-dependent defaults, ranges, options that exclude each other.</summary>
internal static class TrainSettingsResolver
{
    internal const string AutoBatch = "auto";

    // Widths beyond these ask for networks of many GiB; a typing error should not fill the memory.
    private const int MaxWidth = 4096;
    private const int MaxHidden = 65_536;

    // Far above anything that trains; keeps the rate finite in float32.
    private const double MaxLearningRate = 1e6;

    /// <summary>Resolves a new run.</summary>
    /// <param name="given">Option name to text; an empty text for a flag.</param>
    /// <exception cref="UsageException">Anything wrong with the options.</exception>
    public static TrainSettings Resolve(IReadOnlyDictionary<string, string> given)
    {
        var options = new OptionReader(TrainOptions.All, given);
        if (!options.Has("--model"))
        {
            throw new UsageException("--model is missing: choose --model dcgan or --model mlp (gan-train --help lists all options).");
        }

        options.Model = options.OneOf("--model", ("dcgan", ModelKind.Dcgan), ("mlp", ModelKind.Mlp));
        RefuseForeign(options);
        if (options.Flag("--overwrite") && options.Has("--resume"))
        {
            throw new UsageException("--overwrite and --resume exclude each other: one replaces a run, the other goes on with it.");
        }

        var data = options.PathText("--data")!;
        var isDcgan = options.Model == ModelKind.Dcgan;
        var steps = options.IntegerOrNull("--steps", 0, int.MaxValue);
        return new TrainSettings
        {
            Model = options.Model,
            Data = BuiltInData.Contains(data) ? data : FullPath("--data", data)!,
            SyntheticCount = ResolveSyntheticCount(options, data),
            Device = DeviceOptions.ResolveWithGpuCount(options),
            Precision = DeviceOptions.ResolvePrecision(options),
            Epochs = steps is null || options.Has("--epochs") ? (int)options.Integer("--epochs", 0, int.MaxValue) : null,
            Steps = steps,
            BatchSize = options.Text("--batch-size") == AutoBatch ? 0 : (int)options.Integer("--batch-size", 1, 1 << 20),
            LearningRate = options.FromZeroToBelow("--lr", MaxLearningRate),
            LearningRateD = options.Text("--lr-d") is null ? null : options.FromZeroToBelow("--lr-d", MaxLearningRate),
            LearningRateG = options.Text("--lr-g") is null ? null : options.FromZeroToBelow("--lr-g", MaxLearningRate),
            Beta1 = options.FromZeroToBelow("--beta1", 1),
            Beta2 = options.FromZeroToBelow("--beta2", 1),
            Nz = (int)options.Integer("--nz", 1, MaxHidden),
            Ngf = isDcgan ? (int)options.Integer("--ngf", 1, MaxWidth) : 0,
            Ndf = isDcgan ? (int)options.Integer("--ndf", 1, MaxWidth) : 0,
            Hidden = isDcgan ? 0 : (int)options.Integer("--hidden", 1, MaxHidden),
            Nc = ResolveChannels(options),
            ImageSize = ResolveImageSize(options),
            DSteps = (int)options.Integer("--d-steps", 1, 1000),
            GLoss = options.OneOf("--g-loss", ("non-saturating", GeneratorLoss.NonSaturating), ("saturating", GeneratorLoss.Saturating)),
            LabelSmoothing = options.FromZeroToBelow("--label-smoothing", 0.5),
            DLoss = ResolveLoss(options),
            LrDecay = ResolveDecay(options),
            Ema = options.FromZeroToBelow("--ema", 1),
            InstanceNoise = options.FromZeroToBelow("--instance-noise", 100),
            InstanceNoiseSteps = ResolveNoiseSteps(options),
            ClipGrad = options.FromZeroToBelow("--clip-grad", 1e18),
            SpectralNorm = options.Flag("--spectral-norm"),
            GradNorms = options.Flag("--grad-norms"),
            Seed = options.Seed("--seed"),
            Shuffle = !options.Flag("--no-shuffle"),
            NetG = FullPath("--netG", options.PathText("--netG")),
            NetD = FullPath("--netD", options.PathText("--netD")),
            Latents = FullPath("--latents", options.PathText("--latents")),
            LogEvery = options.Interval("--log-every"),
            SampleEvery = options.Interval("--sample-every"),
            CheckpointEvery = options.Interval("--checkpoint-every"),
            Keep = (int)options.Integer("--keep", 1, 1_000_000),
            Workers = (int)(options.IntegerOrNull("--workers", 1, 1024) ?? Math.Min(Environment.ProcessorCount, 1024)),
            SkipBadImages = options.Flag("--skip-bad-images"),
            Cache = ResolveCache(options),
            NoCache = options.Flag("--no-cache"),
            Quiet = options.Flag("--quiet"),
            TensorBoard = options.Flag("--tensorboard"),
            Out = options.PathText("--out"),
            Overwrite = options.Flag("--overwrite"),
            DryRun = options.Flag("--dry-run"),
            Explicit = given.Keys.ToHashSet(StringComparer.Ordinal),
        };
    }

    private static string? ResolveCache(OptionReader options)
    {
        string? folder = FullPath("--cache", options.PathText("--cache"));
        return folder is not null && options.Flag("--no-cache")
            ? throw new UsageException("--cache and --no-cache exclude each other; leave one of them out.")
            : File.Exists(folder) ? throw new UsageException($"--cache {folder}: it is a file; give a folder.") : folder;
    }

    private static DiscriminatorLoss ResolveLoss(OptionReader options)
    {
        DiscriminatorLoss loss = options.OneOf("--d-loss", ("bce", DiscriminatorLoss.Bce), ("hinge", DiscriminatorLoss.Hinge), ("least-squares", DiscriminatorLoss.LeastSquares));
        if (loss != DiscriminatorLoss.Bce && options.Text("--g-loss") == "saturating")
        {
            throw new UsageException($"--g-loss saturating: with --d-loss {options.Text("--d-loss")} G's loss follows D's; leave --g-loss out.");
        }

        return loss == DiscriminatorLoss.Hinge && options.FromZeroToBelow("--label-smoothing", 0.5) > 0
            ? throw new UsageException("--label-smoothing: the hinge loss has no targets to smooth; leave it out, or use --d-loss bce or least-squares.")
            : loss;
    }

    private static double ResolveDecay(OptionReader options)
    {
        double decay = options.FromZeroToBelow("--lr-decay", 1.0000001);
        return decay is > 0 and <= 1 ? decay : throw new UsageException($"--lr-decay {options.Text("--lr-decay")}: must be above 0, and at most 1.");
    }

    private static long? ResolveNoiseSteps(OptionReader options)
    {
        long? steps = options.IntegerOrNull("--instance-noise-steps", 1, int.MaxValue);
        return steps is null || options.FromZeroToBelow("--instance-noise", 100) > 0
            ? steps
            : throw new UsageException("--instance-noise-steps: there is no noise to fade; give --instance-noise too.");
    }

    private static void RefuseForeign(OptionReader options)
    {
        foreach (var option in TrainOptions.All)
        {
            if (option.OnlyFor is { } model && model != options.Model && options.Has(option.Name))
            {
                var (asked, owner) = (options.Text("--model"), model.ToString().ToLowerInvariant());
                throw new UsageException($"{option.Name} belongs to --model {owner}, not to --model {asked}; leave it out.");
            }
        }
    }

    private static int? ResolveSyntheticCount(OptionReader options, string data)
    {
        var given = options.IntegerOrNull("--synthetic-count", 1, 1_000_000);
        if (BuiltInData.Contains(data))
        {
            return (int)(given ?? (data == BuiltInData.Faces ? BuiltInData.FacesCount : BuiltInData.DigitsCount));
        }

        return given is null ? null : throw new UsageException($"--synthetic-count is for built-in data, and --data {data} is a path; leave it out.");
    }

    private static int? ResolveChannels(OptionReader options)
    {
        var nc = options.Text("--nc") is null ? (int?)null : options.OneOf("--nc", ("1", 1), ("3", 3));
        return options.Model == ModelKind.Mlp && nc != 1
            ? throw new UsageException($"--nc {nc}: --model mlp works on grey images; leave it out, or use --model dcgan.")
            : nc;
    }

    private static int ResolveImageSize(OptionReader options)
    {
        var size = options.Integer("--image-size", int.MinValue, int.MaxValue);
        return (options.Model, size) switch
        {
            (ModelKind.Dcgan, 32 or 64 or 128) or (ModelKind.Mlp, 28) => (int)size,
            (ModelKind.Dcgan, _) => throw new UsageException($"--image-size {size}: --model dcgan has networks for 32, 64 and 128 pixels."),
            _ => throw new UsageException($"--image-size {size}: --model mlp works on 28x28 images; leave it out, or use --model dcgan."),
        };
    }

    /// <summary>Full, so that a run can be resumed from another working directory.</summary>
    internal static string? FullPath(string name, string? path)
    {
        try
        {
            return path is null ? null : Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException or IOException or NotSupportedException)
        {
            throw new UsageException($"{name} {path}: not a usable path ({e.Message}).", e);
        }
    }
}
