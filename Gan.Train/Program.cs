using Gan.Train.Cli;
using Gan.Train.Training;
using Spectre.Console;

var output = new ConsoleWriter(Console.Out, !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi);
var error = new ConsoleWriter(Console.Error, !Console.IsErrorRedirected);
using var interrupt = new Interrupt(error);
return CommandLine.Run(args, CommandHandlers.Of(output, interrupt.Token), output, error);
