using System.Text;

namespace Gan.Train.Cli;

/// <summary>
/// Console output that never ends a run: what cannot be written (a closed terminal, a log on a full disk) is dropped, because hours of training are
/// worth more than a line.
/// </summary>
/// <param name="inner">The stream written to.</param>
/// <param name="isTerminal">Whether a person sees it and escape sequences work.</param>
internal sealed class ConsoleWriter(TextWriter inner, bool isTerminal) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public bool IsTerminal => isTerminal;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Dropped; see above.
        }
    }
}
