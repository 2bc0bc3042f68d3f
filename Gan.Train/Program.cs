using Gan.Train.Cli;
using Gan.Train.Generation;
using Gan.Train.Training;
using Spectre.Console;

var output = new ConsoleWriter(Console.Out, !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi);
var error = new ConsoleWriter(Console.Error, !Console.IsErrorRedirected);
using var interrupt = new Interrupt(error);
return CommandLine.Run(
    args,
    request => TrainCommand.Run(request, output, interrupt.Token),
    settings => GenerateCommand.Run(settings, output, interrupt.Token),
    output,
    error);
