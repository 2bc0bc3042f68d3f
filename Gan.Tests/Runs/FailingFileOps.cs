using Gan.Train.Runs;

namespace Gan.Tests.Runs;

/// <summary>Lets <paramref name="failAt"/> - 1 operations through; that one fails, and after a crash nothing works any more.</summary>
/// <param name="failAt">From 1.</param>
/// <param name="crash">True: every later operation fails too, clean-up included, as if the process had died.</param>
/// <param name="torn">True: a failing write leaves half its bytes behind.</param>
internal sealed class FailingFileOps(int failAt, bool crash, bool torn = true) : IFileOps
{
    public int Count { get; private set; }

    public bool Failed => Count >= failAt;

    public void CreateDirectory(string path)
    {
        Next();
        FileOps.Instance.CreateDirectory(path);
    }

    public void WriteFile(string path, Action<Stream> write)
    {
        try
        {
            Next();
        }
        catch when (torn)
        {
            using var memory = new MemoryStream();
            write(memory);
            File.WriteAllBytes(path, memory.ToArray()[..(int)(memory.Length / 2)]);
            throw;
        }

        FileOps.Instance.WriteFile(path, write);
    }

    public void MoveFile(string from, string to)
    {
        Next();
        FileOps.Instance.MoveFile(from, to);
    }

    public void MoveDirectory(string from, string to)
    {
        Next();
        FileOps.Instance.MoveDirectory(from, to);
    }

    public void DeleteFile(string path)
    {
        Next();
        FileOps.Instance.DeleteFile(path);
    }

    public void DeleteDirectory(string path)
    {
        Next();
        FileOps.Instance.DeleteDirectory(path);
    }

    public void FlushDirectory(string path)
    {
        Next();
        FileOps.Instance.FlushDirectory(path);
    }

    private void Next()
    {
        Count++;
        if (Count == failAt || (crash && Count > failAt))
        {
            throw new IOException($"injected failure at operation {Count}");
        }
    }
}
