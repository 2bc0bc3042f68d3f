using System.Diagnostics;
using Gan.Core.Nn;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Train.Data.Codecs.Png;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Writes the files of a run: metrics, timing, sample pictures, reports, checkpoints.</summary>
internal sealed class RunOutputs : IDisposable
{
    private const int RealSamples = 64;
    private const int RealPerRow = 8;
    private readonly GanTrainer _trainer;
    private readonly Schedule _schedule;
    private readonly RunFolder _folder;
    private readonly CheckpointStore _checkpoints;
    private readonly MetricsLog _metrics;
    private readonly TimingLog _timing;
    private readonly MetricsSeries _series = new();
    private readonly WarningsLog _warnings;
    private readonly HealthMonitor _health;
    private readonly Queue<RunWarning> _news = [];
    private readonly TimingSeries _speeds;
    private readonly RunReports _reports;
    private readonly float[] _fixedLatents;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _timed;
    private readonly long _start;
    private long _read, _timedImages;

    /// <param name="trainer">What is trained; its state is at <paramref name="finishedSteps"/>.</param>
    /// <param name="schedule">Steps and epochs.</param>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="config">Settings and device, for the report.</param>
    /// <param name="finishedSteps">0, or the checkpoint's when a run goes on.</param>
    public RunOutputs(GanTrainer trainer, Schedule schedule, RunFolder folder, RunConfig config, long finishedSteps)
    {
        (_trainer, _schedule, _folder, _read, _start) = (trainer, schedule, folder, finishedSteps, finishedSteps);
        _checkpoints = new CheckpointStore(folder.Checkpoints, config.Settings.Keep);
        _metrics = finishedSteps > 0 ? MetricsLog.Resume(folder.Metrics, finishedSteps) : MetricsLog.Create(folder.Metrics);
        _speeds = finishedSteps > 0 ? TimingSeries.Read(folder.Timing, finishedSteps) : new TimingSeries();
        _timing = TimingLog.Open(folder.Timing);
        _metrics.Flush();
        _warnings = new WarningsLog(folder.Warnings, finishedSteps);
        _health = new HealthMonitor(HealthMonitor.WonBelow(trainer.Options), RealDiversity());
        foreach (MetricsLine line in MetricsLog.Read(folder.Metrics))
        {
            _series.Add(line);
            _health.Observe(line); // what an earlier start of the run warned of is told already
        }
        Directory.CreateDirectory(folder.Samples);
        _reports = new RunReports(folder, ReportFacts.Of(config, trainer, schedule), _series, _speeds, _warnings, config.Settings.TensorBoard, finishedSteps);
        _fixedLatents = Sampler.DrawLatents(trainer.Device, trainer.Options.Seed, RandomStream.FixedLatent, FixedCount, trainer.Options.Nz);
    }

    /// <summary>Images on a sample picture.</summary>
    public int FixedCount => _trainer.Options.Model == ModelKind.Dcgan ? 64 : 16;

    /// <summary>Metrics of all steps that were read.</summary>
    public MetricsSeries Series => _series;

    /// <summary>Metrics of the latest step that was read.</summary>
    public MetricsLine Latest { get; private set; }

    /// <summary>
    /// Reads new metrics and the device's fault flag, and appends the metrics; waits for the device. They reach the file with <see cref="WriteMetrics"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">The device noted a value that is not finite: the run ends there, with the weights from before it kept.</exception>
    public void ReadMetrics(long finishedSteps)
    {
        List<MetricsLine> lines = _trainer.Metrics.Read(_read, finishedSteps, _schedule);
        Fault? fault = _trainer.ReadFault();
        foreach (MetricsLine line in lines.TakeWhile(l => fault is null || l.Step <= fault.Step))
        {
            _metrics.Append(line);
            _series.Add(line);
            Latest = line;
            if (_health.Observe(line) is { } warning)
            {
                _news.Enqueue(warning);
            }
        }
        _read = finishedSteps;
        if (fault is not null)
        {
            throw Diverged(fault.Step, $"{fault.Describe(_trainer)} (loss_d {Latest.LossD}, loss_g {Latest.LossG})", KeepBeforeFault(fault));
        }
    }

