using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Cli;

/// <summary>From arguments to a request, and from whatever happens to one line on stderr and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Set to 1 to see the stack trace behind an error's one line.</summary>
    public const string DebugVariable = "GAN_DEBUG";

    private static readonly ParserConfiguration Plain = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <param name="args">Without the program's name.</param>
    /// <param name="handlers">What runs behind each command.</param>
    /// <param name="output">Help and version.</param>
    /// <param name="error">Errors.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, CommandHandlers handlers, TextWriter output, TextWriter error)
    {
        TrainRequest? request = null;
        try
        {
            var tree = new CommandTree();
            var result = tree.Root.Parse(args, Plain);
            var command = result.CommandResult.Command;
            if (AsksForHelpOrVersion(result))
            {
                return result.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
            }

            RefuseUnknown(result, command);
            if (tree.SubCommands.FirstOrDefault(s => s.Command == command) is { } sub)
            {
                if (tree.Train.Given(result).Keys.FirstOrDefault() is { } foreign)
                {
                    throw new UsageException($"{foreign} before '{command.Name}' is an option of training; see gan-train {command.Name} --help.");
                }

                return sub.Run(result, handlers);
            }

            request = Request(tree.Train.Given(result));
            return handlers.Train(request);
        }
        catch (Exception e)
        {
            return Report(e, begun: request?.Begun ?? false, error);
        }
    }

    /// <summary>Options typed for training, resolved alone or against the run to resume.</summary>
    internal static TrainRequest Request(IReadOnlyDictionary<string, string> given)
    {
        if (!given.TryGetValue("--resume", out var folder))
        {
            return new TrainRequest(TrainSettingsResolver.Resolve(given), null, null);
        }

        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new UsageException("--resume: the value is empty; give a run's folder.");
        }

        if (!Directory.Exists(folder))
        {
            throw new UsageException($"--resume {folder}: {(File.Exists(folder) ? "a file; give the run's folder" : "no such folder; give the folder that --out named")}.");
        }

        var stored = RunConfig.Read(RunFolder.ConfigOf(folder));
        return new TrainRequest(ResumeSettings.Merge(stored, given), folder, stored);
    }

    /// <summary>One line for the user, the stack only on request.</summary>
    internal static int Report(Exception e, bool begun, TextWriter error)
    {
        if (e is AggregateException { InnerExceptions: [var only] })
        {
            e = only;
        }

        var code = e switch
        {
            OperationCanceledException => ExitCode.Interrupted,
            UsageException => ExitCode.Usage,
            _ => !begun && IsInputProblem(e) ? ExitCode.Usage : ExitCode.Failed,
        };
        var message = e.Message.ReplaceLineEndings(" ");
        error.WriteLine(code switch
        {
            ExitCode.Interrupted => "Interrupted.",
            _ when e is OutOfMemoryException => "error: out of memory; use a smaller --batch-size, --image-size or narrower networks.",
            ExitCode.Failed when !IsExpected(e) => $"error: {e.GetType().Name}: {message} (set {DebugVariable}=1 to see where)",
            _ => $"error: {message}",
        });
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1")
        {
            error.WriteLine(e);
        }

        return code;
    }

    private static bool AsksForHelpOrVersion(ParseResult result) =>
        result.Action is HelpAction || result.CommandResult.Children.OfType<OptionResult>().Any(o => !o.Implicit && o.Option is HelpOption or VersionOption);

    private static void RefuseUnknown(ParseResult result, Command command)
    {
        if (result.UnmatchedTokens.Count > 0)
        {
            var typed = result.UnmatchedTokens[0];
            var name = typed.Split('=', ':')[0];
            var isOption = typed.StartsWith('-');
            var names = isOption ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
            var hint = Suggestion.Nearest(name, names) is { } near ? $"did you mean {near}?" : $"see {CommandText(command)} --help.";
            throw new UsageException($"{(isOption ? $"unknown option {name}" : $"'{typed}' is not expected here")}; {hint}");
        }

        if (result.Errors.Count > 0)
        {
            throw new UsageException($"{result.Errors[0].Message} See {CommandText(command)} --help.");
        }
    }

    private static string CommandText(Command command) => command is RootCommand ? "gan-train" : $"gan-train {command.Name}";

    /// <summary>Trouble with files the user gave; before the first step that is bad input.</summary>
    private static bool IsInputProblem(Exception e) =>
        e is SafetensorsException or CheckpointException or IOException or UnauthorizedAccessException or InvalidDataException or DeviceOutOfMemoryException;

    private static bool IsExpected(Exception e) => e is UsageException or DeviceFailureException or CudaException || IsInputProblem(e);
}
