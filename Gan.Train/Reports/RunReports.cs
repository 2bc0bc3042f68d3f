using Gan.Train.Data.Codecs.Gif;
using Gan.Train.Data.Codecs.Png;
using Gan.Train.Reports.TensorBoard;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>
/// The page and pictures that show a run as a whole: losses.png, progress.gif, real_and_fake.png and report.html. All of it can be made again from the run's folder, so
/// a run that goes on starts from there. Nothing here ends a training run: what cannot be done is told once, see <see cref="TakeTrouble"/>.
/// </summary>
internal sealed class RunReports : IDisposable
{
    private const double ChartShare = 0.05;
    private const int MaxWarnings = 100;
    private const int LastHold = 200; // hundredths of a second
    private readonly RunFolder _folder;
    private readonly ReportFacts _facts;
    private readonly MetricsSeries _metrics;
    private readonly TimingSeries _timing;
    private readonly ProgressFrames _frames = new();
    private readonly WarningsLog _found;
    private readonly List<string> _warnings;
    private readonly ReportPacer _pacer = ReportPacer.Default();
    private readonly LatestJob _charts = new(ChartShare);
    private EventFile? _events;
    private Picture? _newest, _real;
    private PngPicture? _realPng;
    private string _label = "";
    private string? _trouble;
    private bool _failed;
    private long _lastScalars = -1;

    /// <param name="folder">The run's.</param>
    /// <param name="facts">What does not change.</param>
    /// <param name="metrics">Grows as the run goes on.</param>
    /// <param name="timing">Grows as the run goes on.</param>
    /// <param name="found">Warnings about the training, kept in a file of their own.</param>
    /// <param name="tensorBoard">Whether event files are wanted.</param>
    /// <param name="finishedSteps">0, or the checkpoint's when a run goes on.</param>
    public RunReports(RunFolder folder, ReportFacts facts, MetricsSeries metrics, TimingSeries timing, WarningsLog found, bool tensorBoard, long finishedSteps)
    {
        (_folder, _facts, _metrics, _timing, _found) = (folder, facts, metrics, timing, found);
        _warnings = finishedSteps > 0 ? [.. ReportPage.ReadWarnings(folder.Report).Take(MaxWarnings)] : [];
        if (tensorBoard)
        {
            Guard(() => _events = EventFile.Create(folder.TensorBoard, finishedSteps), isReport: false);
        }
        if (finishedSteps > 0)
        {
            Guard(() =>
            {
                if (SampleFiles.Load(_frames, folder, finishedSteps, facts.StepsPerEpoch, facts.Tile) is { } newest)
                {
                    (_newest, _label) = (newest.Grid, SampleFiles.Label(newest.Step, facts.StepsPerEpoch));
                }
            }, isReport: false);
        }
    }

    /// <summary>Whether writing now stays within the reports' share of the run's time.</summary>
    public bool IsDue => _pacer.IsDue;

    /// <summary>Time taken so far.</summary>
    public TimeSpan Spent => _pacer.Spent;

    /// <summary>A line for the page's list.</summary>
    public void Warn(string text)
    {
        if (_warnings.Count < MaxWarnings && !_warnings.Contains(text))
        {
            _warnings.Add(text);
        }
    }

    /// <summary>The training images' grid, as written to real_samples.png.</summary>
    public void SetReal(Picture grid)
    {
        _real = grid;
        Guard(() => _events?.Image(0, "real", grid), isReport: false);
    }

    /// <summary>G on the fixed noise.</summary>
    public void AddSample(long step, Picture grid) => Guard(() =>
    {
        (_newest, _label) = (grid, SampleFiles.Label(step, _facts.StepsPerEpoch));
        _frames.Add(step, _label, grid, _facts.Tile);
        _events?.Image(step, "samples", grid);
        _events?.Flush();
    }, isReport: false);

