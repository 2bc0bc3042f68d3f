using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gan.Train.Settings;

/// <summary>The <c>options</c> object of config.json: every option by its name without dashes; null where it does not apply.</summary>
internal static class SettingsJson
{
    /// <summary>Each option's resolved value in the order of <see cref="TrainOptions.All"/>; those of a single start are left out.</summary>
    public static IEnumerable<(OptionSpec Option, JsonNode? Value)> Values(TrainSettings s) =>
        TrainOptions.All.Where(o => o.Resume != ResumeRule.Session).Select(o => (o, Value(s, o.Name)));

    public static JsonObject Write(TrainSettings settings)
    {
        var options = new JsonObject();
        foreach (var (option, value) in Values(settings))
        {
            options.Add(option.Key, value);
        }

        return options;
    }

    /// <summary>Back to text as it would be typed, so that config.json passes the same checks as the command line.</summary>
    /// <exception cref="FormatException">A value that no option has.</exception>
    public static Dictionary<string, string> ReadAsGiven(JsonObject options)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in options)
        {
            var option = TrainOptions.All.FirstOrDefault(o => o.Key == key && o.Resume != ResumeRule.Session)
                ?? throw new FormatException($"option '{key}' is not known to this version");
            switch (value?.GetValueKind())
            {
                case null or JsonValueKind.False when value is null || option.IsFlag:
                    break;
                case JsonValueKind.True when option.IsFlag:
                    given.Add(option.Name, "");
                    break;
                case JsonValueKind.String when !option.IsFlag:
                    given.Add(option.Name, value!.GetValue<string>());
                    break;
                case JsonValueKind.Number when !option.IsFlag:
                    given.Add(option.Name, value!.ToJsonString());
                    break;
                default:
                    throw new FormatException($"option '{key}' is {value!.ToJsonString()}");
            }
        }

        return given;
    }

    private static JsonNode? Value(TrainSettings s, string name) => name switch
    {
        "--model" => s.Model.ToString().ToLowerInvariant(),
        "--data" => s.Data,
        "--synthetic-count" => s.SyntheticCount,
        "--device" => s.Device.Used,
        "--precision" => s.Precision?.Text(),
        "--epochs" => s.Epochs,
        "--steps" => s.Steps,
        "--batch-size" => s.BatchSize > 0 ? s.BatchSize : TrainSettingsResolver.AutoBatch,
        "--lr" => s.LearningRate,
        "--lr-d" => s.LearningRateD,
        "--lr-g" => s.LearningRateG,
        "--beta1" => s.Beta1,
        "--beta2" => s.Beta2,
        "--nz" => s.Nz,
        "--ngf" => s.Model == ModelKind.Dcgan ? s.Ngf : null,
        "--ndf" => s.Model == ModelKind.Dcgan ? s.Ndf : null,
        "--hidden" => s.Model == ModelKind.Mlp ? s.Hidden : null,
        "--nc" => s.Nc,
        "--image-size" => s.ImageSize,
        "--d-steps" => s.DSteps,
        "--g-loss" => s.GLoss == GeneratorLoss.Saturating ? "saturating" : "non-saturating",
        "--label-smoothing" => s.LabelSmoothing,
        "--d-loss" => s.DLoss switch { DiscriminatorLoss.Bce => "bce", DiscriminatorLoss.Hinge => "hinge", _ => "least-squares" },
        "--lr-decay" => s.LrDecay,
        "--ema" => s.Ema,
        "--instance-noise" => s.InstanceNoise,
        "--instance-noise-steps" => s.InstanceNoiseSteps,
        "--clip-grad" => s.ClipGrad,
        "--spectral-norm" => s.SpectralNorm,
        "--grad-norms" => s.GradNorms,
        "--seed" => s.Seed,
        "--no-shuffle" => !s.Shuffle,
        "--netG" => s.NetG,
        "--netD" => s.NetD,
        "--latents" => s.Latents,
        "--log-every" => IntervalValue(s.LogEvery),
        "--sample-every" => IntervalValue(s.SampleEvery),
        "--checkpoint-every" => IntervalValue(s.CheckpointEvery),
        "--keep" => s.Keep,
        "--workers" => s.Workers,
        "--skip-bad-images" => s.SkipBadImages,
        "--quiet" => s.Quiet,
        "--tensorboard" => s.TensorBoard,
        _ => throw new InvalidOperationException($"{name} has no place in config.json."),
    };

    private static JsonNode? IntervalValue(Interval interval) => interval.Steps is { } steps ? steps : Interval.EpochWord;
}
