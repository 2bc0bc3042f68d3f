using System.Text.Json;
using Gan.Kernels.Cpu;
using Gan.Tests.Golden;
using Gan.Tests.Reference;
using Gan.Train.Evaluation.Metrics;
using Xunit;

namespace Gan.Tests.Evaluation;

/// <summary>Each metric against NumPy and SciPy on the same features and images (Golden/evaluation/make_metrics.py), within 1e-4 relative.</summary>
public class MetricGoldenTests
{
    private const double Tolerance = 1e-4;
    private static readonly string Folder = Path.Combine(GoldenFile.Folder(), "..", "Golden", "evaluation");
    private readonly GoldenFile _golden = new(Path.Combine(Folder, "metrics.safetensors"));
    private readonly Dictionary<string, double> _numbers =
        JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(Path.Combine(Folder, "metrics.json")))!;

    [Theory]
    [InlineData("near")]
    [InlineData("far")]
    [InlineData("wide")]
    public void FrechetDistancePrecisionAndRecall(string name)
    {
        FeatureSet real = Features(name + "_real"), generated = Features(name + "_generated");
        Close(_numbers[name + "_frechet"], FrechetDistance.Compute(real, generated));
        Close(_numbers[name + "_frechet"], FrechetDistance.Compute(generated, real));
        (double precision, double recall) = PrecisionRecall.Compute(real, generated);
        Assert.Equal((_numbers[name + "_precision"], _numbers[name + "_recall"]), (precision, recall));
    }

    [Theory]
    [InlineData("grey28", 2)]
    [InlineData("colour41", 2)]
    [InlineData("grey64", 3)]
    [InlineData("odd", 2)]
    public void MultiScaleSimilarity(string name, int scales)
    {
        PixelSet images = Images(name + "_a");
        Assert.Equal(scales, MsSsim.Scales(images.Height, images.Width));
        Close(_numbers[name + "_ms_ssim"], MsSsim.Mean(images, [(0, 1), (1, 2), (0, images.Count - 1)]));
    }

    [Theory]
    [InlineData("grey28", 2)]
    [InlineData("colour41", 2)]
    [InlineData("grey64", 3)]
    [InlineData("odd", 2)]
    public void SlicedWassersteinDistance(string name, int levels)
    {
        using var device = new CpuDevice();
        PixelSet a = Images(name + "_a"), b = Images(name + "_b");
        (int, int)[] sizes = SlicedWasserstein.Levels(a.Height, a.Width);
        Assert.Equal(levels, sizes.Length);
        float[][] left = SlicedWasserstein.Descriptors(a, sizes, Places(name + "_places_a", levels, a.Count));
        float[][] right = SlicedWasserstein.Descriptors(b, sizes, Places(name + "_places_b", levels, b.Count));
        NdArray directions = _golden[name + "_directions"];
        for (int level = 0; level < levels; level++)
        {
            double found = 1000 * SlicedWasserstein.Distance(device, left[level], right[level], directions.Shape[0], directions.ToFloats(), directions.Shape[1]);
            Close(_numbers[$"{name}_swd_{level}"], found);
        }
    }

    private static void Close(double expected, double found) =>
        Assert.True(Math.Abs(found - expected) <= Tolerance * Math.Abs(expected), $"found {found:r}, expected {expected:r}, relative difference {Math.Abs(found / expected - 1):e1}");

    private FeatureSet Features(string name)
    {
        NdArray values = _golden[name];
        return new FeatureSet(values.Shape[0], values.Shape[1], values.Data);
    }

    private PixelSet Images(string name)
    {
        NdArray values = _golden[name];
        return new PixelSet(values.Shape[0], values.Shape[1], values.Shape[2], values.Shape[3], [.. values.Data.Select(static v => (byte)v)]);
    }

    /// <summary>[level][image, patch, (y, x)] to [image][level][patch].</summary>
    private (int Y, int X)[][][] Places(string name, int levels, int images) =>
    [
        .. Enumerable.Range(0, images).Select(i => Enumerable.Range(0, levels).Select(level =>
        {
            NdArray places = _golden[$"{name}_{level}"];
            int patches = places.Shape[1];
            return Enumerable.Range(0, patches).Select(p => ((int)places.Data[(i * patches + p) * 2], (int)places.Data[(i * patches + p) * 2 + 1])).ToArray();
        }).ToArray()),
    ];
}
