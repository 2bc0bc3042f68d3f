using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.Runs;

public sealed class AtomicFileTests
{
    [Fact]
    public void OldOrNewWhateverFails()
    {
        foreach (var crash in (ReadOnlySpan<bool>)[false, true])
        {
            for (var failAt = 1; failAt <= 4; failAt++)
            {
                using var temp = new TempFolder();
                var path = temp.At("file");
                AtomicFile.Write(path, "old"u8.ToArray());
                var ops = new FailingFileOps(failAt, crash);
                try
                {
                    AtomicFile.Write(path, "new content"u8.ToArray(), ops);
                    Assert.Equal("new content", File.ReadAllText(path));
                }
                catch (IOException)
                {
                    Assert.Contains(File.ReadAllText(path), (string[])["old", "new content"]);
                }

                Assert.True(crash || !File.Exists(path + ".tmp"), "the temporary file was left");
                AtomicFile.Write(path, "third"u8.ToArray());
                Assert.Equal("third", File.ReadAllText(path));
                Assert.False(File.Exists(path + ".tmp"));
            }
        }
    }

    [Fact]
    public void AWriterThatThrowsLeavesTheOldFile()
    {
        using var temp = new TempFolder();
        var path = temp.At("file");
        AtomicFile.Write(path, "old"u8.ToArray());
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(temp.Path));
    }
}
