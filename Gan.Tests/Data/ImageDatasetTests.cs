using Gan.Train.Data;
using Gan.Train.Data.Codecs.Png;
using Xunit;

namespace Gan.Tests.Data;

public class ImageDatasetTests
{
    [Theory, InlineData(1), InlineData(4)]
    public void Files_come_in_ordinal_order_whatever_the_workers(int workers)
    {
        using var folder = new TempFolder();
        // Ordinal: 'B' < 'a', and '-' < '/' < '0', so "a-b.png" < "a/z.png" < "a0.png".
        string[] names = ["B.png", "a-b.png", "a/y/q.PNG", "a/z.png", "a0.png", "b.pgm"];
        foreach (var (name, i) in names.Select((n, i) => (n, i)).Reverse())
        {
            folder.Write(name, Flat(i, 1));
        }
        folder.Write("notes.txt", "not an image"u8);
        folder.Write(".hidden.png", "nor this"u8);
        folder.Write(".git/x.png", "nor this"u8);
        using var data = Open(folder.Path, 2, null, workers);
        Assert.Equal(names, data.Names);
        Assert.Equal((6, 2, 2, 1), (data.Count, data.Height, data.Width, data.Channels));
        for (var i = 0; i < names.Length; i++)
        {
            Assert.Equal(Enumerable.Repeat((byte)i, 4), data.Image(i).ToArray());
        }
        Assert.Null(data.Labels);
    }

    [Fact]
    public void Sub_folders_are_classes()
    {
        using var folder = new TempFolder();
        folder.Write("dog/1.png", Flat(1, 1));
        folder.Write("cat/2.png", Flat(2, 1));
        folder.Write("dog/more/0.png", Flat(3, 1));
        using var data = Open(folder.Path, 1, 1);
        Assert.Equal(["cat/2.png", "dog/1.png", "dog/more/0.png"], data.Names);
        Assert.Equal([0, 1, 1], data.Labels!);
    }

    [Fact]
    public void Channels_follow_the_files_and_the_option()
    {
        using var folder = new TempFolder();
        folder.Write("a.png", Flat(10, 1));
        folder.Write("b.png", Flat(20, 1));
        using (var grey = Open(folder.Path, 2, null))
        {
            Assert.Equal((1, 8L), (grey.Channels, grey.ByteLength));
        }
        folder.Write("c.png", PngEncoder.Encode(1, 1, 3, [250, 0, 100]));
        using var colour = Open(folder.Path, 1, null);
        Assert.Equal(3, colour.Channels);
        Assert.Equal([10, 10, 10, 20, 20, 20, 250, 0, 100], All(colour));
        using var luma = Open(folder.Path, 1, 1);
        Assert.Equal([10, 20, 86], All(luma)); // 0.299 * 250 + 0.114 * 100, rounded
        using var forced = Open(folder.Path, 1, 3);
        Assert.Equal(All(colour), All(forced));
        Assert.Equal(colour.ContentHash, forced.ContentHash);
        Assert.NotEqual(colour.ContentHash, luma.ContentHash);
    }

    [Fact]
    public void Content_hash_is_of_names_and_pixels_not_of_the_place()
    {
        using var one = new TempFolder();
        using var other = new TempFolder();
        foreach (var folder in (TempFolder[])[one, other])
        {
            folder.Write("x/a.png", Flat(1, 1));
            folder.Write("b.png", Flat(2, 1));
        }
        var hash = HashOf(one);
        Assert.Equal(hash, HashOf(other));
        File.Move(Path.Combine(other.Path, "b.png"), Path.Combine(other.Path, "c.png"));
        Assert.NotEqual(hash, HashOf(other));
        one.Write("b.png", Flat(3, 1));
        Assert.NotEqual(hash, HashOf(one));
    }

