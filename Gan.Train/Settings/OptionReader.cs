using System.Globalization;

namespace Gan.Train.Settings;

/// <summary>Takes typed values out of options given as text, falling back to the table's defaults; every complaint names the option.</summary>
/// <param name="specs">The command's table.</param>
/// <param name="given">Name to text; an empty text for a flag.</param>
internal sealed class OptionReader(IReadOnlyList<OptionSpec> specs, IReadOnlyDictionary<string, string> given)
{
    /// <summary>Whose defaults apply; set once --model is known.</summary>
    public ModelKind Model { get; set; }

    public bool Has(string name) => given.ContainsKey(name);

    public string? Text(string name)
    {
        if (!given.TryGetValue(name, out var text))
        {
            return specs.First(o => o.Name == name).DefaultFor(Model);
        }

        return string.IsNullOrWhiteSpace(text) ? throw new UsageException($"{name}: the value is empty.") : text;
    }

    public bool Flag(string name) => given.ContainsKey(name);

    /// <summary>A path without characters no file system takes.</summary>
    public string? PathText(string name)
    {
        var text = Text(name);
        return text is not null && text.Contains('\0', StringComparison.Ordinal) ? throw new UsageException($"{name}: the path holds a null character.") : text;
    }

    public long Integer(string name, long min, long max) =>
        IntegerOrNull(name, min, max) ?? throw new InvalidOperationException($"{name} has no default.");

    public long? IntegerOrNull(string name, long min, long max)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            throw new UsageException($"{name} {text}: not a whole number{(IsDigits(text) ? $" up to {max}" : "")}.");
        }

        return value >= min && value <= max ? value : throw new UsageException($"{name} {text}: must be from {min} to {max}.");
    }

    public ulong Seed(string name)
    {
        var text = Text(name)!;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"{name} {text}: must be a whole number from 0 to {ulong.MaxValue}.");
    }

    /// <param name="name">The option.</param>
    /// <param name="max">Exclusive.</param>
    public double FromZeroToBelow(string name, double max)
    {
        var text = Text(name)!;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            throw new UsageException($"{name} {text}: not a number (write it like 0.0002 or 2e-4).");
        }

        if (!double.IsFinite(value))
        {
            throw new UsageException($"{name} {text}: must be a finite number.");
        }

        // Compared as the float32 it becomes: 0.99999999999 would be 1, and Adam would divide by 1 - 1.
        var range = $"from 0 to below {max.ToString(CultureInfo.InvariantCulture)}";
        return value >= 0 && (float)value < (float)max ? value : throw new UsageException($"{name} {text}: must be {range}.");
    }

    public Interval Interval(string name)
    {
        if (Text(name) == Settings.Interval.EpochWord)
        {
            return Settings.Interval.Epoch;
        }

        return long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var steps) && steps is > 0 and <= int.MaxValue
            ? new Interval(steps)
            : throw new UsageException($"{name} {Text(name)}: must be a number of steps from 1 to {int.MaxValue}, or '{Settings.Interval.EpochWord}'.");
    }

    public T OneOf<T>(string name, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        var text = Text(name);
        var names = new List<string>();
        foreach (var (choice, value) in choices)
        {
            if (choice == text)
            {
                return value;
            }

            names.Add(choice);
        }

        throw new UsageException($"{name} {text}: not known; choose {string.Join(" or ", names)}.");
    }

    private static bool IsDigits(string text) => text.All(char.IsAsciiDigit);
}