    /// <summary>Puts the latest metrics, speed and memory into the event file; nothing without one.</summary>
    public void AddScalars() => Guard(() =>
    {
        if (_events is null || _metrics.Count == 0 || _timing.Latest is not { } speed || _metrics.Latest is var m && m.Step == _lastScalars)
        {
            return; // nothing yet, or the end of the run right behind a log line
        }
        _lastScalars = m.Step;
        _events.Scalars(m.Step + 1, ("loss/d", m.LossD), ("loss/g", m.LossG), ("score/d_x", m.DX), ("score/d_g_z1", m.DGz1), ("score/d_g_z2", m.DGz2),
            ("speed/images_per_second", speed.ImagesPerSecond), ("memory/process_mib", speed.ProcessMiB), ("memory/device_mib", speed.DeviceMiB));
        _events.Flush();
    }, isReport: false);

    /// <summary>Has losses.png drawn beside the training, as the metrics are now; a twentieth of one core's time goes into it, or a drawing a second.</summary>
    public void DrawLosses()
    {
        CurvePoints curves = _metrics.Curves.Snapshot();
        _charts.Post(() => WriteLosses(curves));
        Note(_charts.TakeFailure());
    }

    /// <summary>Writes all of it; each file is replaced whole.</summary>
    public void Write(RunStatus status) => Guard(() =>
    {
        _charts.Wait(); // one that is older than what is drawn now
        WriteLosses(_metrics.Curves);
        IReadOnlyList<ProgressFrame> frames = _frames.Frames();
        _real ??= SampleFiles.Decode(_folder.RealSamples);
        if (frames.Count == 0 || _real is null || _newest is null)
        {
            return; // a run that goes on in a folder whose pictures were taken away, before its first new sample
        }
        WriteGif(frames);
        WritePng(_folder.RealAndFake, RealAndFake.Draw(_real, _newest, $"generated, {_label}"));
        _realPng ??= PngPicture.Of(_real.Crop(_newest.Width, _newest.Height));
        AtomicFile.Write(_folder.Report, ReportPage.Write(_facts, status, DateTimeOffset.Now, _pacer.Period, _metrics, _timing, frames, _realPng, PngPicture.Of(_newest), _found.All, _warnings));
    }, isReport: true);

    public void Dispose()
    {
        _charts.Wait();
        try
        {
            _events?.Dispose();
        }
        catch (IOException)
        {
            // A full disk; the run's end is not the place to fail for it.
        }
    }

    /// <summary>What went wrong, the first time; null afterwards and when nothing did.</summary>
    public string? TakeTrouble()
    {
        (string? trouble, _trouble) = (_trouble, null);
        return trouble;
    }

    private void Guard(Action work, bool isReport)
    {
        try
        {
            _pacer.Measure(work, isReport);
        }
        catch (Exception e)
        {
            // Whatever it is: hours of training are worth more than a page about them.
            Note(e);
        }
    }

    private void Note(Exception? failure)
    {
        if (failure is not null && !_failed)
        {
            _trouble = $"the run's report (losses.png, progress.gif, report.html and what belongs to them) could not be written ({failure.Message}); the run goes on.";
            _failed = true;
        }
    }

    private void WriteLosses(CurvePoints curves)
    {
        Picture chart = LossChart.Draw(curves);
        AtomicFile.Write(_folder.Losses, PngEncoder.Encode(chart.Width, chart.Height, chart.Channels, chart.Pixels, fast: true));
    }

    private static void WritePng(string path, Picture picture) => AtomicFile.Write(path, PngPicture.Of(picture).Png);

    private void WriteGif(IReadOnlyList<ProgressFrame> frames)
    {
        // About six seconds a round, but no picture shorter than a tenth or longer than 0.6 s; the newest stays.
        int delay = Math.Clamp(600 / frames.Count, 10, 60);
        List<GifFrame> shown = [.. frames.Select(f => new GifFrame(f.Image, delay))];
        shown[^1] = shown[^1] with { Delay = LastHold };
        AtomicFile.Write(_folder.ProgressGif, stream => GifFile.Write(stream, shown));
    }
}
