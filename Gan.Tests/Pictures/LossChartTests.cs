using Gan.Train.Data.Synthetic;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.Pictures;

public class LossChartTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(60)]
    [InlineData(3_000)]
    [InlineData(100_000)]
    public void AnyNumberOfStepsIsDrawn(int count)
    {
        var picture = LossChart.Draw(Curves(count, i => 1f + MathF.Abs(i * 7919 % 101) / 50f, _ => 0.5f));
        Assert.Equal((1200, 900, 3), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(1200 * 900 * 3, picture.Pixels.Length);
        Assert.Equal(count > 0, Has(picture, LossChart.LossArea, LossChart.LossDColour));
        Assert.Equal(count > 0, Has(picture, LossChart.ScoreArea, LossChart.FakeAfterColour));
    }

    [Fact]
    public void ValuesThatAreNotFiniteLeaveAGap()
    {
        var picture = LossChart.Draw(Curves(100, i => i is > 40 and < 60 ? float.NaN : i == 70 ? float.PositiveInfinity : 2f, _ => float.NaN));
        Assert.True(HasColumn(picture, LossChart.LossArea, LossChart.LossGColour, 20 / 99.0));
        Assert.False(HasColumn(picture, LossChart.LossArea, LossChart.LossGColour, 50 / 99.0));
        Assert.True(HasColumn(picture, LossChart.LossArea, LossChart.LossGColour, 65 / 99.0));
        Assert.False(HasColumn(picture, LossChart.LossArea, LossChart.LossGColour, 70 / 99.0));
        Assert.False(Has(picture, LossChart.ScoreArea, LossChart.RealColour));
        LossChart.Draw(Curves(500, _ => float.NaN, _ => float.NegativeInfinity));
    }

    /// <summary>D(x) falls from 1 to 0 in a straight line: at a quarter of the steps its colour lies at three quarters of the height.</summary>
    [Theory]
    [InlineData(101)]
    [InlineData(5001)]
    public void CurvesLieWhereTheirValuesAre(int count)
    {
        var picture = LossChart.Draw(Curves(count, _ => 1f, i => 1f - i / (count - 1f)));
        var area = LossChart.ScoreArea;
        foreach (var part in (double[])[0.25, 0.5, 0.75])
        {
            var x = (int)(area.Left + part * area.Width);
            var y = (int)(area.Top + part * area.Height);
            // All three scores are equal here; the last drawn covers the others.
            Assert.True(Near(picture, x, y, LossChart.FakeAfterColour), $"nothing at {part} of the way");
            Assert.False(Near(picture, x, y - 30, LossChart.FakeAfterColour));
            Assert.False(Near(picture, x, y + 30, LossChart.FakeAfterColour));
        }
    }

    /// <summary>One high value among 100,000 shows in its column, even though a thousand steps share ten pixels.</summary>
    [Fact]
    public void ASpikeShowsInALongRun()
    {
        var picture = LossChart.Draw(Curves(100_000, _ => 1f, i => i == 41_234 ? 1f : 0.1f));
        var area = LossChart.ScoreArea;
        int x = (int)(area.Left + 0.41234 * area.Width), y = area.Top + area.Height / 3;
        bool Drawn(int column) => Enumerable.Range(column - 1, 3).Any(at => picture.Pixels[(y * picture.Width + at) * 3] < 0xE0);
        Assert.True(Drawn(x));
        Assert.False(Drawn(x - 10) || Drawn(x + 10));
    }

    [Fact]
    public void TheMovingMeanSkipsGaps()
    {
        var mean = new ChartSeries("", Rgb.Black, [1f, 2f, float.NaN, 6f, 5f], [], []).MovingMean(1);
        Assert.Equal([1.5f, 1.5f, float.NaN, 5.5f, 5.5f], mean);
    }

    [Theory]
    [InlineData(0, 1, 5, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0, 8.8, 5, "0 2 4 6 8")]
    [InlineData(-0.3, 0.3, 3, "-0.2 0 0.2")]
    [InlineData(0, 100000, 5, "0 20,000 40,000 60,000 80,000 100,000")]
    [InlineData(3, 3, 5, "3")]
    [InlineData(0, 3e-5, 3, "0 1E-5 2E-5 3E-5")]
    public void TicksAreRoundNumbers(double low, double high, int wanted, string expected) =>
        Assert.Equal(expected, string.Join(' ', AxisTicks.Between(low, high, wanted).Select(AxisTicks.Label)));

    [Fact]
    public void StepTicksAreWhole() => Assert.Equal([0.0, 1.0, 2.0], AxisTicks.Between(0, 2, 10, whole: true));

    [Fact]
    public void AValueForEachCurveIsNeeded() =>
        Assert.Contains("4 values for 5 curves", Assert.Throws<ArgumentException>(static () => new CurvePoints(5).Add(0, 1, 2, 3, 4)).Message, StringComparison.Ordinal);

    private static CurvePoints Curves(int count, Func<int, float> loss, Func<int, float> score)
    {
        var curves = new CurvePoints(5);
        for (var i = 0; i < count; i++)
        {
            curves.Add(i, loss(i), loss(i) * 1.5f, score(i), score(i), score(i));
        }

        return curves;
    }

    private static bool Is(Picture picture, int x, int y, Rgb colour)
    {
        var at = (y * picture.Width + x) * 3;
        return Math.Abs(picture.Pixels[at] - colour.R * 255) < 3 && Math.Abs(picture.Pixels[at + 1] - colour.G * 255) < 3
            && Math.Abs(picture.Pixels[at + 2] - colour.B * 255) < 3;
    }

    private static bool Near(Picture picture, int x, int y, Rgb colour)
    {
        for (var d = -2; d <= 2; d++)
        {
            if (Is(picture, x, y + d, colour))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasColumn(Picture picture, PixelRect area, Rgb colour, double part)
    {
        var x = (int)(area.Left + part * area.Width);
        return Enumerable.Range(area.Top, area.Height).Any(y => Is(picture, x, y, colour));
    }

    private static bool Has(Picture picture, PixelRect area, Rgb colour) =>
        Enumerable.Range(area.Left, area.Width).Any(x => Enumerable.Range(area.Top, area.Height).Any(y => Is(picture, x, y, colour)));
}
