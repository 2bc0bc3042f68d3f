using Gan.Tests.Pictures;
using Gan.Train.Data.Codecs;
using Xunit;

namespace Gan.Tests.EndToEnd;

/// <summary>gan-train generate --interpolate and --arithmetic.</summary>
public sealed class LatentPicturesTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>The way passes through the very images of the latents, in the animation and in the strip.</summary>
    [Fact]
    public void TheWayPassesThroughTheImages()
    {
        string folder = Generate(GanTrain.Mlp, "--count 3 --interpolate 4");
        Assert.Equal(["000000.png", "000001.png", "000002.png", "grid.png", "interpolation.gif", "interpolation.png"], GanTrain.Files(folder));
        (List<DecodedFrame> frames, int? loops) = GifDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, "interpolation.gif")));
        DecodedImage strip = Read(folder, "interpolation.png");
        Assert.Equal((0, 12, 5 * 30 + 2, 3 * 30 + 2), (loops, frames.Count, strip.Width, strip.Height));
        for (int i = 0; i < 3; i++)
        {
            DecodedImage image = Read(folder, $"00000{i}.png");
            Assert.Equal(image.Pixels, Tile(strip, i, 0, 28));
            Assert.Equal(image.Pixels, Tile(strip, (i + 2) % 3, 4, 28));
            Assert.NotEqual(image.Pixels, Tile(strip, i, 2, 28));
            DecodedFrame frame = frames[4 * i];
            Assert.Equal((112, 112), (frame.Width, frame.Height));
            for (int p = 0; p < 784; p++)
            {
                Assert.Equal(image.Pixels[p], frame.Rgb[(p / 28 * 4 * 112 + p % 28 * 4) * 3]);
            }
        }
        byte[] shown = [.. Enumerable.Range(0, 784).Select(p => frames[7].Rgb[(p / 28 * 4 * 112 + p % 28 * 4) * 3])];
        Assert.Equal(Tile(strip, 1, 3, 28), shown);
    }

    [Fact]
    public void SphericalAndLinearDiffer()
    {
        byte[] Middle(string kind) => Tile(Read(Generate(GanTrain.Mlp, $"--count 2 --interpolate 2 --interpolation {kind}", kind), "interpolation.png"), 0, 1, 28);
        Assert.NotEqual(Middle("spherical"), Middle("linear"));
    }

    [Fact]
    public void ColourAnimationsStayNear()
    {
        string folder = Generate(GanTrain.Dcgan, "--count 2 --interpolate 3");
        (List<DecodedFrame> frames, _) = GifDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, "interpolation.gif")));
        DecodedImage image = Read(folder, "000001.png");
        Assert.Equal((6, 128), (frames.Count, frames[3].Width));
        double error = Enumerable.Range(0, 32 * 32 * 3).Average(i => Math.Abs(image.Pixels[i] - frames[3].Rgb[((i / 96 * 4 + 1) * 128 + i / 3 % 32 * 4 + 1) * 3 + i % 3]));
        Assert.InRange(error, 0, 12);
    }

    /// <summary>A - A + B is B, by images of one; a mean of two is neither.</summary>
    [Fact]
    public void ArithmeticShowsSetsAndResult()
    {
        string folder = Generate(GanTrain.Dcgan, "--count 5 --arithmetic 2-2+4,0-4,0+3");
        DecodedImage picture = Read(folder, "arithmetic.png"), neighbours = Read(folder, "arithmetic_neighbours.png"), three = Read(folder, "000003.png");
        Assert.Equal((3 * 34 + 2, 6 * 34 + 2), (picture.Width, picture.Height));
        Assert.Equal(Read(folder, "000002.png").Pixels, Tile(picture, 0, 0, 32));
        Assert.Equal(Read(folder, "000002.png").Pixels, Tile(picture, 0, 1, 32));
        Assert.All(Tile(picture, 0, 2, 32), static p => Assert.Equal(0, p));
        Assert.Equal(Read(folder, "000004.png").Pixels, Tile(picture, 2, 1, 32));
        Assert.Equal(Read(folder, "000000.png").Pixels, Tile(picture, 2, 2, 32));
        Assert.NotEqual(Read(folder, "000000.png").Pixels, Tile(picture, 2, 0, 32));
        // The sums are rounded to float32 on the way, so pixels may differ by one.
        Assert.All(three.Pixels.Zip(Tile(picture, 5, 0, 32)), static p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 1));
        Assert.Equal(Tile(picture, 5, 0, 32), Tile(neighbours, 1, 1, 32));
        Assert.Equal((3 * 34 + 2, 3 * 34 + 2), (neighbours.Width, neighbours.Height));
        Assert.NotEqual(Tile(neighbours, 1, 1, 32), Tile(neighbours, 0, 0, 32));
    }

    [Theory]
    [InlineData("--count 1 --interpolate 3", "give --count 2 or more")]
    [InlineData("--count 100 --interpolate 21", "2100 pictures, 2048 are possible")]
    [InlineData("--count 4 --arithmetic 0-4", "image 4 is not among the 4")]
    [InlineData("--count 4 --interpolate 3 --batch-stats", "--interpolate and --batch-stats exclude each other")]
    public void WhatCannotBeIsRefusedBeforeAnythingIsWritten(string options, string expected)
    {
        string run = Train(GanTrain.Mlp);
        Assert.Contains(expected, GanTrain.Run($"generate --netG {run} --out {_temp.At("pictures")} {options}").Expect(2).Error);
        Assert.False(Directory.Exists(_temp.At("pictures")));
    }

    private static DecodedImage Read(string folder, string name) => ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, name)), DecodeLimits.Default);

    private static byte[] Tile(DecodedImage grid, int row, int column, int size)
    {
        List<byte> tile = [];
        for (int y = 0; y < size; y++)
        {
            int at = ((2 + row * (size + 2) + y) * grid.Width + 2 + column * (size + 2)) * grid.Channels;
            tile.AddRange(grid.Pixels.AsSpan(at, size * grid.Channels));
        }
        return [.. tile];
    }

    private string Train(string options)
    {
        string run = _temp.At("run");
        if (!Directory.Exists(run))
        {
            GanTrain.Run($"{options} --steps 4 --out {run}").Expect(0);
        }
        return run;
    }

    private string Generate(string model, string options, string name = "pictures")
    {
        string folder = _temp.At(name);
        GanTrain.Run($"generate --netG {Train(model)} --out {folder} {options}").Expect(0);
        return folder;
    }
}
