using System.Runtime.InteropServices;
using Gan.Train.Cli;

namespace Gan.Train.Training;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal: the first asks the loop to save and stop after its step, the second stops at once (files are replaced whole
/// or not at all, so that leaves none torn).
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TextWriter _error;

    /// <param name="error">Where the user is told that the signal was heard; a step can take seconds.</param>
    public Interrupt(TextWriter error)
    {
        _error = error;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    /// <summary>Set once the run should end.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            _error.WriteLine();
            Environment.Exit(ExitCode.Interrupted);
        }
        _source.Cancel();
        _error.WriteLine("\nStopping after this step; once more to stop at once.");
    }
}
