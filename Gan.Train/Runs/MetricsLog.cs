using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>Appends metrics.jsonl, a line a step from 0. Lines wait in a buffer; <see cref="Flush"/> before each checkpoint puts them on the disk.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream _stream;
    private readonly byte[] _line = new byte[MetricsLine.MaxBytes];

    private MetricsLog(FileStream stream) => _stream = stream;

    /// <summary>A new, empty log.</summary>
    public static MetricsLog Create(string path) => new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16));

    /// <summary>Goes on behind step <paramref name="finishedSteps"/> - 1; lines of later steps, and one torn by a crash, are cut off in one rename.</summary>
    /// <exception cref="UsageException">Lines before the checkpoint's step are missing or damaged.</exception>
    public static MetricsLog Resume(string path, long finishedSteps)
    {
        if (finishedSteps == 0 && !File.Exists(path))
        {
            return Create(path);
        }

        var length = LengthOfSteps(path, finishedSteps);
        if (new FileInfo(path).Length != length)
        {
            AtomicFile.Write(path, target => CopyStart(path, length, target));
        }

        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 1 << 16));
    }

    public void Append(in MetricsLine line) => _stream.Write(_line.AsSpan(0, line.Format(_line)));

    /// <summary>Everything appended so far is on the disk when this returns.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>All whole lines, for the chart; a torn last line is left out.</summary>
    /// <exception cref="FormatException">A damaged line; the message has its number.</exception>
    public static MetricsSeries Read(string path)
    {
        var series = new MetricsSeries();
        foreach (var (line, _) in Lines(path))
        {
            series.Add(line);
        }

        return series;
    }

    public void Dispose() => _stream.Dispose();

    private static long LengthOfSteps(string path, long finishedSteps)
    {
        try
        {
            long next = 0;
            long length = 0;
            if (finishedSteps > 0)
            {
                foreach (var (line, end) in Lines(path))
                {
                    if (line.Step != next)
                    {
                        throw new FormatException($"line {next + 1} is of step {line.Step}, expected {next}");
                    }

                    next++;
                    length = end;
                    if (next == finishedSteps)
                    {
                        break;
                    }
                }
            }

            return next == finishedSteps
                ? length
                : throw new FormatException($"it ends after {next} steps, the checkpoint is of {finishedSteps}");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message.TrimEnd('.')}; restore the file, or start a new run.", e);
        }
    }

    private static void CopyStart(string path, long length, Stream target)
    {
        using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var buffer = new byte[1 << 16];
        while (length > 0)
        {
            var got = source.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            target.Write(buffer, 0, got > 0 ? got : throw new EndOfStreamException($"{path}: shorter than a moment ago."));
            length -= got;
        }
    }

    /// <summary>Whole lines with the offset behind each; the rest behind the last newline is torn and skipped.</summary>
    private static IEnumerable<(MetricsLine Line, long End)> Lines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        var buffer = new byte[1 << 16];
        var (held, offset, number) = (0, 0L, 0L);
        while (true)
        {
            var got = stream.Read(buffer, held, buffer.Length - held);
            var filled = held + got;
            var start = 0;
            for (int newline; (newline = Array.IndexOf(buffer, (byte)'\n', start, filled - start)) >= 0; start = newline + 1)
            {
                number++;
                offset += newline + 1 - start;
                yield return (ParseLine(path, number, buffer.AsSpan(start, newline - start)), offset);
            }

            held = filled - start;
            if (got == 0)
            {
                yield break;
            }

            if (held == buffer.Length)
            {
                throw new FormatException($"{path}: line {number + 1} is longer than any line of metrics");
            }

            Buffer.BlockCopy(buffer, start, buffer, 0, held);
        }
    }

    private static MetricsLine ParseLine(string path, long number, ReadOnlySpan<byte> line)
    {
        try
        {
            return MetricsLine.Parse(line);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{Path.GetFileName(path)} line {number}: {e.Message}", e);
        }
    }
}
