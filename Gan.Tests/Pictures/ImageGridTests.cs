using Gan.Train.Reports;
using Xunit;

namespace Gan.Tests.Pictures;

public class ImageGridTests
{
    [Theory]
    [InlineData(64, 64, 64, 3, 8, 2, 530, 530)] // real_samples.png: 8*(64+2)+2
    [InlineData(16, 28, 28, 1, 4, 2, 122, 122)] // mlp samples, 4x4
    [InlineData(5, 2, 3, 3, 4, 1, 17, 7)] // the last row is not full
    [InlineData(3, 2, 3, 1, 8, 2, 17, 6)] // fewer images than a row holds
    [InlineData(4, 2, 3, 1, 2, 0, 6, 4)]
    public void TilesLieWhereTorchvisionPutsThem(int count, int height, int width, int channels, int perRow, int padding, int gridWidth, int gridHeight)
    {
        var images = new byte[count * height * width * channels];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = (byte)(1 + i % 255);
        }

        var grid = ImageGrid.FromBytes(images, count, height, width, channels, perRow, padding);
        Assert.Equal((gridWidth, gridHeight, channels), (grid.Width, grid.Height, grid.Channels));
        var expected = new byte[gridWidth * gridHeight * channels]; // black wherever no image lies
        for (var i = 0; i < images.Length; i++)
        {
            var (c, x, y, n) = (i % channels, i / channels % width, i / channels / width % height, i / channels / width / height);
            var row = n / perRow * (height + padding) + padding + y;
            var column = n % perRow * (width + padding) + padding + x;
            expected[(row * gridWidth + column) * channels + c] = images[i];
        }

        Assert.Equal(expected, grid.Pixels);
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 255)]
    [InlineData(-0.3f, 0)]
    [InlineData(1.7f, 255)]
    [InlineData(0.5f, 128)] // 127.5 + 0.5
    [InlineData(0.2f, 51)]
    [InlineData(0.4999f / 255f, 0)]
    [InlineData(0.51f / 255f, 1)]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, 255)]
    [InlineData(float.NegativeInfinity, 0)]
    public void FloatsBecomeBytesAsInSaveImage(float value, int expected) => Assert.Equal(expected, ImageGrid.ToByte(value));

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    public void BothLayoutsGiveTheBytesOfTheirPixels(float low)
    {
        const int Count = 3, Height = 2, Width = 4, Channels = 3;
        var bytes = new byte[Count * Height * Width * Channels];
        new Random(5).NextBytes(bytes);
        var nhwc = Array.ConvertAll(bytes, b => low == 0f ? b / 255f : b / 127.5f - 1f);
        var nchw = new float[nhwc.Length];
        for (var i = 0; i < nhwc.Length; i++)
        {
            var (c, x, y, n) = (i % Channels, i / Channels % Width, i / Channels / Width % Height, i / Channels / Width / Height);
            nchw[((n * Channels + c) * Height + y) * Width + x] = nhwc[i];
        }

        var expected = ImageGrid.FromBytes(bytes, Count, Height, Width, Channels, 2).Pixels;
        Assert.Equal(expected, ImageGrid.FromFloats(nhwc, Count, Height, Width, Channels, 2, channelsLast: true, low).Pixels);
        Assert.Equal(expected, ImageGrid.FromFloats(nchw, Count, Height, Width, Channels, 2, channelsLast: false, low).Pixels);
    }

    [Fact]
    public void WrongLengthsAreRefusedWithBothNumbers()
    {
        var error = Assert.Throws<ArgumentException>(() => ImageGrid.FromBytes(new byte[11], 1, 2, 2, 3, 8));
        Assert.Contains("12 samples, found 11", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ImageGrid.FromBytes(new byte[8], 1, 2, 2, 2, 8));
        Assert.Throws<ArgumentException>(() => ImageGrid.FromBytes([], 0, 2, 2, 3, 8));
    }
}
