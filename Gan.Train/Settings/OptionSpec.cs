namespace Gan.Train.Settings;

/// <summary>What becomes of an option when a run is resumed.</summary>
internal enum ResumeRule
{
    /// <summary>Comes from config.json; a contradicting one is refused.</summary>
    Fixed,

    /// <summary>Comes from config.json; a given one replaces it.</summary>
    Free,

    /// <summary>Belongs to this start of the program only.</summary>
    Session,
}

/// <summary>
/// One command-line option: parser, help, defaults, config.json and the resume check all read this row.
/// </summary>
/// <param name="Name">With its dashes, as in <c>--lr</c>.</param>
/// <param name="Value">What follows it, as help shows it; null for a flag.</param>
/// <param name="Meaning">One sentence with the unit.</param>
internal sealed record OptionSpec(string Name, string? Value, string Meaning)
{
    /// <summary>Default as a user would type it; null when there is none or it is worked out later.</summary>
    public string? DcganDefault { get; init; }

    /// <inheritdoc cref="DcganDefault"/>
    public string? MlpDefault { get; init; }

    /// <summary>How help words a default that is worked out later.</summary>
    public string? DefaultNote { get; init; }

    /// <summary>The only model that has this option; null for both.</summary>
    public ModelKind? OnlyFor { get; init; }

    public ResumeRule Resume { get; init; } = ResumeRule.Fixed;

    public bool IsFlag => Value is null;

    /// <summary>The name in config.json: without dashes.</summary>
    public string Key => Name[2..];

    /// <summary>The same default for both models.</summary>
    public string? Default
    {
        init => DcganDefault = MlpDefault = value;
    }

    public string? DefaultFor(ModelKind model) => model == ModelKind.Dcgan ? DcganDefault : MlpDefault;

    /// <summary>Meaning and defaults, as help prints them.</summary>
    public string HelpText
    {
        get
        {
            var only = OnlyFor is { } model ? $"{model.ToString().ToLowerInvariant()} only. " : "";
            var shown = DefaultNote
                ?? (DcganDefault == MlpDefault || OnlyFor is not null ? DcganDefault ?? MlpDefault : $"dcgan {DcganDefault}, mlp {MlpDefault}");
            return shown is null ? only + Meaning : $"{only}{Meaning} [default: {shown}]";
        }
    }
}
