using Gan.Train.Data.Synthetic;
using Xunit;

namespace Gan.Tests.Pictures;

public class PortableMathTests
{
    [Fact]
    public void SineIsASine()
    {
        for (var i = -4000; i <= 4000; i++)
        {
            var turns = i / 1000f;
            Assert.Equal(Math.Sin(2 * Math.PI * turns), PortableMath.SinTurns(turns), 5e-6);
            Assert.Equal(Math.Cos(2 * Math.PI * turns), PortableMath.CosTurns(turns), 5e-6);
        }
    }

    [Fact]
    public void UniformNumbersFillTheUnitInterval()
    {
        var random = new HashRandom(5, 1, 0);
        var buckets = new int[10];
        for (var i = 0; i < 10_000; i++)
        {
            buckets[(int)(random.Uniform() * 10)]++;
        }

        Assert.All(buckets, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void WeightsAreKept()
    {
        var random = new HashRandom(5, 2, 0);
        var counts = new int[3];
        for (var i = 0; i < 10_000; i++)
        {
            counts[random.PickWeighted([1, 0, 3])]++;
        }

        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[0], 2300, 2700);
    }

    /// <summary>The curve goes through every control point, and stays straight between corners.</summary>
    [Fact]
    public void StrokesPassThroughTheirPoints()
    {
        var path = StrokePath.Parse("0,0 10,0 10,10;5,5! -5,2.5!");
        float[] x = new float[path.MaxPoints(4)], y = new float[path.MaxPoints(4)];
        Assert.Equal(9, path.Flatten(0, path.X, path.Y, 4, x, y));
        Assert.Equal((0f, 0f), (x[0], y[0]));
        Assert.Equal((10f, 0f), (x[4], y[4]));
        Assert.Equal((10f, 10f), (x[8], y[8]));
        Assert.Equal(2, path.Flatten(1, path.X, path.Y, 4, x, y));
        Assert.Equal((-5f, 2.5f), (x[1], y[1]));
    }
}
