using System.Diagnostics.CodeAnalysis;

namespace Gan.Train.Reports;

/// <summary>A finished picture: Height x Width x Channels bytes.</summary>
[SuppressMessage("Performance", "CA1819", Justification = "A picture is its bytes.")]
internal sealed record Picture(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>The left upper part, at most as large as the picture.</summary>
    public Picture Crop(int width, int height)
    {
        (width, height) = (Math.Min(width, Width), Math.Min(height, Height));
        var cut = new byte[width * height * Channels];
        var row = width * Channels;
        for (var y = 0; y < height; y++)
        {
            Pixels.AsSpan(y * Width * Channels, row).CopyTo(cut.AsSpan(y * row));
        }

        return new Picture(width, height, Channels, cut);
    }

    /// <summary>Every pixel as a square of <paramref name="factor"/> x <paramref name="factor"/>.</summary>
    public Picture Enlarge(int factor)
    {
        if (factor <= 1)
        {
            return this;
        }

        var large = new byte[Pixels.Length * factor * factor];
        for (int y = 0, to = 0; y < Height * factor; y++)
        {
            for (var x = 0; x < Width * factor; x++, to += Channels)
            {
                Pixels.AsSpan((y / factor * Width + x / factor) * Channels, Channels).CopyTo(large.AsSpan(to));
            }
        }

        return new Picture(Width * factor, Height * factor, Channels, large);
    }
}

/// <summary>Many images as one, like torchvision's make_grid and save_image: rows of tiles with black between and around.</summary>
internal static class ImageGrid
{
    /// <summary>Black pixels between and around the tiles of a run's pictures.</summary>
    public const int Padding = 2;

    /// <summary>Tiles uint8 images, NHWC, one after the other.</summary>
    /// <param name="channels">1 stays grey, 3 is RGB.</param>
    /// <param name="perRow">Tiles a row; fewer images make a narrower grid.</param>
    public static Picture FromBytes(ReadOnlySpan<byte> nhwc, int count, int height, int width, int channels, int perRow, int padding = Padding)
    {
        Check(nhwc.Length, count, height, width, channels, perRow, padding);
        var grid = Blank(count, height, width, channels, perRow, padding);
        var row = width * channels;
        for (var n = 0; n < count; n++)
        {
            for (var y = 0; y < height; y++)
            {
                nhwc.Slice((n * height + y) * row, row).CopyTo(grid.Pixels.AsSpan(Offset(grid, n, y, height, width, perRow, padding)));
            }
        }

        return grid;
    }

    /// <summary>Tiles float images in [low, 1]: low 0 for a sigmoid's output, -1 for a tanh's. Values outside are clamped, NaN is black.</summary>
    /// <param name="channelsLast">True for NHWC, false for NCHW.</param>
    public static Picture FromFloats(
        ReadOnlySpan<float> images, int count, int height, int width, int channels, int perRow, bool channelsLast, float low, int padding = Padding)
    {
        Check(images.Length, count, height, width, channels, perRow, padding);
        if (low is not (0f or -1f))
        {
            throw new ArgumentOutOfRangeException(nameof(low), low, $"ImageGrid: pixels run from 0 or from -1 to 1, not from {low}.");
        }

        var grid = Blank(count, height, width, channels, perRow, padding);
        // Steps from one sample to the next along c, x and y.
        var (dc, dx, dy) = channelsLast ? (1, channels, width * channels) : (height * width, 1, width);
        for (var n = 0; n < count; n++)
        {
            for (var y = 0; y < height; y++)
            {
                var target = Offset(grid, n, y, height, width, perRow, padding);
                var source = n * height * width * channels + y * dy;
                for (var x = 0; x < width; x++)
                {
                    for (var c = 0; c < channels; c++)
                    {
                        var value = images[source + x * dx + c * dc];
                        grid.Pixels[target++] = ToByte(low == 0f ? value : value * 0.5f + 0.5f);
                    }
                }
            }
        }

        return grid;
    }

    /// <summary>torchvision's save_image: mul(255).add(0.5).clamp(0, 255).to(uint8), which cuts the fraction off.</summary>
    public static byte ToByte(float value)
    {
        var scaled = value * 255f + 0.5f;
        return scaled > 0f ? (byte)MathF.Min(scaled, 255f) : (byte)0; // NaN compares false
    }

    private static Picture Blank(int count, int height, int width, int channels, int perRow, int padding)
    {
        var columns = Math.Min(count, perRow);
        var rows = (count + perRow - 1) / perRow;
        var gridWidth = columns * (width + padding) + padding;
        var gridHeight = rows * (height + padding) + padding;
        var bytes = (long)gridWidth * gridHeight * channels;
        if (bytes > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count,
                $"ImageGrid: {count} images of {width}x{height} make a picture of {bytes} bytes; show fewer.");
        }

        return new Picture(gridWidth, gridHeight, channels, new byte[bytes]);
    }

    /// <summary>Where row y of image n begins in the grid's bytes.</summary>
    private static int Offset(Picture grid, int n, int y, int height, int width, int perRow, int padding)
    {
        var top = n / perRow * (height + padding) + padding + y;
        var left = n % perRow * (width + padding) + padding;
        return (top * grid.Width + left) * grid.Channels;
    }

    private static void Check(int length, int count, int height, int width, int channels, int perRow, int padding)
    {
        if (count < 1 || height < 1 || width < 1 || perRow < 1 || padding < 0 || channels is not (1 or 3))
        {
            throw new ArgumentException(
                $"ImageGrid: {count} images of {height}x{width}x{channels}, {perRow} a row, padding {padding}; every size must be at least 1, channels 1 or 3.");
        }

        if (length != (long)count * height * width * channels)
        {
            throw new ArgumentException(
                $"ImageGrid: {count} images of {height}x{width}x{channels} are {(long)count * height * width * channels} samples, found {length}.");
        }
    }
}
