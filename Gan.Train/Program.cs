using Gan.Train.Cli;
using Gan.Train.Settings;

return CommandLine.Run(args, Check, Check, Console.Out, Console.Error);

// Both commands' work is joined on here; on its own this program checks what it is asked and prints it.
static int Check<T>(T asked)
{
    if (asked is TrainRequest request)
    {
        foreach (var line in request.Settings.Describe())
        {
            Console.WriteLine(line);
        }
    }
    else
    {
        Console.WriteLine(asked);
    }

    return ExitCode.Done;
}
