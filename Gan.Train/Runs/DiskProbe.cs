using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>Finds out before the first step whether a folder can be written and has room.</summary>
internal static class DiskProbe
{
    public const string Name = ".probe";

    private const int ProbeBytes = 4096;

    /// <param name="folder">Existing.</param>
    /// <param name="bytesNeeded">Estimate of what the run will write; 0 to skip that check.</param>
    /// <param name="remedy">What the user can do beside freeing space.</param>
    /// <exception cref="UsageException">Not writable, or too little room.</exception>
    public static void Check(string folder, long bytesNeeded, string remedy = "choose another folder with --out")
    {
        var probe = Path.Combine(folder, Name);
        try
        {
            FileOps.Instance.WriteFile(probe, stream => stream.Write(new byte[ProbeBytes]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{folder}: cannot be written ({e.Message}); free space there, or {remedy}.", e);
        }
        finally
        {
            AtomicFile.TryDelete(probe, FileOps.Instance);
        }

        if (FreeBytes(folder) is { } free && free < bytesNeeded)
        {
            throw new UsageException(
                $"{folder}: {Mebibytes(free)} MiB are free, the run needs about {Mebibytes(bytesNeeded)} MiB; free space there, or {remedy}.");
        }
    }

    /// <summary>Bytes this user may still write where the folder lies; null when the system does not say.</summary>
    private static long? FreeBytes(string folder)
    {
        try
        {
            var drive = OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder;
            return new DriveInfo(drive).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static long Mebibytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
