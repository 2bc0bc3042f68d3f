using System.Buffers;
using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>
/// Appends metrics.jsonl, a line a step from 0. Lines wait in memory until <see cref="Write"/> or <see cref="Flush"/>; those that could not be written
/// (a full disk) wait on, and the next attempt writes them at the same place.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _waiting = new(1 << 16);
    private long _length;

    private MetricsLog(FileStream stream) => (_stream, _length) = (stream, stream.Length);

    /// <summary>A new, empty log.</summary>
    public static MetricsLog Create(string path) => new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));

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

        return new MetricsLog(new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0));
    }

    public void Append(in MetricsLine line) => _waiting.Advance(line.Format(_waiting.GetSpan(MetricsLine.MaxBytes)));

    /// <summary>Everything appended so far is in the file when this returns, though not yet certain to survive a power cut.</summary>
    /// <exception cref="IOException">It is not; nothing is lost.</exception>
    public void Write()
    {
        if (_waiting.WrittenCount > 0)
        {
            _stream.Position = _length;
            _stream.Write(_waiting.WrittenSpan);
            _length += _waiting.WrittenCount;
            _waiting.ResetWrittenCount();
        }
    }

    /// <summary>Everything appended so far is on the disk when this returns.</summary>
    /// <exception cref="IOException">It is not; nothing is lost.</exception>
    public void Flush()
    {
        Write();
        _stream.Flush(flushToDisk: true);
    }

    /// <summary>All whole lines, read as they are asked for; a torn last line is left out.</summary>
    /// <exception cref="FormatException">A damaged line; the message has its number.</exception>
    public static IEnumerable<MetricsLine> Read(string path) => Lines(path).Select(static l => l.Line);

    public void Dispose()
    {
        try
        {
            Write();
        }
        catch (IOException)
        {
            // Lines after the newest checkpoint; a resumed run computes them again.
        }
        _stream.Dispose();
    }

    /// <summary>Whether no step was logged in this file yet.</summary>
    public static bool IsEmpty(string path) => !File.Exists(path) || new FileInfo(path).Length == 0;

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
