using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>An open file that says "this folder is in use"; the system lets go of it when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    public const string Name = ".lock";

    private readonly FileStream _stream;

    private readonly string _path;

    private RunLock(FileStream stream, string path) => (_stream, _path) = (stream, path);

    /// <exception cref="UsageException">Another process holds it.</exception>
    public static RunLock Take(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            while (true)
            {
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, OnClose);
                if (File.Exists(path))
                {
                    return new RunLock(stream, path);
                }

                // The holder before deleted it between our opening and locking: a lock on a file without a name keeps nobody out.
                stream.Dispose();
            }
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            throw new UsageException($"{folder}: in use by another gan-train; wait for it to end, or choose another folder with --out.", e);
        }
    }

    public void Dispose()
    {
        if (OnClose == FileOptions.None)
        {
            AtomicFile.TryDelete(_path, FileOps.Instance); // while it is still locked
        }

        _stream.Dispose();
    }

    /// <summary>Windows deletes an open file only this way; elsewhere it would also delete the file of the next holder in <see cref="Take"/>.</summary>
    private static FileOptions OnClose => OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;

    private static bool IsSharingViolation(IOException e)
    {
        const int windowsSharingViolation = unchecked((int)0x80070020);
        const int linuxWouldBlock = 11;
        const int macWouldBlock = 35;
        return e.HResult == windowsSharingViolation
            || (OperatingSystem.IsLinux() && e.HResult == linuxWouldBlock)
            || (OperatingSystem.IsMacOS() && e.HResult == macWouldBlock);
    }
}
