using System.Runtime.InteropServices;

namespace Gan.Train.Runs;

/// <summary>The file operations that decide whether a crash can lose data; tests make the n-th of them fail.</summary>
internal interface IFileOps
{
    void CreateDirectory(string path);

    /// <summary>Creates or truncates a file, lets <paramref name="write"/> fill it, and forces it to the disk.</summary>
    void WriteFile(string path, Action<Stream> write);

    /// <summary>Renames a file, replacing one that is there, in one step.</summary>
    void MoveFile(string from, string to);

    /// <summary>Renames a folder to a name that is free.</summary>
    void MoveDirectory(string from, string to);

    void DeleteFile(string path);

    void DeleteDirectory(string path);

    /// <summary>Forces a folder's entries (names created, renamed, deleted) to the disk, where the system can.</summary>
    void FlushDirectory(string path);
}

/// <inheritdoc cref="IFileOps"/>
internal sealed partial class FileOps : IFileOps
{
    public static FileOps Instance { get; } = new();

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public void WriteFile(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    public void MoveFile(string from, string to) => File.Move(from, to, overwrite: true);

    public void MoveDirectory(string from, string to) => Directory.Move(from, to);

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteDirectory(string path) => Directory.Delete(path);

    public void FlushDirectory(string path)
    {
        // Windows commits directory entries itself. Elsewhere a rename is only certain to survive a power cut once the folder is synced.
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        const int readOnly = 0; // O_RDONLY on both
        var descriptor = Open(path, readOnly);
        if (descriptor < 0)
        {
            return;
        }

        // Some file systems refuse to sync a folder (EINVAL); there is nothing better to do there.
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