    /// <summary>The next warning that was found since the last call, or null.</summary>
    public RunWarning? TakeWarning() => _news.TryDequeue(out RunWarning? warning) ? warning : null;

    /// <summary>Puts a warning into warnings.jsonl.</summary>
    /// <exception cref="IOException">Not possible now.</exception>
    public void WriteWarning(RunWarning warning) => _warnings.Add(warning);

    /// <summary>Puts what was read into metrics.jsonl.</summary>
    /// <exception cref="IOException">Not possible now; the next call tries again.</exception>
    public void WriteMetrics() => _metrics.Write();

    /// <summary>Whether metrics must be read before the ring forgets them.</summary>
    public bool MustRead(long finishedSteps) => finishedSteps - _read >= MetricsRing.Slots;

    /// <summary>The first training images as the networks see them; call before the first step.</summary>
    /// <param name="imageCount">Images of the data set.</param>
    public void WriteRealSamples(int imageCount)
    {
        GanOptions o = _trainer.Options;
        int count = Math.Min(RealSamples, imageCount);
        Picture grid = ImageGrid.FromFloats(_trainer.PeekReal(count), count, o.ImageSize, o.ImageSize, o.Nc, RealPerRow, channelsLast: true, Low);
        WritePng(_folder.RealSamples, grid);
        _reports.SetReal(grid);
    }

    /// <summary>G on the fixed noise.</summary>
    public void WriteSamples(long finishedSteps, bool byStep)
    {
        GanOptions o = _trainer.Options;
        _trainer.AverageG?.Swap();
        float[] images = Sampler.Generate(_trainer.NetG, _trainer.Device, _fixedLatents, FixedCount);
        _trainer.AverageG?.Swap();
        string path = byStep ? _folder.SampleOfStep(finishedSteps) : _folder.SampleOfEpoch((int)((finishedSteps + _schedule.StepsPerEpoch - 1) / _schedule.StepsPerEpoch));
        int perRow = o.Model == ModelKind.Dcgan ? 8 : 4;
        if (_health.ObserveSamples(finishedSteps, HealthMonitor.Diversity(images, FixedCount)) is { } warning)
        {
            _news.Enqueue(warning);
        }
        Picture grid = ImageGrid.FromFloats(images, FixedCount, o.ImageSize, o.ImageSize, o.Nc, perRow, channelsLast: false, Low);
        WritePng(path, grid);
        LastSample = path;
        _reports.AddSample(finishedSteps, grid);
    }

    /// <summary>The picture written last.</summary>
    public string? LastSample { get; private set; }

    /// <summary>A line of timing.jsonl for the images since the line before; returns images a second.</summary>
    public double WriteTiming(long finishedSteps, long images)
    {
        TimeSpan now = _clock.Elapsed;
        double rate = (images - _timedImages) / Math.Max(1e-9, (now - _timed).TotalSeconds);
        long process = Environment.WorkingSet, device = _trainer.Device.Memory.Reserved;
        _speeds.Add(finishedSteps, rate, process, device);
        _timing.Append(finishedSteps, rate, process, device, GC.GetTotalMemory(forceFullCollection: false), now.TotalSeconds);
        _timing.Flush();
        (_timed, _timedImages) = (now, images);
        _reports.AddScalars();
        return rate;
    }

    /// <summary>Whether report.html and what belongs to it may be written now without taking more than their share of the time.</summary>
    public bool IsReportDue => _reports.IsDue;

    /// <summary>Time that reports have taken.</summary>
    public TimeSpan ReportTime => _reports.Spent;

    /// <summary>Has losses.png drawn, beside the training, from the metrics read so far; what goes wrong is told by <see cref="TakeReportTrouble"/>.</summary>
    public void DrawLosses() => _reports.DrawLosses();

    /// <summary>A line for the report's list of warnings.</summary>
    public void Warn(string text) => _reports.Warn(text);

