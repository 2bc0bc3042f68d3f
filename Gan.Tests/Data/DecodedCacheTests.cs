using System.Collections.Concurrent;
using Gan.Tests.Runs;
using Gan.Train.Data;
using Xunit;

namespace Gan.Tests.Data;

/// <summary>A cached folder is the decoded folder, or it is decoded again.</summary>
public sealed class DecodedCacheTests : IDisposable
{
    private const int Size = 8;
    private readonly TempFolder _temp = new();
    private readonly ConcurrentQueue<string> _said = [];

    public DecodedCacheTests()
    {
        Directory.CreateDirectory(Path.Combine(Images, "b"));
        for (int i = 0; i < 6; i++)
        {
            Write(i, (byte)(40 * i));
        }
    }

    private string Images => _temp.At("images");

    private string Folder => _temp.At("cache");

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(3)]
    public void TheSecondStartReadsNoImage(int? channels)
    {
        using ImageDataset first = Open(channels);
        string entry = Assert.Single(Entries());
        Assert.Empty(_said);
        Plant(entry, 64); // if this byte comes back, the images came from the entry; but then the hash is wrong, and they must not
        using (ImageDataset damaged = Open(channels))
        {
            Assert.Equal(first.ContentHash, damaged.ContentHash);
        }
        Assert.Contains($"{entry}: damaged", Assert.Single(_said));
        _said.Clear();
        // the damaged entry was replaced; now make the images unreadable while their facts stay
        foreach (string file in Directory.GetFiles(Images, "*.pgm", SearchOption.AllDirectories))
        {
            DateTime changed = File.GetLastWriteTimeUtc(file);
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
            File.SetLastWriteTimeUtc(file, changed);
        }
        using ImageDataset second = Open(channels);
        Assert.Empty(_said);
        Assert.Equal(first.ContentHash, second.ContentHash);
        Assert.Equal(first.Names, second.Names);
        Assert.Equal(first.Labels, second.Labels);
        Assert.Equal((first.Description, first.Channels), (second.Description, second.Channels));
        Assert.Throws<DataException>(() => ImageDataset.Open(Images, Size, channels, 1, false, static _ => { }).Dispose());
    }

    [Fact]
    public void AChangedFileASizeOrANewFileMakesAnotherEntry()
    {
        Open(null).Dispose();
        Write(3, 99);
        File.SetLastWriteTimeUtc(PathOf(3), DateTime.UtcNow.AddSeconds(5));
        using (ImageDataset changed = Open(null))
        {
            Assert.Equal(99, changed.Image(Array.IndexOf(changed.Names, "3.pgm"))[0]);
        }
        Write(7, 1);
        using (ImageDataset more = Open(null))
        {
            Assert.Equal(7, more.Count);
        }
        using (ImageDataset other = ImageDataset.Open(Images, 4, null, 1, false, static _ => { }, new DecodedCache(Folder)))
        {
            Assert.Equal(4, other.Height);
        }
        Assert.Equal(4, Entries().Length);
    }

    [Fact]
    public void AnEntryCutShortOrOfNothingIsIgnored()
    {
        using ImageDataset first = Open(null);
        string entry = Assert.Single(Entries());
        byte[] whole = File.ReadAllBytes(entry);
        foreach (int length in new[] { 0, 10, 63, 64, whole.Length - 1 })
        {
            File.WriteAllBytes(entry, whole[..length]);
            using ImageDataset again = Open(null);
            Assert.Equal(first.ContentHash, again.ContentHash);
            Assert.Equal(whole, File.ReadAllBytes(entry)); // mended
        }
        for (int at = 0; at < 64; at++)
        {
            File.WriteAllBytes(entry, whole);
            Plant(entry, at);
            using ImageDataset again = Open(null);
            Assert.Equal(first.ContentHash, again.ContentHash);
        }
    }

    [Fact]
    public void ManyProcessesMayShareIt()
    {
        byte[] expected;
        using (ImageDataset data = Open(null))
        {
            expected = data.ContentHash;
        }
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 5 == 0)
            {
                foreach (string entry in Entries())
                {
                    File.Delete(entry);
                }
            }
            using ImageDataset data = Open(null);
            Assert.Equal(expected, data.ContentHash);
        });
        Assert.Empty(Directory.GetFiles(Folder, "*.tmp"));
    }

    [Fact]
    public void TheOldestEntriesMakeRoom()
    {
        long entryBytes = 64 + 6 * Size * Size;
        foreach (int i in new[] { 0, 1, 2 })
        {
            Write(0, (byte)(i + 1));
            File.SetLastWriteTimeUtc(PathOf(0), new DateTime(2020, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
            ImageDataset.Open(Images, Size, null, 1, false, static _ => { }, new DecodedCache(Folder, 2 * entryBytes)).Dispose();
            foreach (string entry in Entries())
            {
                File.SetLastWriteTimeUtc(entry, File.GetLastWriteTimeUtc(entry).AddHours(-1));
            }
        }
        Assert.Equal(2, Entries().Length);
        ImageDataset.Open(Images, Size, null, 1, false, _said.Enqueue, new DecodedCache(_temp.At("small"), entryBytes - 1)).Dispose();
        Assert.Matches("not kept in .*small: 0 MiB, of 0 MiB allowed", Assert.Single(_said));
        Assert.Empty(Directory.GetFiles(_temp.At("small")));
    }

    [Fact]
    public void FoldersWithBadFilesAndSmallOnesByDefaultAreNotKept()
    {
        File.WriteAllText(PathOf(8), "P5 nonsense");
        ImageDataset.Open(Images, Size, null, 1, true, static _ => { }, new DecodedCache(Folder)).Dispose();
        File.Delete(PathOf(8));
        ImageDataset.Open(Images, Size, null, 1, false, static _ => { }, new DecodedCache(Folder, minFiles: 7)).Dispose();
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenCostsNothing()
    {
        File.WriteAllText(Folder, "a file");
        using ImageDataset data = Open(null);
        Assert.Equal(6, data.Count);
        Assert.Contains($"not kept in {Folder}", Assert.Single(_said));
    }

    private string[] Entries() => Directory.GetFiles(Folder, "*.pixels");

    private string PathOf(int i) => Path.Combine(Images, i % 2 == 0 ? "b" : "", $"{i}.pgm");

    private void Write(int i, byte level)
    {
        byte[] pixels = new byte[12 * 10];
        Array.Fill(pixels, level);
        File.WriteAllBytes(PathOf(i), [.. "P5 12 10 255\n"u8, .. pixels]);
    }

    private ImageDataset Open(int? channels) => ImageDataset.Open(Images, Size, channels, 2, false, _said.Enqueue, new DecodedCache(Folder));

    private static void Plant(string file, int at)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[at] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }
}
