using Gan.Train.Cli;
using Gan.Train.Generation;
using Gan.Train.Training;

using var interrupt = new Interrupt();
return CommandLine.Run(
    args,
    request => TrainCommand.Run(request, Console.Out, interrupt.Token),
    settings => GenerateCommand.Run(settings, Console.Out),
    Console.Out,
    Console.Error);
