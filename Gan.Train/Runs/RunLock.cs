using Gan.Train.Settings;

namespace Gan.Train.Runs;

/// <summary>An open file that says "this folder is in use"; the system lets go of it when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    public const string Name = ".lock";

    private readonly FileStream _stream;

    private RunLock(FileStream stream) => _stream = stream;

    /// <exception cref="UsageException">Another process holds it.</exception>
    public static RunLock Take(string folder)
    {
        try
        {
            return new RunLock(new FileStream(
                Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            throw new UsageException($"{folder}: in use by another gan-train; wait for it to end, or choose another folder with --out.", e);
        }
    }

    public void Dispose() => _stream.Dispose();

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