    [Fact]
    public void Every_bad_file_is_listed_and_can_be_skipped()
    {
        using var folder = new TempFolder();
        folder.Write("good1.png", Flat(1, 1));
        folder.Write("bad_text.png", "hello"u8);
        folder.Write("good2.png", Flat(2, 3));
        folder.Write("sub/bad_empty.jpg", []);
        folder.Write("sub/bad_cut.png", Flat(2, 1).AsSpan(0, 40));
        var log = new List<string>();
        var e = Assert.Throws<DataException>(() => ImageDataset.Open(folder.Path, 2, null, 2, skipBadImages: false, log.Add));
        Assert.Contains("3 of 5 images", e.Message, StringComparison.Ordinal);
        Assert.Contains("the first is bad_text.png: the file is text (\"hello\")", e.Message, StringComparison.Ordinal);
        Assert.Contains("--skip-bad-images", e.Message, StringComparison.Ordinal);
        Assert.Collection(log,
            static l => Assert.StartsWith("bad bad_text.png: the file is text (\"hello\")", l, StringComparison.Ordinal),
            static l => Assert.StartsWith("bad sub/bad_cut.png: PNG is truncated", l, StringComparison.Ordinal),
            static l => Assert.StartsWith("bad sub/bad_empty.jpg: the file is empty", l, StringComparison.Ordinal));
        log.Clear();

        using var data = ImageDataset.Open(folder.Path, 2, null, 2, skipBadImages: true, log.Add);
        Assert.Equal(["good1.png", "good2.png"], data.Names);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 12), .. Enumerable.Repeat((byte)2, 12)], All(data));
        Assert.Equal(3, log.Count(l => l.StartsWith("skipped ", StringComparison.Ordinal)));

        File.Delete(Path.Combine(folder.Path, "good1.png"));
        File.Delete(Path.Combine(folder.Path, "good2.png"));
        Assert.Contains("None is left", Assert.Throws<DataException>(
            () => ImageDataset.Open(folder.Path, 2, null, 2, skipBadImages: true, log.Add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_list_of_bad_files_is_whole()
    {
        using var folder = new TempFolder();
        for (var i = 0; i < 33; i++)
        {
            folder.Write($"{i:D2}.png", "x"u8);
        }
        var log = new List<string>();
        var message = Assert.Throws<DataException>(() => ImageDataset.Open(folder.Path, 2, null, 2, skipBadImages: false, log.Add)).Message;
        Assert.Contains("33 of 33", message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 33).Select(static i => $"bad {i:D2}.png"), log.Select(static l => l.Split(':')[0]));
    }

    [Fact]
    public void Useless_sources_are_explained()
    {
        using var folder = new TempFolder();
        Assert.Contains("neither a file nor a folder", Message(Path.Combine(folder.Path, "absent")), StringComparison.Ordinal);
        Assert.Contains("it is empty", Message(folder.Path), StringComparison.Ordinal);
        folder.Write("a.txt", "x"u8);
        folder.Write("b/c.txt", "x"u8);
        folder.Write("b/d.gif", "x"u8);
        Assert.Contains("found 3 other files (2 .txt, 1 .gif)", Message(folder.Path), StringComparison.Ordinal);
        Assert.Contains("is a single file", Message(folder.Write("one.png", Flat(1, 1))), StringComparison.Ordinal);
        Assert.Contains("zip archive", Message(folder.Write("x.zip", "PK\x03\x04 and more"u8)), StringComparison.Ordinal);
        Assert.Contains("not 2", Assert.Throws<DataException>(() => Open(folder.Path, 2, 2)).Message, StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<DataException>(() => Open(path, 2, null)).Message;
    }

    [Fact]
    public void Links_are_followed_once_and_neither_loops_nor_devices_hang()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "symbolic links need a privilege there");
        using var folder = new TempFolder();
        using var elsewhere = new TempFolder();
        folder.Write("a/1.png", Flat(1, 1));
        elsewhere.Write("2.png", Flat(2, 1));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "a", "up"), folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "b"), elsewhere.Path);
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Path, "back"), Path.Combine(folder.Path, "a"));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "self"), Path.Combine(folder.Path, "self"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "c.png"), Path.Combine(elsewhere.Path, "2.png"));
        using var data = Open(folder.Path, 1, null);
        Assert.Equal(["a/1.png", "b/2.png", "c.png"], data.Names);

        File.CreateSymbolicLink(Path.Combine(folder.Path, "d.png"), Path.Combine(folder.Path, "d.png"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "e.png"), Path.Combine(folder.Path, "gone.png"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "f.png"), "/dev/zero");
        System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder.Path, "g.png")]).WaitForExit();
        var log = new List<string>();
        Assert.Throws<DataException>(() => ImageDataset.Open(folder.Path, 1, null, 2, skipBadImages: false, log.Add));
        Assert.Equal(["bad d.png", "bad e.png", "bad f.png", "bad g.png"], log.Select(static l => l.Split(':')[0]));
    }

    [Fact]
    public void Idx_files_are_found_where_torchvision_puts_them()
    {
        foreach (var place in (string[])["", "raw", "MNIST/raw"])
        {
            using var folder = new TempFolder();
            folder.Write(Path.Combine(place, "t10k-images-idx3-ubyte"), IdxFileTests.Images(2, 4, 4));
            folder.Write(Path.Combine(place, "t10k-labels-idx1-ubyte"), IdxFileTests.Labels(2));
            using (var test = Open(folder.Path, 4, null))
            {
                Assert.Equal((2, 1), (test.Count, test.Channels));
                Assert.Equal(IdxFileTests.Images(2, 4, 4)[16..], All(test));
                Assert.Equal([0, 1], test.Labels!);
            }
            folder.Write(Path.Combine(place, "train-images-idx3-ubyte.gz"), IdxFileTests.Zip(IdxFileTests.Images(5, 4, 4), true));
            using var train = Open(folder.Path, 8, 3);
            Assert.Equal((5, 8, 3), (train.Count, train.Height, train.Channels));
            Assert.Null(train.Labels);
        }
    }

    [Fact]
    public void Wrong_labels_are_left_out_with_a_note()
    {
        using var folder = new TempFolder();
        var images = folder.Write("x-images-idx3-ubyte", IdxFileTests.Images(2, 4, 4));
        folder.Write("x-labels-idx1-ubyte", IdxFileTests.Labels(3));
        var log = new List<string>();
        using var data = ImageDataset.Open(images, 4, null, 1, false, log.Add);
        Assert.Null(data.Labels);
        Assert.Contains("has 3 for 2 images", Assert.Single(log), StringComparison.Ordinal);
    }

    private static ImageDataset Open(string path, int size, int? channels, int workers = 2) =>
        ImageDataset.Open(path, size, channels, workers, skipBadImages: false, _ => { });

    private static byte[] HashOf(TempFolder folder)
    {
        using var data = Open(folder.Path, 2, null);
        return data.ContentHash;
    }

    private static byte[] All(ImageDataset data) => [.. Enumerable.Range(0, data.Count).SelectMany(i => data.Image(i).ToArray())];

    private static byte[] Flat(int value, int channels)
    {
        var pixels = new byte[3 * 2 * channels];
        pixels.AsSpan().Fill((byte)value);
        return PngEncoder.Encode(3, 2, channels, pixels);
    }
}
