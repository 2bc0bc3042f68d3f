using System.Text.Json.Nodes;

namespace Gan.Train.Settings;

/// <summary>Merges what is typed with --resume into what config.json says.</summary>
internal static class ResumeSettings
{
    /// <summary>Stored options, with those given this time that may change; --epochs and --steps are totals from the run's first step.</summary>
    /// <param name="stored">The run's config.json.</param>
    /// <param name="given">Options typed this time, --resume among them.</param>
    /// <exception cref="UsageException">An option that contradicts the run.</exception>
    public static TrainSettings Merge(RunConfig stored, IReadOnlyDictionary<string, string> given)
    {
        RefuseOtherFolder(given);
        var old = stored.Settings;
        RefuseOtherModel(old, given);

        var merged = SettingsJson.ReadAsGiven(SettingsJson.Write(old));
        if (given.ContainsKey("--epochs") || given.ContainsKey("--steps"))
        {
            // A new total replaces the old ones: "--steps 1000" alone must be able to outlast a stored --epochs 5.
            merged.Remove("--epochs");
            merged.Remove("--steps");
        }

        if (given.ContainsKey("--ngpu") && !given.ContainsKey("--device"))
        {
            merged.Remove("--device");
        }

        if (given.TryGetValue("--data", out var data) && !BuiltInData.Contains(data))
        {
            merged.Remove("--synthetic-count");
        }

        foreach (var (name, text) in given)
        {
            merged[name] = text;
        }

        var now = TrainSettingsResolver.Resolve(merged) with { Explicit = given.Keys.ToHashSet(StringComparer.Ordinal) };
        RefuseContradictions(old, now);
        var deviceGiven = given.ContainsKey("--device") || given.ContainsKey("--ngpu");
        return deviceGiven ? now : now with { Device = now.Device with { Reason = "as the run to resume" } };
    }

    private static void RefuseOtherFolder(IReadOnlyDictionary<string, string> given)
    {
        if (given.TryGetValue("--out", out var folder) && given.TryGetValue("--resume", out var run)
            && Path.TrimEndingDirectorySeparator(TrainSettingsResolver.FullPath("--out", folder)!)
                != Path.TrimEndingDirectorySeparator(TrainSettingsResolver.FullPath("--resume", run)!))
        {
            throw new UsageException($"--out {folder}: --resume {run} goes on in its own folder; leave --out out.");
        }
    }

    /// <summary>First, because another model's defaults would make every other message misleading.</summary>
    private static void RefuseOtherModel(TrainSettings old, IReadOnlyDictionary<string, string> given)
    {
        var model = old.Model.ToString().ToLowerInvariant();
        if (given.TryGetValue("--model", out var asked) && asked != model)
        {
            throw new UsageException($"--model {asked}: the run to resume is of --model {model}; leave it out, or start a new run.");
        }
    }

    private static void RefuseContradictions(TrainSettings old, TrainSettings now)
    {
        var before = SettingsJson.Values(old).ToDictionary(v => v.Option.Name, v => v.Value, StringComparer.Ordinal);
        foreach (var (option, value) in SettingsJson.Values(now))
        {
            var isTotal = option.Name is "--epochs" or "--steps";
            if (option.Resume == ResumeRule.Fixed && !isTotal && now.Explicit.Contains(option.Name) && !JsonNode.DeepEquals(value, before[option.Name]))
            {
                throw new UsageException(
                    $"{option.Name} {Text(value)}: contradicts the run to resume, which has {Text(before[option.Name])}; leave it out, or start a new run.");
            }
        }
    }

    private static string Text(JsonNode? value) => value?.ToString() ?? "none";
}
