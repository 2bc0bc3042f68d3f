using System.CommandLine;
using Gan.Train.Settings;

namespace Gan.Train.Cli;

/// <summary>A command beside training: its name and options, and how they reach its handler.</summary>
internal sealed class SubCommand
{
    private readonly ParsedOptions _options;
    private readonly List<Argument<string?>> _arguments = [];
    private readonly Func<IReadOnlyDictionary<string, string>, CommandHandlers, int> _run;

    /// <param name="name">As typed.</param>
    /// <param name="description">One line of help.</param>
    /// <param name="options">The command's table.</param>
    /// <param name="run">Resolves the options that were typed and calls the handler; returns the exit code.</param>
    /// <param name="arguments">Names and meanings of values that stand without an option, in their order; given to <paramref name="run"/> under these names.</param>
    public SubCommand(string name, string description, IEnumerable<OptionSpec> options, Func<IReadOnlyDictionary<string, string>, CommandHandlers, int> run,
        params IEnumerable<(string Name, string Meaning)> arguments)
    {
        Command = new Command(name, description);
        _options = new ParsedOptions(Command, options);
        _run = run;
        foreach ((string argument, string meaning) in arguments)
        {
            // Zero or one, so that a missing one is ours to explain.
            var positional = new Argument<string?>(argument) { Arity = ArgumentArity.ZeroOrOne, Description = meaning };
            Command.Arguments.Add(positional);
            _arguments.Add(positional);
        }

        // Reached only for --help and --version, which bring their own actions.
        Command.SetAction(_ => ExitCode.Usage);
    }

    /// <summary>As the parser knows it.</summary>
    public Command Command { get; }

    /// <summary>Runs the handler with the options of a parsed command line.</summary>
    public int Run(ParseResult result, CommandHandlers handlers)
    {
        Dictionary<string, string> given = _options.Given(result);
        foreach (Argument<string?> argument in _arguments)
        {
            if (result.GetValue(argument) is { } value)
            {
                given.Add(argument.Name, value);
            }
        }

        return _run(given, handlers);
    }
}
