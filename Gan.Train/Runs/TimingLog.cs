using System.Globalization;
using System.Text;

namespace Gan.Train.Runs;

/// <summary>Appends timing.jsonl: what differs from run to run and so has no place in metrics.jsonl. A resumed run goes on in the same file.</summary>
internal sealed class TimingLog : IDisposable
{
    private readonly FileStream _stream;

    private TimingLog(FileStream stream) => _stream = stream;

    /// <summary>Opens or creates; a line torn by a crash is cut off.</summary>
    public static TimingLog Open(string path)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        stream.SetLength(BehindLastNewline(stream));
        stream.Seek(0, SeekOrigin.End);
        return new TimingLog(stream);
    }

    /// <param name="step">Finished steps.</param>
    /// <param name="imagesPerSecond">Since the line before.</param>
    /// <param name="workingSetBytes">Of the process.</param>
    /// <param name="poolBytes">Device memory held by the pool.</param>
    /// <param name="managedBytes">The managed heap's part of the working set.</param>
    /// <param name="wallSeconds">Since this start opened the folder.</param>
    public void Append(long step, double imagesPerSecond, long workingSetBytes, long poolBytes, long managedBytes, double wallSeconds)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"step\":{step},\"images_per_second\":{Number(imagesPerSecond)},\"working_set_bytes\":{workingSetBytes},\"pool_bytes\":{poolBytes},"
            + $"\"managed_bytes\":{managedBytes},\"wall_seconds\":{Number(wallSeconds)}}}\n");
        _stream.Write(Encoding.ASCII.GetBytes(line));
    }

    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();

    private static string Number(double value) => double.IsFinite(value) ? Math.Round(value, 3).ToString(CultureInfo.InvariantCulture) : "null";

    private static long BehindLastNewline(FileStream stream)
    {
        for (var at = stream.Length; at > 0; at--)
        {
            stream.Position = at - 1;
            if (stream.ReadByte() == '\n')
            {
                return at;
            }
        }

        return 0;
    }
}
