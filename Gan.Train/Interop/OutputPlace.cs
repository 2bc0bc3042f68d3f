using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Interop;

/// <summary>A file that a command is asked to write: what can be seen to be in the way, before the work; whole or not at all, after it.</summary>
internal static class OutputPlace
{
    /// <param name="option">How messages name it.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="input">A file that must not be overwritten, or null.</param>
    /// <exception cref="UsageException">A folder, no folder to put it in, or the input itself.</exception>
    public static void Check(string option, string path, string? input = null)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"{option} {path}: it is a folder; give a file's name.");
        }
        string full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent))
        {
            throw new UsageException($"{option} {path}: there is no folder {Path.GetDirectoryName(full)}; make it first.");
        }
        if (input is not null && full == Path.GetFullPath(input))
        {
            throw new UsageException($"{option} {path}: it is the file to read; give another name.");
        }
    }

    /// <exception cref="UsageException">Writing fails; what was there before is still there.</exception>
    public static void Write(string option, string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: cannot be written ({e.Message}); choose another place.", e);
        }
    }
}