    /// <summary>What went wrong with the report, the first time.</summary>
    public string? TakeReportTrouble() => _reports.TakeTrouble();

    /// <summary>losses.png, progress.gif, real_and_fake.png and report.html; never throws, see <see cref="TakeReportTrouble"/>.</summary>
    /// <param name="status">Where the run stands.</param>
    public void WriteReport(RunStatus status) => _reports.Write(status);

    /// <summary>Where the run stands.</summary>
    /// <param name="state">Whether it goes on.</param>
    /// <param name="finishedSteps">Of the whole run.</param>
    /// <param name="images">Images of this start.</param>
    public RunStatus Status(RunState state, long finishedSteps, long images)
    {
        TimeSpan elapsed = _clock.Elapsed;
        long done = finishedSteps - _start;
        TimeSpan? left = done > 0 ? elapsed * ((double)(_schedule.TotalSteps - finishedSteps) / done) : null;
        return new RunStatus(state, finishedSteps, images, elapsed, images / Math.Max(1e-9, elapsed.TotalSeconds), left, Environment.WorkingSet,
            _trainer.Device.Memory.Reserved, _series.Count > 0 ? _series.Latest : null, LastSample);
    }

    /// <summary>Writes a checkpoint after reading and flushing the metrics up to it.</summary>
    /// <exception cref="CheckpointException">It could not be written; the previous one is intact.</exception>
    /// <exception cref="InvalidDataException">Something in it is not finite; it was not written.</exception>
    public void WriteCheckpoint(long finishedSteps)
    {
        ReadMetrics(finishedSteps);
        Dictionary<string, List<HostTensor>> files = TrainerState.Capture(_trainer);
        foreach ((string file, List<HostTensor> tensors) in files)
        {
            if (tensors.Find(static t => !t.IsFinite()) is { } bad)
            {
                throw Diverged(finishedSteps - 1, $"{bad.Name} of {Path.GetFileNameWithoutExtension(file)} is not finite after it", null);
            }
        }
        try
        {
            _metrics.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{_folder.Metrics}: cannot be written ({e.Message}). Free space or permit writing.", e);
        }
        string state = $"{{\"step\":{finishedSteps},\"epoch\":{finishedSteps / _schedule.StepsPerEpoch},\"version\":\"{RunConfig.ToolVersion}\"}}\n";
        _checkpoints.Save(finishedSteps,
        [
            .. files.Select(f => CheckpointFile.FromTensors(f.Key, f.Value)),
            CheckpointFile.FromBytes(CheckpointNames.State, System.Text.Encoding.UTF8.GetBytes(state)),
        ]);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _timing.Dispose();
        _reports.Dispose();
    }

    private InvalidDataException Diverged(long step, string what, string? kept) => new($"Step {step}: {what}. "
        + (kept is null ? "" : $"No update was made from there on: the weights from before it are in {kept}. ")
        + $"The newest checkpoint is intact in {_folder.Checkpoints}; start again with a smaller --lr, or other weights if they were given.");

    /// <summary>Saves the networks as the fault found them; null where that is impossible or useless.</summary>
    private string? KeepBeforeFault(Fault fault)
    {
        if (fault.IsInWeights)
        {
            return null;
        }
        try
        {
            Directory.CreateDirectory(_folder.BeforeFault);
            foreach ((string name, Module net) in ((string, Module)[])[(TrainerState.NetG, _trainer.NetG), (TrainerState.NetD, _trainer.NetD)])
            {
                AtomicFile.Write(Path.Combine(_folder.BeforeFault, name), stream => Safetensors.Write(stream, net.ToHost()));
            }
            return _folder.BeforeFault;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private double RealDiversity()
    {
        int count = Math.Min(FixedCount, _schedule.ImageCount);
        return HealthMonitor.Diversity(_trainer.PeekReal(count), count);
    }

    private float Low => _trainer.Options.Model == ModelKind.Dcgan ? -1f : 0f;

    private static void WritePng(string path, Picture picture) =>
        AtomicFile.Write(path, PngEncoder.Encode(picture.Width, picture.Height, picture.Channels, picture.Pixels));
}
