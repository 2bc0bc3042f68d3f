using Gan.Train.Data.Synthetic;
using Gan.Train.Reports;
using Xunit;

namespace Gan.Tests.Pictures;

public class CanvasTests
{
    [Fact]
    public void AHorizontalLineCoversItsWidth()
    {
        var canvas = new Canvas(20, 10, Rgb.White);
        canvas.Line(5, 5, 15, 5, 2f, Rgb.Black); // rows 4 and 5
        Assert.Equal([255, 0, 0, 255], Enumerable.Range(3, 4).Select(y => (int)canvas.Pixels[(y * 20 + 10) * 3]));
        Assert.Equal(255, canvas.Pixels[(4 * 20 + 2) * 3]);
    }

    [Fact]
    public void ThinLinesAreFainterNotWider()
    {
        var canvas = new Canvas(20, 10, Rgb.White);
        canvas.Line(2, 5.5f, 18, 5.5f, 0.5f, Rgb.Black); // half of row 5
        Assert.InRange(canvas.Pixels[(5 * 20 + 10) * 3], 126, 129);
        Assert.Equal(255, canvas.Pixels[(4 * 20 + 10) * 3]);
    }

    [Fact]
    public void CrossingsOfOneLineDoNotDarken()
    {
        var canvas = new Canvas(30, 30, Rgb.White);
        canvas.Polyline([(5, 15), (25, 15), (15, 15), (15, 5), (15, 25)], 4f, Rgb.Black, 0.5f);
        Assert.InRange(canvas.Pixels.Min(), 126, 129);
    }

    [Fact]
    public void GapsAndClipsAreKept()
    {
        var canvas = new Canvas(40, 10, Rgb.White);
        canvas.Polyline([(2, 5), (10, 5), (20, float.NaN), (30, 5), (38, 5)], 2f, Rgb.Black, 1f, new PixelRect(0, 0, 35, 10));
        Assert.Equal(0, canvas.Pixels[(5 * 40 + 6) * 3]);
        Assert.Equal(255, canvas.Pixels[(5 * 40 + 20) * 3]);
        Assert.Equal(0, canvas.Pixels[(5 * 40 + 32) * 3]);
        Assert.Equal(255, canvas.Pixels[(5 * 40 + 36) * 3]);
    }

    [Fact]
    public void DrawingOutsideIsCutOff()
    {
        var canvas = new Canvas(8, 8, Rgb.White);
        canvas.Line(-1e9f, -50, 1e9f, -50, 3f, Rgb.Black);
        canvas.Text(-500, 900, "far away", 12, Rgb.Black);
        canvas.FillRect(new PixelRect(-5, -5, 3, 100), Rgb.Black);
        Assert.Equal(3 * 8 * 3, canvas.Pixels.Count(v => v == 0));
    }

    /// <summary>Every printable character leaves ink, its own, and only inside the measured box.</summary>
    [Fact]
    public void TextStaysInsideItsMeasure()
    {
        const float Height = 20f;
        var shapes = new HashSet<string>();
        for (var c = '!'; c <= '~'; c++)
        {
            var canvas = new Canvas(60, 60, Rgb.White);
            var text = c.ToString();
            var width = StrokeFont.Measure(text, Height);
            canvas.Text(15, 15, text, Height, Rgb.Black);
            var ink = 0;
            for (var i = 0; i < 3600; i++)
            {
                if (canvas.Pixels[i * 3] < 255)
                {
                    var (x, y) = (i % 60, i / 60);
                    ink++;
                    Assert.True(x >= 12 && x <= 15 + width + 3, $"'{c}' leaves ink at x = {x}; it is measured {width} wide from 15 on");
                    Assert.True(y >= 10 && y <= 15 + (14 + StrokeFont.Descent) * Height / 14 + 2, $"'{c}' leaves ink at y = {y}");
                }
            }

            Assert.True(ink > 8, $"'{c}' is not to be seen");
            Assert.True(shapes.Add(Convert.ToHexString(canvas.Pixels)), $"'{c}' looks like another character");
        }
    }

    [Fact]
    public void TextIsAligned()
    {
        var canvas = new Canvas(200, 40, Rgb.White);
        canvas.Text(190, 10, "right", 14, Rgb.Black, align: 1f);
        var columns = Enumerable.Range(0, 200).Where(x => Enumerable.Range(0, 40).Any(y => canvas.Pixels[(y * 200 + x) * 3] < 200)).ToArray();
        Assert.InRange(columns[^1], 186, 191);
        Assert.InRange(columns[0], 190 - StrokeFont.Measure("right", 14) - 2, 190 - StrokeFont.Measure("right", 14) + 2);
    }

    [Fact]
    public void EveryStringIsMeasuredBySumOfAdvances()
    {
        Assert.Equal(0f, StrokeFont.Measure("", 14));
        Assert.Equal(StrokeFont.Measure("000", 14), StrokeFont.Measure("111", 14));
        Assert.Equal(2 * StrokeFont.Measure("Loss", 7), StrokeFont.Measure("Loss", 14), 1e-3f);
    }
}
