using Gan.Train.Data.Codecs;
using Gan.Train.Data.Codecs.Png;
using Xunit;

namespace Gan.Tests.Data;

public class PngEncoderTests
{
    [Theory]
    [InlineData(1, 1, 1), InlineData(1, 1, 3), InlineData(17, 9, 1), InlineData(9, 17, 3), InlineData(530, 530, 3), InlineData(70000, 1, 1), InlineData(1, 300, 3)]
    public void Decoding_gives_the_pixels_back(int width, int height, int channels)
    {
        foreach (var smooth in (bool[])[false, true])
        {
            var pixels = new byte[width * height * channels];
            new Random(7).NextBytes(pixels);
            for (var i = 0; smooth && i < pixels.Length; i++)
            {
                pixels[i] = (byte)((i / channels % width + i / channels / width) * (i % channels + 1) / 2 + (pixels[i] & 1));
            }
            foreach (var fast in (bool[])[false, true])
            {
                var image = ImageDecoder.Decode(PngEncoder.Encode(width, height, channels, pixels, fast), DecodeLimits.Default);
                Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
                Assert.True(pixels.AsSpan().SequenceEqual(image.Pixels));
            }
        }
    }

    [Fact]
    public void Filters_pay_on_a_smooth_picture()
    {
        var pixels = new byte[256 * 256 * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(i / 3 % 256 * 2 / 3 + i / 3 / 256 / 3);
        }
        Assert.InRange(PngEncoder.Encode(256, 256, 3, pixels).Length, 100, pixels.Length / 40);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        Assert.Contains("need 12 bytes", Assert.Throws<ArgumentException>(() => PngEncoder.Encode(2, 2, 3, new byte[4])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PngEncoder.Encode(2, 2, 4, new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PngEncoder.Encode(0, 2, 1, []));
    }
}
