using System.Diagnostics;
using Gan.Train.Cli;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Runs the steps of a run and decides after each what is written and printed.</summary>
internal sealed class RunLoop(GanTrainer trainer, Schedule schedule, TrainSettings settings, RunOutputs outputs, IRunDisplay display)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);
    private readonly bool _samplesByStep = settings.Model == ModelKind.Dcgan || settings.SampleEvery.Steps is not null;
    private readonly Stopwatch _sinceSave = new();
    private long _images;
    private readonly HashSet<string> _unwritten = [];
    private string? _unsaved;

    /// <summary>What is written before the first step: the networks as they start.</summary>
    public void WriteStart(int imageCount)
    {
        outputs.WriteRealSamples(imageCount);
        outputs.WriteSamples(0, _samplesByStep);
        outputs.WriteCheckpoint(0);
        Report(RunState.Running, 0);
    }

    /// <summary>Trains from step <paramref name="start"/> to the end, or until interrupted, saving either way.</summary>
    /// <returns>The exit code.</returns>
    public int Run(long start, CancellationToken interrupt)
    {
        long finished = start;
        try
        {
            Train(ref finished, interrupt);
        }
        catch (Exception e)
        {
            Report(RunState.Failed, finished, e.Message);
            throw;
        }
        RunState state = finished < schedule.TotalSteps ? RunState.Interrupted : RunState.Finished;
        Report(state, finished);
        return state == RunState.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }

    private void Train(ref long finished, CancellationToken interrupt)
    {
        long start = finished;
        bool sampled = true, saved = true;
        while (finished < schedule.TotalSteps && !interrupt.IsCancellationRequested)
        {
            StepPlace place = schedule[finished];
            trainer.Step(place);
            _images += place.Images;
            finished++;
            (sampled, saved) = (false, false);
            bool interval = Log(place, finished);
            if (place.EndsEpoch || settings.SampleEvery.IsDue(finished, schedule.StepsPerEpoch))
            {
                sampled = Sample(finished);
                interval = true;
            }
            if (settings.CheckpointEvery.IsDue(finished, schedule.StepsPerEpoch) || (_unsaved is not null && _sinceSave.Elapsed > RetryAfter))
            {
                saved = Save(finished);
                interval = true;
            }
            if (interval)
            {
                outputs.DrawLosses();
                TellReportTrouble();
            }
            if (outputs.IsReportDue)
            {
                outputs.ReadMetrics(finished);
                Report(RunState.Running, finished);
            }
        }
        if (!saved)
        {
            Save(finished);
        }
        if (!sampled)
        {
            Sample(finished);
        }
        if (finished > start)
        {
            long end = finished;
            Try("timing.jsonl", () => outputs.WriteTiming(end, _images));
        }
        if (_unsaved is not null)
        {
            throw new CheckpointException(_unsaved);
        }
    }

    private void Report(RunState state, long finished, string? failure = null)
    {
        outputs.WriteReport(outputs.Status(state, finished, _images) with { Failure = failure });
        TellReportTrouble();
    }

    private void TellReportTrouble()
    {
        if (outputs.TakeReportTrouble() is { } trouble)
        {
            display.Note($"warning: {trouble}");
        }
    }

    /// <summary>A note that the report shows as well.</summary>
    private void Warn(string text)
    {
        outputs.Warn(text);
        display.Note($"warning: {text}");
    }

    /// <returns>Whether a line was due.</returns>
    private bool Log(in StepPlace place, long finished)
    {
        bool line = settings.LogEvery.Steps is { } every ? place.Step % every == 0 : place.EndsEpoch;
        line |= settings.Model == ModelKind.Mlp && finished == schedule.TotalSteps;
        bool update = display.WantsUpdate;
        if (line || update || outputs.MustRead(finished))
        {
            outputs.ReadMetrics(finished);
            TellWarnings();
        }
        if (update)
        {
            display.Update(outputs.Status(RunState.Running, finished, _images), outputs.Series);
        }
        if (line)
        {
            MetricsLine m = outputs.Latest;
            display.WriteLine(settings.Model == ModelKind.Dcgan
                ? ConsoleLines.Dcgan(place.Epoch, schedule.Epochs, place.StepInEpoch, schedule.StepsPerEpoch, m.LossD, m.LossG, m.DX, m.DGz1, m.DGz2)
                : ConsoleLines.Mlp(place.Epoch, m.LossD, m.LossG));
            Try("metrics.jsonl and timing.jsonl", () =>
            {
                outputs.WriteMetrics();
                outputs.WriteTiming(finished, _images);
            });
        }
        return line;
    }

    private bool Sample(long finished)
    {
        outputs.ReadMetrics(finished);
        bool written = Try("samples", () => outputs.WriteSamples(finished, _samplesByStep));
        TellWarnings();
        return written;
    }

    private void TellWarnings()
    {
        while (outputs.TakeWarning() is { } warning)
        {
            display.Note($"warning: step {warning.Step}: {warning.Message}");
            Try("warnings.jsonl", () => outputs.WriteWarning(warning));
        }
    }

    /// <summary>What a run can do without must not end it: a disk may have room again in an hour. Each kind of file is reported once.</summary>
    private bool Try(string what, Action write)
    {
        try
        {
            write();
            _unwritten.Remove(what);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_unwritten.Add(what))
            {
                Warn($"{what} could not be written ({e.Message}); the run goes on.");
            }
            return false;
        }
    }

    /// <summary>A save that fails (a full disk) is reported and tried again soon; only the last decides the exit code.</summary>
    private bool Save(long finished)
    {
        try
        {
            outputs.WriteCheckpoint(finished);
            if (_unsaved is not null)
            {
                display.Note($"Checkpoints can be written again: step {finished} is saved.");
            }
            _unsaved = null;
            return true;
        }
        catch (CheckpointException e)
        {
            if (_unsaved is null)
            {
                Warn($"{e.Message} The run goes on and tries again.");
            }
            _unsaved = e.Message;
            _sinceSave.Restart();
            return false;
        }
    }
}
