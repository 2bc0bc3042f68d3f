using System.Buffers.Binary;
using System.IO.Compression;
using Gan.Train.Data;
using Xunit;

namespace Gan.Tests.Data;

public class IdxFileTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void Images_and_labels_are_read_plain_and_gzip(bool zipped)
    {
        using var folder = new TempFolder();
        // Names say the opposite of the content: only the content counts.
        var images = folder.Write(zipped ? "a" : "a.gz", Zip(Images(3, 4, 5), zipped));
        var labels = folder.Write("b", Zip(Labels(3), zipped));
        using var idx = IdxFile.ReadImages(images);
        Assert.Equal((3, 4, 5), (idx.Count, idx.Height, idx.Width));
        Assert.Equal(Images(3, 4, 5)[16..], idx.Pixels.Slice(0, 60).ToArray());
        Assert.Equal([0, 1, 2], IdxFile.ReadLabels(labels));
    }

    [Fact]
    public void Every_truncation_and_every_trailing_byte_is_refused()
    {
        using var folder = new TempFolder();
        var (plain, zipped) = (Images(2, 3, 3), Zip(Images(2, 3, 3), true));
        for (var length = 0; length < plain.Length; length++)
        {
            Refuses(folder, plain[..length]);
        }
        for (var length = 0; length < zipped.Length; length++)
        {
            Refuses(folder, zipped[..length]);
        }
        Assert.Contains("goes on after", Refuses(folder, [.. plain, 0]), StringComparison.Ordinal);
        Assert.Contains("goes on after", Refuses(folder, Zip([.. plain, 0], true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_gzip_data_is_refused()
    {
        using var folder = new TempFolder();
        var zipped = Zip(Images(20, 9, 9), true);
        zipped[^6] ^= 1; // the CRC
        Assert.Contains("damaged gzip", Refuses(folder, zipped), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_given_as_images_name_the_images_beside_them()
    {
        using var folder = new TempFolder();
        var labels = folder.Write("train-labels-idx1-ubyte", Labels(3));
        Assert.Contains("holds labels, not images", Assert.Throws<DataException>(() => IdxFile.ReadImages(labels)).Message, StringComparison.Ordinal);
        var images = folder.Write("train-images-idx3-ubyte.gz", Zip(Images(3, 2, 2), true));
        Assert.Contains(images, Assert.Throws<DataException>(() => IdxFile.ReadImages(labels)).Message, StringComparison.Ordinal);
        Assert.Contains("holds images", Assert.Throws<DataException>(() => IdxFile.ReadLabels(images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_kinds_and_bombs_are_named()
    {
        using var folder = new TempFolder();
        Assert.Contains("type 0D with 3", Refuses(folder, [0, 0, 0x0D, 3, .. new byte[20]]), StringComparison.Ordinal);
        Assert.Contains("no IDX file", Refuses(folder, "hello there, this is text"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("declares 0 images", Refuses(folder, Images(0, 2, 2)), StringComparison.Ordinal);
        var bomb = Images(1, 2, 2);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(4), uint.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(8), 60000);
        Assert.Contains("limit", Refuses(folder, bomb), StringComparison.Ordinal);
        Assert.Contains("limit", Refuses(folder, Zip(bomb, true)), StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(4), 1000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(8), 1000);
        Assert.Contains("truncated", Refuses(folder, Zip(bomb, true)), StringComparison.Ordinal);
    }

    public static byte[] Images(int count, int height, int width)
    {
        var file = new byte[16 + count * height * width];
        file[2] = 8;
        file[3] = 3;
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), height);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), width);
        new Random(5).NextBytes(file.AsSpan(16));
        return file;
    }

    public static byte[] Labels(int count)
    {
        var file = new byte[8 + count];
        file[2] = 8;
        file[3] = 1;
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        for (var i = 0; i < count; i++)
        {
            file[8 + i] = (byte)i;
        }
        return file;
    }

    public static byte[] Zip(byte[] data, bool zipped)
    {
        if (!zipped)
        {
            return data;
        }
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }
        return memory.ToArray();
    }

    private static string Refuses(TempFolder folder, byte[] bytes)
    {
        var path = folder.Write("x", bytes);
        return Assert.Throws<DataException>(() => IdxFile.ReadImages(path).Dispose()).Message;
    }
}
