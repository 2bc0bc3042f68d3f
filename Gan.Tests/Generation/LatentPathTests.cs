using Gan.Train.Generation;
using Gan.Train.Settings;
using Xunit;

namespace Gan.Tests.Generation;

public class LatentPathTests
{
    [Fact]
    public void EndsAreExact()
    {
        float[] a = Noise(1), b = Noise(2);
        foreach (InterpolationKind kind in Enum.GetValues<InterpolationKind>())
        {
            Assert.Equal(a, LatentPath.Between(a, b, 0, kind));
            Assert.Equal(b, LatentPath.Between(a, b, 1, kind));
        }
    }

    /// <summary>A quarter circle, worked out by hand: a third of it is 30 degrees.</summary>
    [Fact]
    public void SphericalGoesAlongTheCircle()
    {
        float[] third = LatentPath.Between([2, 0, 0], [0, 2, 0], 1.0 / 3, InterpolationKind.Spherical);
        Assert.Equal([2 * MathF.Cos(MathF.PI / 6), 2 * MathF.Sin(MathF.PI / 6), 0], third, Near);
        Assert.Equal([1.5f, 0.5f, 0], LatentPath.Between([2, 0, 0], [0, 2, 0], 0.25, InterpolationKind.Linear), Near);
    }

    [Fact]
    public void SphericalKeepsTheLengthOfNoise()
    {
        float[] a = Noise(1), b = Noise(2);
        double ends = (Length(a) + Length(b)) / 2;
        Assert.InRange(Length(LatentPath.Between(a, b, 0.5, InterpolationKind.Spherical)) / ends, 0.95, 1.05);
        Assert.InRange(Length(LatentPath.Between(a, b, 0.5, InterpolationKind.Linear)) / ends, 0.6, 0.8);
    }

    [Fact]
    public void DirectionsWithoutACircleGoStraight()
    {
        Assert.Equal([1.5f, 3], LatentPath.Between([1, 2], [2, 4], 0.5, InterpolationKind.Spherical), Near);
        Assert.Equal([0.5f, 1], LatentPath.Between([0, 0], [1, 2], 0.5, InterpolationKind.Spherical), Near);
        Assert.Equal([0.5f, 0], LatentPath.Between([1, 0], [-1, 0], 0.25, InterpolationKind.Spherical), Near);
    }

    [Fact]
    public void ArithmeticIsOnMeans()
    {
        float[] latents = [1, 10, 3, 30, 100, 1000, 5, 50];
        (float[][] means, float[] result) = LatentArithmetic.Parse("0,1 - 2 + 3").Evaluate(latents, 2);
        Assert.Equal<float[]>([[2, 20], [100, 1000], [5, 50]], means);
        Assert.Equal([-93, -930], result);
        Assert.Contains("image 3 is not among the 3", Assert.Throws<UsageException>(static () => LatentArithmetic.Parse("0 + 3").CheckRows(3)).Message);
    }

    private static bool Near(float a, float b) => MathF.Abs(a - b) < 1e-5f;

    private static double Length(float[] v) => Math.Sqrt(v.Sum(static x => (double)x * x));

    private static float[] Noise(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 100).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
