using Gan.Train.Data;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.Data;

public class DecoderTests
{
    public static TheoryData<string> Files(string kind) => [.. Corpus.Entries.Where(e => e.Kind == kind).Select(e => e.File)];

    [Theory, MemberData(nameof(Files), "decode")]
    public void Pixels_are_those_of_the_reference_decoder(string file)
    {
        var entry = Corpus.Entries.Single(e => e.Kind == "decode" && e.File == file);
        var image = ImageDecoder.Decode(Corpus.File(file), DecodeLimits.Default);
        Assert.Equal((entry.Width, entry.Height, entry.Channels), (image.Width, image.Height, image.Channels));
        var expected = Corpus.Expected(entry);
        if (!file.EndsWith(".jpg", StringComparison.Ordinal))
        {
            Assert.True(expected.SequenceEqual(image.Pixels), "a lossless format decodes exactly");
            return;
        }
        // The contract is 2 levels and a mean of 0.5; with the same integer transform the result is the same to the bit.
        Close(expected, image.Pixels, most: 0, mean: 0);
    }

    [Fact]
    public void Each_resized_image_is_that_of_the_reference()
    {
        foreach (var entry in Corpus.Entries.Where(e => e.Kind == "pipeline"))
        {
            var pixels = new byte[entry.Size * entry.Size * entry.Channels];
            ImagePipeline.Load(Corpus.File(entry.File), entry.Size, entry.Channels, DecodeLimits.Default, pixels);
            Close(Corpus.Expected(entry), pixels, most: 0, mean: 0, entry.ToString());
        }
    }

    [Theory, MemberData(nameof(Files), "refuse")]
    public void Bad_file_is_refused_with_its_reason(string file)
    {
        var entry = Corpus.Entries.Single(e => e.Kind == "refuse" && e.File == file);
        var e = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(Corpus.File(file), DecodeLimits.Default));
        Assert.Contains(entry.Word, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rgb8.png"), InlineData("grey16_adam7.png"), InlineData("pil_420_base_33x17.jpg"), InlineData("pil_420_prog_33x17.jpg")]
    [InlineData("own_420_r3_45.jpg"), InlineData("p6_255.ppm"), InlineData("p5_65535.pgm"), InlineData("p4.pbm")]
    public void Truncation_at_every_byte_is_an_error(string file)
    {
        var bytes = Corpus.File(file);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(bytes.AsSpan(0, length), DecodeLimits.Default));
        }
    }

    [Fact]
    public void A_limit_is_checked_before_memory_is_taken()
    {
        var limits = DecodeLimits.Default with { MaxPixels = 10 };
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var file in (string[])["rgb8.png", "pil_420_prog_33x17.jpg", "p6_255.ppm"])
        {
            var bytes = Corpus.File(file);
            var e = Assert.Throws<ImageFormatException>(() => ImageDecoder.Decode(bytes, limits));
            Assert.Contains("more than the limit of 10", e.Message, StringComparison.Ordinal);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData(".png", true), InlineData(".JPG", true), InlineData(".jpeg", true), InlineData(".pbm", true), InlineData(".gif", false), InlineData("", false)]
    public void Extensions_searched_for(string extension, bool expected) => Assert.Equal(expected, ImageDecoder.LooksLikeImage(extension));

    private static void Close(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int most, double mean, string? what = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, sum) = (0, 0L);
        for (var i = 0; i < expected.Length; i++)
        {
            var d = Math.Abs(expected[i] - actual[i]);
            worst = Math.Max(worst, d);
            sum += d;
        }
        Assert.True(worst <= most && sum <= mean * expected.Length,
            $"{what} differs by up to {worst} levels, on average {(double)sum / expected.Length:F3}; allowed {most} and {mean}");
    }
}
