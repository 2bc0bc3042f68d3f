using Gan.Train.Reports;
using Gan.Train.Runs;
using Xunit;

namespace Gan.Tests.Reports;

/// <summary>Reports stay bounded in time, frames, bytes and points however long a run is.</summary>
public class BoundTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(60, 1, 60)]
    [InlineData(61, 2, 31)]
    [InlineData(1000, 32, 33)]
    public void LongRunsKeepEverySecondFrame(int samples, long stride, int shown)
    {
        var frames = new ProgressFrames();
        for (int i = 0; i < samples; i++)
        {
            frames.Add(10 * i, $"{i}", Grey(30, 30, (byte)i), 10);
        }
        IReadOnlyList<ProgressFrame> kept = frames.Frames();
        Assert.Equal((stride, shown), (frames.Stride, kept.Count));
        Assert.Equal((0, 10 * (samples - 1)), (kept[0].Step, kept[^1].Step));
        Assert.All(kept.SkipLast(1), f => Assert.Equal(0, f.Step % (10 * stride)));
        Assert.All(kept, static f => Assert.Equal((byte)(f.Step / 10), Pictures.GifDecoder.Decode(Gan.Train.Data.Codecs.Gif.GifFile.Still(f.Image)).Frames[0].Rgb[0]));
    }

    [Fact]
    public void FramesThatDoNotCompressAreFewer()
    {
        var frames = new ProgressFrames();
        var random = new Random(1);
        for (int i = 0; i < 40; i++)
        {
            var noise = new byte[600 * 600];
            random.NextBytes(noise);
            frames.Add(i, $"{i}", new Picture(600, 600, 1, noise), 10);
        }
        Assert.InRange(frames.Frames().Sum(static f => (long)f.Image.Bytes), ProgressFrames.MaxBytes / 4, ProgressFrames.MaxBytes + 600_000);
        Assert.InRange(frames.Frames().Count, 4, 12);
    }

    [Fact]
    public void LargeGridsAreCutToTheirFirstTiles()
    {
        var frames = new ProgressFrames();
        frames.Add(0, "0", Grey(8 * 130 + 2, 8 * 130 + 2, 1), 130);
        Assert.Equal((522, 522), (frames.Frames()[0].Image.Width, frames.Frames()[0].Image.Height));
    }

    /// <summary>What a report of an imagined run costs, and how the pacer spreads it.</summary>
    [Theory]
    [InlineData(0.001, 5, 715, 721)]
    [InlineData(0.2, 20, 170, 181)]
    [InlineData(30, 3000, 1, 2)]
    public void ReportsTakeAHundredthOfTheTime(double cost, double period, int least, int most)
    {
        var pacer = new ReportPacer(0.01, TimeSpan.FromSeconds(5));
        int reports = 0;
        double now = 0;
        pacer.Count(TimeSpan.Zero, TimeSpan.FromSeconds(cost));
        for (reports = 1; now < 3600; now += 0.01)
        {
            if (pacer.IsDueAt(TimeSpan.FromSeconds(now)))
            {
                pacer.Count(TimeSpan.FromSeconds(now), TimeSpan.FromSeconds(now += cost));
                reports++;
            }
        }
        Assert.InRange(reports, least, most);
        Assert.Equal(period, pacer.Period.TotalSeconds, 6);
        Assert.True(pacer.Spent.TotalSeconds <= Math.Max(0.01 * now, cost) + 1e-9, $"{pacer.Spent} of {now} s");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1200, 1)]
    [InlineData(1201, 2)]
    [InlineData(2401, 4)]
    [InlineData(1_000_003, 1024)]
    public void CurvesHaveABoundedNumberOfPoints(int count, int size)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(static i => (float)(i % 7))];
        var curves = new CurvePoints(2);
        for (int i = 0; i < count; i++)
        {
            curves.Add(10L * i, -1, values[i]);
        }
        Assert.Equal(((count + size - 1) / size, size == 1), (curves.Points, curves.IsWhole));
        Assert.InRange(curves.Points, 0, CurvePoints.MaxPoints);
        for (int p = 0; p < curves.Points; p++)
        {
            int from = p * size, to = Math.Min(count, from + size);
            Assert.Equal((10L * from, 10L * (to - 1)), curves.Steps(p));
            float[] part = values[from..to];
            (float least, float mean, float largest) = curves.Of(1, p);
            Assert.Equal((part.Min(), part.Max()), (least, largest));
            Assert.Equal(part.Average(), mean, 1e-5f);
            Assert.Equal((-1f, -1f, -1f), curves.Of(0, p));
        }
    }

    [Fact]
    public void ASnapshotStaysAsItIs()
    {
        var curves = new CurvePoints(1);
        for (int i = 0; i < CurvePoints.MaxPoints; i++)
        {
            curves.Add(i, i);
        }
        CurvePoints then = curves.Snapshot();
        curves.Add(CurvePoints.MaxPoints, 5);
        Assert.Equal((CurvePoints.MaxPoints, 601), (then.Points, curves.Points));
        Assert.All(Enumerable.Range(0, then.Points), i => Assert.Equal((i, i, i), then.Of(0, i)));
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreNoPartOfAMean()
    {
        var curves = new CurvePoints(1);
        for (int i = 0; i < 2 * CurvePoints.MaxPoints; i++)
        {
            curves.Add(i, i % 2 == 0 ? float.NaN : i < 100 ? 3 : float.PositiveInfinity);
        }
        Assert.False(curves.IsWhole);
        Assert.Equal((3f, 3f, 3f), curves.Of(0, 0));
        Assert.Equal((float.NaN, float.NaN, float.NaN), curves.Of(0, 1000));
    }

    /// <summary>The live panel's values: at least the last thousand, never much more.</summary>
    [Fact]
    public void LatestValuesAreBounded()
    {
        var series = new MetricsSeries();
        for (int i = 0; i < 10_500; i++)
        {
            series.Add(new(i, 0, i, 0, 0, 0, -i));
            Assert.InRange(series.Recent(Metric.LossD).Count, Math.Min(i + 1, MetricsSeries.Window), 2 * MetricsSeries.Window);
        }
        Assert.Equal((10_500, 10_499f, -10_499f), (series.Count, series.Recent(Metric.LossD)[^1], series.Recent(Metric.DGz2)[^1]));
        Assert.Equal(10_499 - 999, series.Recent(Metric.LossD)[^1000]);
        Assert.Equal(10_499, series.Latest.Step);
    }

    private static Picture Grey(int width, int height, byte level) => new(width, height, 1, [.. Enumerable.Repeat(level, width * height)]);
}
