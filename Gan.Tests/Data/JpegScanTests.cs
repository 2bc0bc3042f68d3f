using System.Buffers.Binary;
using System.Diagnostics;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.Data;

/// <summary>Progressive scan scripts that no encoder writes, made by hand: DC differences are all zero, AC bands empty.</summary>
public class JpegScanTests
{
    [Theory]
    [InlineData("0 0 0 1; 0 0 1 0; 1 63 0 1; 1 63 1 0", true)] // DC, its last bit, AC, its last bit
    [InlineData("0 0 0 0", true)] // DC alone is a whole, if blocky, image
    [InlineData("1 63 0 0; 0 0 0 0", false)] // AC before DC
    [InlineData("0 0 0 1; 0 0 1 0; 0 0 1 0", false)] // the same bit twice
    [InlineData("0 0 0 2; 0 0 1 0", false)] // a bit left out
    [InlineData("0 0 0 0; 1 5 0 0; 5 9 0 0", false)] // a coefficient twice
    [InlineData("0 5 0 0", false)] // DC and AC together
    [InlineData("0 0 0 14", false)] // no such bit
    [InlineData("0 0 0 0; 9 8 0 0", false)]
    [InlineData("0 0 0 0; 1 64 0 0", false)]
    public void Scans_follow_one_another_as_the_standard_says(string script, bool good)
    {
        var scans = script.Split("; ").Select(s => Array.ConvertAll(s.Split(' '), int.Parse)).Select(s => (s[0], s[1], s[2], s[3]));
        var file = Progressive(16, 16, scans);
        if (good)
        {
            Assert.All(ImageDecoder.Decode(file, DecodeLimits.Default).Pixels, p => Assert.Equal(128, p));
        }
        else
        {
            Assert.Contains("scan header", Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(file, DecodeLimits.Default)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact, Trait("Category", "Long")]
    public void Endless_scans_over_a_large_image_are_refused()
    {
        var scans = new List<(int, int, int, int)> { (0, 0, 0, 0) };
        for (var bit = 13; bit >= 0; bit--)
        {
            scans.AddRange(Enumerable.Range(1, 63).Select(k => (k, k, bit == 13 ? 0 : bit + 1, bit)));
        }
        var file = Progressive(8192, 8192, scans);
        Assert.InRange(file.Length, 100_000, 500_000);
        var watch = Stopwatch.StartNew();
        var e = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(file, DecodeLimits.Default));
        Assert.Contains("more scans", e.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    private static byte[] Progressive(int width, int height, IEnumerable<(int Start, int End, int High, int Low)> scans)
    {
        var blocks = (width + 7) / 8 * ((height + 7) / 8);
        using var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        var size = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(size.AsSpan(2), (ushort)width);
        Segment(file, 0xC2, [8, .. size, 1, 1, 0x11, 0]);
        Segment(file, 0xC4, [0x00, 1, .. new byte[15], 0]); // DC: code 0 is "no difference"
        // AC: code 0 is "this block is done", in large images "2^14 and more blocks are done" with 14 bits after it.
        var large = blocks >= 1 << 14;
        Segment(file, 0xC4, [0x10, 1, .. new byte[15], (byte)(large ? 0xE0 : 0)]);
        foreach (var (start, end, high, low) in scans)
        {
            Segment(file, 0xDA, [1, 1, 0, (byte)start, (byte)end, (byte)(high << 4 | low)]);
            file.Write(start > 0 && large ? Runs(blocks) : new byte[(blocks + 7) / 8]);
        }
        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    /// <summary>Runs of 2^14 empty blocks.</summary>
    private static byte[] Runs(int blocks)
    {
        var bits = string.Concat(Enumerable.Repeat("0" + new string('0', 14), blocks >> 14));
        return [.. bits.PadRight((bits.Length + 7) / 8 * 8, '1').Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];
    }

    private static void Segment(Stream file, byte marker, byte[] data)
    {
        file.Write([0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2)]);
        file.Write(data);
    }
}
