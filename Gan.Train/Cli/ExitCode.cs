namespace Gan.Train.Cli;

/// <summary>What the program returns to the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The run failed after it began.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage or bad input, found before the first step.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C or SIGTERM, after saving (128 + SIGINT, as shells count).</summary>
    public const int Interrupted = 130;
}
