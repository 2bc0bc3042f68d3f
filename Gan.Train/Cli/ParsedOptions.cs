using System.CommandLine;
using System.CommandLine.Parsing;
using Gan.Train.Settings;

namespace Gan.Train.Cli;

/// <summary>A table of options as System.CommandLine sees it: texts and flags. Values are judged by the settings, in their own words.</summary>
internal sealed class ParsedOptions
{
    private readonly List<(OptionSpec Spec, Option Option)> _options = [];

    public ParsedOptions(Command command, IEnumerable<OptionSpec> specs)
    {
        foreach (var spec in specs)
        {
            // Zero or more, so that a missing or repeated value is ours to explain.
            Option option = spec.IsFlag
                ? new Option<bool>(spec.Name) { Arity = ArgumentArity.Zero }
                : new Option<string[]>(spec.Name) { Arity = ArgumentArity.ZeroOrMore, HelpName = spec.Value };
            option.Description = spec.HelpText;
            command.Options.Add(option);
            _options.Add((spec, option));
        }
    }

    /// <summary>Names and texts of the options that were typed.</summary>
    /// <exception cref="UsageException">A value missing, or an option given twice.</exception>
    public Dictionary<string, string> Given(ParseResult result)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (spec, option) in _options)
        {
            if (result.GetResult(option) is not { Implicit: false } found)
            {
                continue;
            }

            if (found.IdentifierTokenCount > 1 || found.Tokens.Count > 1)
            {
                throw new UsageException($"{spec.Name}: given {Math.Max(found.IdentifierTokenCount, found.Tokens.Count)} times; give it once.");
            }

            if (!spec.IsFlag && found.Tokens.Count == 0)
            {
                throw new UsageException($"{spec.Name}: a value is missing; write {spec.Name} {spec.Value}.");
            }

            given.Add(spec.Name, spec.IsFlag ? "" : found.Tokens[0].Value);
        }

        return given;
    }
}
