using System.Security.Cryptography;
using Gan.Train.Data.Synthetic;
using Xunit;

namespace Gan.Tests.Pictures;

public unsafe class SyntheticFacesTests
{
    private const ulong Seed = 999;

    [Theory]
    [InlineData(0, 64, "50794FE9B736DC64")]
    [InlineData(1, 64, "642090AF75C1EE9F")]
    [InlineData(4095, 64, "40D285309B4B1229")]
    [InlineData(7, 32, "F37DE3986F06A59F")]
    [InlineData(7, 128, "6DF74F00DEAAA180")]
    public void PicturesAreTheSameOnEveryMachine(int index, int size, string hash)
    {
        var picture = new byte[size * size * 3];
        SyntheticFaces.Render(Seed, index, size, picture);
        Assert.Equal(hash, Convert.ToHexString(SHA256.HashData(picture))[..16]);
    }

    [Fact]
    public void ThreadsDoNotChangeThePictures()
    {
        const int Count = 96, Bytes = 64 * 64 * 3;
        var one = Filled(Count, 64, workers: 1);
        Assert.Equal(one, Filled(Count, 64, workers: 2));
        var alone = new byte[Bytes];
        // Sizes in between must leave nothing behind in the painter.
        SyntheticFaces.Render(Seed, 3, 128, new byte[128 * 128 * 3]);
        foreach (var index in (int[])[0, 17, Count - 1])
        {
            SyntheticFaces.Render(Seed, index, 64, alone);
            Assert.Equal(alone, one[(index * Bytes)..((index + 1) * Bytes)]);
        }
    }

    /// <summary>The drawing does not depend on the resolution: a large face shrunk is nearly the small face.</summary>
    [Fact]
    public void AFaceIsTheSamePersonAtEverySize()
    {
        byte[] large = new byte[128 * 128 * 3], small = new byte[64 * 64 * 3];
        for (var index = 0; index < 20; index++)
        {
            SyntheticFaces.Render(Seed, index, 128, large);
            SyntheticFaces.Render(Seed, index, 64, small);
            var difference = 0.0;
            for (var y = 0; y < 64; y++)
            {
                for (var x = 0; x < 64 * 3; x++)
                {
                    var (column, c) = (x / 3, x % 3);
                    var at = (2 * y * 128 + 2 * column) * 3 + c;
                    var shrunk = (large[at] + large[at + 3] + large[at + 128 * 3] + large[at + 128 * 3 + 3]) / 4.0;
                    difference += Math.Abs(shrunk - small[y * 64 * 3 + x]);
                }
            }

            Assert.True(difference / small.Length < 4.0, $"face {index}: mean difference {difference / small.Length:F2} of 255");
        }
    }

    [Fact]
    public void PicturesVary()
    {
        const int Count = 256, Bytes = 64 * 64 * 3;
        var pixels = Filled(Count, 64, workers: 2);
        // Standard deviation over the pictures, at the forehead-to-chin middle and in the corners, all well away from 0.
        foreach (var (x, y) in ((int, int)[])[(32, 32), (32, 14), (32, 44), (3, 3), (60, 60), (22, 32)])
        {
            var values = Enumerable.Range(0, Count).Select(n => (double)pixels[n * Bytes + (y * 64 + x) * 3 + 1]).ToArray();
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            Assert.True(deviation > 20, $"pixel {x},{y}: green deviates only {deviation:F1}");
        }

        var distinct = Enumerable.Range(0, Count).Select(n => Convert.ToHexString(SHA256.HashData(pixels.AsSpan(n * Bytes, Bytes)))).Distinct();
        Assert.Equal(Count, distinct.Count());
    }

    [Fact]
    public void EveryAttributeOccurs()
    {
        var faces = Enumerable.Range(0, SyntheticFaces.DefaultCount).Select(i => SyntheticFaces.Attributes(Seed, i)).ToArray();
        Assert.Equal(Enum.GetValues<Beard>().Length, faces.Select(f => f.Beard).Distinct().Count());
        Assert.Equal(Enum.GetValues<Glasses>().Length, faces.Select(f => f.Glasses).Distinct().Count());
        Assert.Equal(Enum.GetValues<Hairline>().Length, faces.Select(f => f.Style.Line).Distinct().Count());
        Assert.Equal(Enum.GetValues<HairExtra>().Length, faces.Select(f => f.Style.Extra).Distinct().Count());
        Assert.Contains(faces, f => f.Bald);
        Assert.Contains(faces, f => f.Earrings);
        Assert.Contains(faces, f => f.Freckles);
        Assert.Contains(faces, f => f.Style.BackEnd > 1.2f);
        Assert.InRange(faces.Count(f => f.MouthOpen > 0) / (double)faces.Length, 0.3, 0.55);
        // Skin from dark to light, turned and smiling both ways.
        Assert.True(faces.Min(f => f.Skin.R) < 0.42f && faces.Max(f => f.Skin.R) > 0.93f);
        Assert.True(faces.Min(f => f.Yaw) < -0.1f && faces.Max(f => f.Yaw) > 0.1f);
        Assert.True(faces.Min(f => f.Smile) < -0.2f && faces.Max(f => f.Smile) > 0.8f);
    }

    /// <summary>The mean of many faces still has a face's layout: the middle is skin, redder than blue; eyes are darker than cheeks.</summary>
    [Fact]
    public void TheMeanFaceIsAFace()
    {
        const int Count = 400, Bytes = 64 * 64 * 3;
        var pixels = Filled(Count, 64, workers: 2);
        double Mean(int x, int y, int c) => Enumerable.Range(0, Count).Average(n => (double)pixels[n * Bytes + (y * 64 + x) * 3 + c]);
        Assert.True(Mean(32, 38, 0) > Mean(32, 38, 2) + 30, "the middle should be skin");
        Assert.True(Mean(25, 34, 1) < Mean(24, 40, 1) - 8, "eyes should be darker than cheeks");
        Assert.True(Mean(39, 34, 1) < Mean(40, 40, 1) - 8, "eyes should be darker than cheeks");
        Assert.True(Mean(32, 9, 0) < Mean(32, 24, 0), "hair should be darker than the forehead");
    }

    private static byte[] Filled(int count, int size, int workers)
    {
        var bytes = new byte[count * size * size * 3];
        fixed (byte* p = bytes)
        {
            SyntheticFaces.Fill(Seed, count, size, workers, (nint)p);
        }

        return bytes;
    }
}
