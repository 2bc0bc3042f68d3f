using Gan.Kernels.Cpu;
using Gan.Train.Data;
using Gan.Train.Evaluation;
using Gan.Train.Evaluation.Metrics;
using Xunit;

namespace Gan.Tests.Evaluation;

/// <summary>Values that are known without computing, and the edges: equal sets, one point, constant images.</summary>
public class MetricTests
{
    [Fact]
    public void EigenvectorsRebuildTheMatrix()
    {
        const int n = 13;
        double[] m = Symmetric(n, new Random(3));
        (double[] values, double[] vectors) = SymmetricEigen.Solve(m, n);
        for (int i = 0; i < n * n; i++)
        {
            double sum = Enumerable.Range(0, n).Sum(k => vectors[i / n * n + k] * values[k] * vectors[i % n * n + k]);
            Assert.Equal(m[i], sum, 1e-12);
        }
    }

    [Fact]
    public void FrechetDistanceOfShiftedSetsIsTheSquaredShift()
    {
        FeatureSet a = Normal(60, 6, 1), shifted = a with { Values = Array.ConvertAll(a.Values, static v => v + 2) };
        Assert.Equal(0, FrechetDistance.Compute(a, a), 1e-10);
        Assert.Equal(6 * 4, FrechetDistance.Compute(a, shifted), 1e-10);
        Assert.Equal(0, FrechetDistance.Compute(Normal(4, 6, 2), Normal(4, 6, 2)), 1e-6); // fewer points than dimensions
    }

    [Fact]
    public void PrecisionAndRecallSeeWhatIsMissing()
    {
        FeatureSet real = Normal(200, 3, 4), far = real with { Values = Array.ConvertAll(real.Values, static v => v + 1000) };
        Assert.Equal((1, 1), PrecisionRecall.Compute(real, real));
        Assert.Equal((0, 0), PrecisionRecall.Compute(real, far));
        FeatureSet collapsed = new(200, 3, [.. Enumerable.Repeat(real.Row(0).ToArray(), 200).SelectMany(static r => r)]);
        (double precision, double recall) = PrecisionRecall.Compute(real, collapsed);
        Assert.Equal((1, 0.005), (precision, recall));
    }

    [Fact]
    public void SimilarityIsOneForEqualAndFallsWithNoise()
    {
        var random = new Random(5);
        double[] image = [.. Enumerable.Range(0, 40 * 40).Select(_ => (double)random.Next(256))];
        double[] little = [.. image.Select(v => v + random.Next(-8, 9))], much = [.. image.Select(v => v + random.Next(-80, 81))];
        Assert.Equal(1, MsSsim.Compare(image, image, 40, 40), 1e-12);
        double near = MsSsim.Compare(image, little, 40, 40), farther = MsSsim.Compare(image, much, 40, 40);
        Assert.True(near is < 1 and > 0.9 && farther < near && farther >= 0, $"{near}, {farther}");
        Assert.Equal([0, 1, 1, 2, 3, 5], new[] { 10, 11, 21, 28, 64, 176 }.Select(static s => MsSsim.Scales(s, 300)));
    }

    [Fact]
    public void SlicedDistanceIsZeroForEqualPlacesAndGrowsWithBlur()
    {
        using var device = new CpuDevice();
        PixelSet a = Noise(40, 28, 1, 6), b = Noise(40, 28, 1, 7);
        PixelSet flat = a with { Pixels = new byte[a.Pixels.Length] };
        double[] same = SlicedWasserstein.Compute(device, a, b, 1), blank = SlicedWasserstein.Compute(device, a, flat, 1);
        Assert.Equal(2, same.Length);
        Assert.True(same.Zip(blank, static (s, f) => f > 5 * s).All(static larger => larger), $"{string.Join(", ", same)}; {string.Join(", ", blank)}");
        Assert.Equal([0.0, 0.0], SlicedWasserstein.Compute(device, flat, flat, 1));
        Assert.Equal([(28, 28), (14, 14)], SlicedWasserstein.Levels(28, 28));
        Assert.Equal([(33, 41), (17, 21)], SlicedWasserstein.Levels(33, 41));
        Assert.Empty(SlicedWasserstein.Levels(6, 40));
    }

    [Fact]
    public unsafe void CopiesAndNeighboursAreFound()
    {
        PixelSet made = Noise(4, 8, 3, 1), real = Noise(20, 8, 3, 2);
        made.Image(2).CopyTo(real.Pixels.AsSpan(7 * real.ImageBytes));
        byte[] nearly = made.Image(1).ToArray();
        nearly[5] ^= 1;
        nearly.CopyTo(real.Pixels, 11 * real.ImageBytes);
        var pixels = new NativePixels(real.Pixels.Length);
        real.Pixels.CopyTo(pixels.Slice(0, real.Pixels.Length));
        using ImageDataset images = ImageDataset.FromPixels("test", 20, 8, 8, 3, pixels, null);
        int[][] nearest = NearestImages.Find(made, images, 4, 3);
        Assert.Equal((11, 7), (nearest[1][0], nearest[2][0]));
        Assert.Equal([3, 3, 3, 3], nearest.Select(static n => n.Distinct().Count()));
        Assert.Equal(0.25, NearestImages.CopyRate(made, Enumerable.Range(0, 20).Select(i => (ReadOnlyMemory<byte>)images.Image(i).ToArray())));
    }

    [Fact]
    public void HalvesAreDisjointAndHeldOutImagesAreNotLearnedFrom()
    {
        var pixels = new NativePixels(50);
        for (int i = 0; i < 50; i++)
        {
            pixels.Slice(i, 1)[0] = (byte)i;
        }
        using ImageDataset images = ImageDataset.FromPixels("test", 50, 1, 1, 1, pixels, null);
        var real = new RealImages(images, 3);
        byte[] first = real.Half(0, 25).Pixels, second = real.Half(1, 25).Pixels;
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => (byte)i), first.Concat(second).Order());
        Assert.Equal(Enumerable.Range(0, 50), real.Training.Concat(real.HeldOut).Order());
        Assert.Equal((40, 10), (real.Training.Length, real.HeldOut.Length));
        Assert.NotEqual(first, new RealImages(images, 4).Half(0, 25).Pixels);
        Assert.Equal(first, new RealImages(images, 3).Half(0, 25).Pixels);
    }

    private static double[] Symmetric(int n, Random random)
    {
        var m = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                m[i * n + j] = m[j * n + i] = 2 * random.NextDouble() - 1;
            }
        }
        return m;
    }

    private static FeatureSet Normal(int count, int width, int seed)
    {
        var random = new Random(seed);
        return new FeatureSet(count, width, [.. Enumerable.Range(0, count * width).Select(_ => random.NextDouble() + random.NextDouble() - random.NextDouble())]);
    }

    private static PixelSet Noise(int count, int size, int channels, int seed)
    {
        var pixels = new byte[count * size * size * channels];
        new Random(seed).NextBytes(pixels);
        return new PixelSet(count, size, size, channels, pixels);
    }
}
