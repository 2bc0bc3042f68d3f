namespace Gan.Train.Runs;

/// <summary>Replaces a file so that at every moment, and after a crash, it is whole: the old one or the new one.</summary>
internal static class AtomicFile
{
    /// <summary>Ending of half-written files; a stale one may be deleted.</summary>
    public const string TemporaryEnding = ".tmp";

    public static void Write(string path, ReadOnlyMemory<byte> bytes, IFileOps? ops = null) =>
        Write(path, stream => stream.Write(bytes.Span), ops);

    /// <summary>Writes a temporary file beside <paramref name="path"/>, flushes it to the disk, and renames it over.</summary>
    /// <exception cref="IOException">The old file is intact; the temporary one is removed where possible.</exception>
    public static void Write(string path, Action<Stream> write, IFileOps? ops = null)
    {
        ops ??= FileOps.Instance;
        var temporary = path + TemporaryEnding;
        try
        {
            ops.WriteFile(temporary, write);
            ops.MoveFile(temporary, path);
        }
        catch
        {
            TryDelete(temporary, ops);
            throw;
        }

        ops.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    internal static void TryDelete(string path, IFileOps ops)
    {
        try
        {
            ops.DeleteFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that brought us here is the one to report.
        }
    }
}
