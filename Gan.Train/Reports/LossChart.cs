using Gan.Train.Data.Synthetic;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>`losses.png`: above the two losses, below what D says of real and generated images, over the steps of the run.</summary>
internal static class LossChart
{
    public const int Width = 1200;
    public const int Height = 900;

    public static readonly PixelRect LossArea = new(84, 100, 1170, 440);
    public static readonly PixelRect ScoreArea = new(84, 522, 1170, 832);

    // Colours that people with colour-blindness tell apart too (Okabe and Ito 2008).
    public static readonly Rgb LossDColour = Rgb.Hex(0x0072B2);
    public static readonly Rgb LossGColour = Rgb.Hex(0xD55E00);
    public static readonly Rgb RealColour = Rgb.Hex(0x009E73);
    public static readonly Rgb FakeColour = Rgb.Hex(0xCC79A7);
    public static readonly Rgb FakeAfterColour = Rgb.Hex(0x5B3A8C);

    /// <param name="curves">A curve for each <see cref="Metric"/>.</param>
    /// <param name="title">Above the chart.</param>
    public static Picture Draw(CurvePoints curves, string title = "Losses")
    {
        ChartSeries Series(string name, Rgb colour, Metric metric)
        {
            var points = Enumerable.Range(0, curves.Points).Select(p => curves.Of((int)metric, p)).ToArray();
            return new(name, colour, [.. points.Select(static p => p.Mean)], [.. points.Select(static p => p.Least)], [.. points.Select(static p => p.Largest)]);
        }

        ChartSeries[] losses = [Series("loss D", LossDColour, Metric.LossD), Series("loss G", LossGColour, Metric.LossG)];
        ChartSeries[] scores =
        [
            Series("D(x)", RealColour, Metric.DX),
            Series("D(G(z)) before", FakeColour, Metric.DGz1),
            Series("D(G(z)) after", FakeAfterColour, Metric.DGz2),
        ];
        double[] steps = [.. Enumerable.Range(0, curves.Points).Select(p => 0.5 * (curves.Steps(p).First + curves.Steps(p).Last))];
        var canvas = new Canvas(Width, Height, Rgb.Hex(0xF7F8FA));
        canvas.Text(84, 24, title, 18f, Rgb.Hex(0x2B2F36), bold: true);

        var x = StepRange(curves);
        var (y, cut) = LossRange(losses);
        var top = new ChartPanel(canvas, LossArea, x, y);
        top.DrawAxes("Loss", null);
        top.DrawLegend(losses);
        var bottom = new ChartPanel(canvas, ScoreArea, x, (0, 1));
        bottom.DrawAxes("Discriminator's mean score", "step");
        bottom.DrawLegend(scores);
        if (curves.Points == 0)
        {
            top.DrawNote("no step has been logged yet");
            bottom.DrawNote("no step has been logged yet");
        }
        else
        {
            top.DrawSeries(steps, losses);
            bottom.DrawSeries(steps, scores);
            if (cut > y.High)
            {
                top.DrawFootnote($"highest value {AxisTicks.Label(Math.Round(cut, 2))} is outside");
            }
        }

        return new Picture(Width, Height, 3, canvas.Pixels);
    }

    /// <summary>From the first to the last step; at least one step wide.</summary>
    public static (double Low, double High) StepRange(CurvePoints curves)
    {
        if (curves.Points == 0)
        {
            return (0, 100);
        }
        var (first, last) = (curves.Steps(0).First, curves.Steps(curves.Points - 1).Last);
        return (first, Math.Max(last, first + 1.0));
    }

    /// <summary>
    /// Down to 0 and up to the highest loss. A few spikes (the first steps often have them) do not flatten the rest: if the highest
    /// value is above three times the 99th percentile of the points' ends, the axis ends at 1.5 times that.
    /// </summary>
    /// <returns>The range, and the highest value found.</returns>
    private static ((double Low, double High) Range, double Highest) LossRange(ChartSeries[] series)
    {
        var finite = series.SelectMany(one => one.Least.Concat(one.Largest)).Where(float.IsFinite).Order().ToArray();
        if (finite.Length == 0)
        {
            return ((0, 1), 0);
        }

        double low = Math.Min(finite[0], 0f), high = finite[^1];
        var common = finite[(int)((finite.Length - 1) * 0.99)];
        if (finite.Length > 100 && common > 0 && high > 3.0 * common)
        {
            high = 1.5 * common;
        }

        var room = Math.Max((high - low) * 0.05, 1e-3);
        return ((low < 0 ? low - room : 0, high + room), finite[^1]);
    }
}
