using Gan.Train.Data.Codecs.Gif;
using Xunit;

namespace Gan.Tests.Pictures;

public class GifTests
{
    /// <summary>Noise fills the code table many times over; runs make codes that are used before they are known.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 300)]
    [InlineData(63, 65)]
    [InlineData(257, 251)]
    public void GreyIsExact(int width, int height)
    {
        foreach (int levels in (int[])[1, 2, 3, 17, 256])
        {
            var random = new Random(levels);
            byte[] pixels = [.. Enumerable.Range(0, width * height).Select(i => (byte)(random.Next(3) == 0 ? 7 : random.Next(levels)))];
            DecodedFrame frame = Still(GifImage.Encode(width, height, 1, pixels));
            Assert.Equal((width, height), (frame.Width, frame.Height));
            Assert.True(pixels.SelectMany(static p => new[] { p, p, p }).SequenceEqual(frame.Rgb), $"{levels} levels");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(255)]
    [InlineData(256)]
    public void FewColoursAreExact(int colours)
    {
        var random = new Random(colours);
        byte[][] palette = [.. Enumerable.Range(0, colours).Select(i => new[] { (byte)i, (byte)random.Next(256), (byte)random.Next(256) })];
        byte[] pixels = [.. Enumerable.Range(0, 90 * 40).SelectMany(i => palette[i < colours ? i : random.Next(colours)])];
        foreach (bool dither in (bool[])[false, true])
        {
            Assert.Equal(pixels, Still(GifImage.Encode(90, 40, 3, pixels, dither)).Rgb);
        }
    }

    /// <summary>A smooth picture of 65,536 colours: 256 of them come within 12 levels on average, and the means of areas stay, better so with dithering.</summary>
    [Fact]
    public void ManyColoursComeNear()
    {
        byte[] pixels = [.. Enumerable.Range(0, 256 * 256).SelectMany(static i => new[] { (byte)(i % 256), (byte)(i / 256), (byte)((i % 256 + i / 256) / 2) })];
        byte[] plain = Still(GifImage.Encode(256, 256, 3, pixels)).Rgb, dithered = Still(GifImage.Encode(256, 256, 3, pixels, dither: true)).Rgb;
        Assert.True(plain.Chunk(3).Select(static c => c[0] << 16 | c[1] << 8 | c[2]).Distinct().Count() is > 200 and <= 256);
        Assert.InRange(plain.Zip(pixels, static (a, b) => Math.Abs(a - b)).Average(), 0.1, 6);
        Assert.InRange(dithered.Zip(pixels, static (a, b) => Math.Abs(a - b)).Average(), 0.1, 12);
        Assert.InRange(AreaError(dithered, pixels), 0, 0.6 * AreaError(plain, pixels));
    }

    [Fact]
    public void AnimationsLoopAndKeepTheirDelays()
    {
        byte[][] pictures = [.. Enumerable.Range(0, 5).Select(i => Enumerable.Repeat((byte)(50 * i), 6).ToArray())];
        using var stream = new MemoryStream();
        GifFile.Write(stream, [.. pictures.Select((p, i) => new GifFrame(GifImage.Encode(3, 2, 1, p), 10 + i))]);
        (List<DecodedFrame> frames, int? loops) = GifDecoder.Decode(stream.ToArray());
        Assert.Equal(0, loops);
        Assert.Equal([10, 11, 12, 13, 14], frames.Select(static f => f.Delay));
        Assert.Equal([0, 50, 100, 150, 200], frames.Select(static f => (int)f.Rgb[17]));
    }

    [Fact]
    public void WhatAGifCannotHoldIsRefused()
    {
        Assert.Throws<ArgumentException>(static () => GifImage.Encode(70_000, 1, 1, new byte[70_000]));
        Assert.Throws<ArgumentException>(static () => GifImage.Encode(2, 2, 3, new byte[11]));
        GifImage one = GifImage.Encode(1, 1, 1, [0]), other = GifImage.Encode(2, 1, 1, [0, 0]);
        Assert.Throws<ArgumentException>(() => GifFile.Write(new MemoryStream(), [new(one, 1), new(other, 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(static () => GifFile.Write(new MemoryStream(), []));
    }

    private static DecodedFrame Still(GifImage image)
    {
        (List<DecodedFrame> frames, int? loops) = GifDecoder.Decode(GifFile.Still(image));
        Assert.Null(loops);
        return Assert.Single(frames);
    }

    /// <summary>Mean difference of the means of 8x8 squares.</summary>
    private static double AreaError(byte[] a, byte[] b)
    {
        double sum = 0;
        for (int square = 0; square < 32 * 32; square++)
        {
            for (int c = 0; c < 3; c++)
            {
                int difference = 0;
                for (int i = 0; i < 64; i++)
                {
                    int at = ((square / 32 * 8 + i / 8) * 256 + square % 32 * 8 + i % 8) * 3 + c;
                    difference += a[at] - b[at];
                }
                sum += Math.Abs(difference) / 64.0;
            }
        }
        return sum / (32 * 32 * 3);
    }
}
