using Gan.Train.Data.Synthetic;

namespace Gan.Train.Reports;

/// <summary>One set of axes: a frame, a grid, tick numbers, curves, a heading and a legend. Steps run along x, the same for all curves.</summary>
internal sealed class ChartPanel
{
    private const int SmoothFrom = 150; // points: below, the raw curve is readable by itself
    private const float Small = 12f;
    private const float Large = 15f;

    private static readonly Rgb Ink = Rgb.Hex(0x2B2F36);
    private static readonly Rgb Faint = Rgb.Hex(0xE4E7EB);
    private static readonly Rgb Frame = Rgb.Hex(0xA9B0BA);

    private readonly Canvas canvas;
    private readonly double xLow;
    private readonly double xHigh;
    private readonly double yLow;
    private readonly double yHigh;

    public ChartPanel(Canvas canvas, PixelRect area, (double Low, double High) x, (double Low, double High) y)
    {
        this.canvas = canvas;
        Area = area;
        (xLow, xHigh) = x;
        (yLow, yHigh) = y;
    }

    /// <summary>The pixels inside the frame.</summary>
    public PixelRect Area { get; }

    public float MapX(double step) => (float)(Area.Left + (step - xLow) / (xHigh - xLow) * Area.Width);

    public float MapY(double value) => (float)(Area.Bottom - (value - yLow) / (yHigh - yLow) * Area.Height);

    public void DrawAxes(string heading, string? xLabel)
    {
        canvas.FillRect(Area, Rgb.White);
        foreach (var tick in AxisTicks.Between(yLow, yHigh, 6))
        {
            var y = MathF.Round(MapY(tick));
            canvas.FillRect(new PixelRect(Area.Left, (int)y, Area.Right, (int)y + 1), Faint);
            canvas.Text(Area.Left - 9, y - Small * 0.5f, AxisTicks.Label(tick), Small, Ink, align: 1f);
        }

        foreach (var tick in AxisTicks.Between(xLow, xHigh, 10, whole: true))
        {
            var x = MathF.Round(MapX(tick));
            canvas.FillRect(new PixelRect((int)x, Area.Top, (int)x + 1, Area.Bottom), Faint);
            canvas.FillRect(new PixelRect((int)x, Area.Bottom, (int)x + 1, Area.Bottom + 5), Frame);
            // The last number may not run out of the picture.
            var text = AxisTicks.Label(tick);
            var half = 0.5f * StrokeFont.Measure(text, Small);
            canvas.Text(MathF.Min(MathF.Max(x, half + 2), canvas.Width - half - 2), Area.Bottom + 11, text, Small, Ink, align: 0.5f);
        }

        canvas.FillRect(new PixelRect(Area.Left - 1, Area.Top - 1, Area.Right + 1, Area.Top), Frame);
        canvas.FillRect(new PixelRect(Area.Left - 1, Area.Bottom, Area.Right + 1, Area.Bottom + 1), Frame);
        canvas.FillRect(new PixelRect(Area.Left - 1, Area.Top, Area.Left, Area.Bottom), Frame);
        canvas.FillRect(new PixelRect(Area.Right, Area.Top, Area.Right + 1, Area.Bottom), Frame);
        canvas.Text(Area.Left, Area.Top - Large - 12, heading, Large, Ink, bold: true);
        if (xLabel is not null)
        {
            canvas.Text(0.5f * (Area.Left + Area.Right), Area.Bottom + 34, xLabel, Small, Ink, align: 0.5f);
        }
    }

    /// <param name="steps">Where the points lie; all curves share them.</param>
    /// <param name="series">The curves.</param>
    public void DrawSeries(ReadOnlySpan<double> steps, IReadOnlyList<ChartSeries> series)
    {
        var xs = new float[steps.Length];
        for (var i = 0; i < xs.Length; i++)
        {
            xs[i] = MapX(steps[i]);
        }

        var many = xs.Length > SmoothFrom;
        foreach (var one in series)
        {
            Curve(Raw(xs, one), many ? 1f : 2f, one.Colour, many ? 0.38f : 1f);
            if (xs.Length <= 40)
            {
                Dots(xs, one);
            }
        }

        if (!many)
        {
            return;
        }

        foreach (var one in series)
        {
            var mean = Points(xs, one.MovingMean(Math.Max(4, xs.Length / 120)));
            Curve(mean, 4.4f, Rgb.White, 0.75f); // a light rim sets the mean off from the raw curves
            Curve(mean, 2.4f, one.Colour, 1f);
        }
    }

    /// <summary>Names and colours, right-aligned above the frame.</summary>
    public void DrawLegend(IReadOnlyList<ChartSeries> series)
    {
        float x = Area.Right;
        for (var i = series.Count - 1; i >= 0; i--)
        {
            x -= StrokeFont.Measure(series[i].Name, Small);
            canvas.Text(x, Area.Top - 25, series[i].Name, Small, Ink);
            canvas.Line(x - 30, Area.Top - 19, x - 9, Area.Top - 19, 4f, series[i].Colour);
            x -= 54;
        }
    }

    public void DrawNote(string text) =>
        canvas.Text(0.5f * (Area.Left + Area.Right), 0.5f * (Area.Top + Area.Bottom) - 8, text, Large, Frame, align: 0.5f);

    public void DrawFootnote(string text)
    {
        var width = (int)StrokeFont.Measure(text, Small - 1f);
        canvas.FillRect(new PixelRect(Area.Right - width - 16, Area.Top + 1, Area.Right, Area.Top + 27), Rgb.White, 0.85f);
        canvas.Text(Area.Right - 8, Area.Top + 8, text, Small - 1f, Rgb.Hex(0x6B7280), align: 1f);
    }

    private void Curve((float X, float Y)[] points, float width, Rgb colour, float opacity) => canvas.Polyline(points, width, colour, opacity, Area);

    /// <summary>Up and down between least and largest where a point stands for several steps, so that a spike among 100,000 still shows.</summary>
    private (float X, float Y)[] Raw(ReadOnlySpan<float> xs, ChartSeries series)
    {
        var low = Points(xs, series.Least);
        var high = Points(xs, series.Largest);
        List<(float X, float Y)> points = new(2 * low.Length);
        for (var i = 0; i < low.Length; i++)
        {
            points.Add(i % 2 == 0 ? low[i] : high[i]);
            if (low[i] != high[i])
            {
                points.Add(i % 2 == 0 ? high[i] : low[i]);
            }
        }

        return [.. points];
    }

    private (float X, float Y)[] Points(ReadOnlySpan<float> xs, ReadOnlySpan<float> values)
    {
        var points = new (float X, float Y)[values.Length];
        for (var i = 0; i < points.Length; i++)
        {
            // Far outside the frame is as good as just outside; it keeps slanted lines inside float's precision.
            points[i] = (xs[i], float.IsFinite(values[i]) ? Math.Clamp(MapY(values[i]), Area.Top - 4000f, Area.Bottom + 4000f) : float.NaN);
        }

        return points;
    }

    private void Dots(ReadOnlySpan<float> xs, ChartSeries series)
    {
        for (var i = 0; i < xs.Length; i++)
        {
            // A dot on the frame is drawn whole.
            var y = MapY(series.Mean[i]);
            if (y >= Area.Top && y <= Area.Bottom)
            {
                canvas.Dot(xs[i], y, 3.2f, series.Colour);
            }
        }
    }
}
