using Gan.Train.Cli;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Runs the steps of a run and decides after each what is written and printed.</summary>
internal sealed class RunLoop(GanTrainer trainer, Schedule schedule, TrainSettings settings, RunOutputs outputs, IRunDisplay display)
{
    private readonly bool _samplesByStep = settings.Model == ModelKind.Dcgan || settings.SampleEvery.Steps is not null;
    private long _images;
    private string? _unsaved;

    /// <summary>What is written before the first step: the networks as they start.</summary>
    public void WriteStart(int imageCount)
    {
        outputs.WriteRealSamples(imageCount);
        outputs.WriteSamples(0, _samplesByStep);
        outputs.WriteCheckpoint(0);
    }

    /// <summary>Trains from step <paramref name="start"/> to the end, or until interrupted, saving either way.</summary>
    /// <returns>The exit code.</returns>
    public int Run(long start, CancellationToken interrupt)
    {
        long finished = start;
        bool sampled = true, saved = true;
        while (finished < schedule.TotalSteps && !interrupt.IsCancellationRequested)
        {
            StepPlace place = schedule[finished];
            trainer.Step(place);
            _images += place.Images;
            finished++;
            (sampled, saved) = (false, false);
            Log(place, finished);
            if (place.EndsEpoch || settings.SampleEvery.IsDue(finished, schedule.StepsPerEpoch))
            {
                outputs.ReadMetrics(finished);
                outputs.WriteSamples(finished, _samplesByStep);
                sampled = true;
            }
            if (settings.CheckpointEvery.IsDue(finished, schedule.StepsPerEpoch))
            {
                saved = Save(finished);
            }
        }
        outputs.ReadMetrics(finished);
        if (!sampled)
        {
            outputs.WriteSamples(finished, _samplesByStep);
        }
        if (!saved)
        {
            Save(finished);
        }
        if (finished > start)
        {
            outputs.WriteTiming(finished, _images);
        }
        if (_unsaved is not null)
        {
            throw new CheckpointException(_unsaved);
        }
        return finished < schedule.TotalSteps ? ExitCode.Interrupted : ExitCode.Done;
    }

    private void Log(in StepPlace place, long finished)
    {
        bool line = settings.LogEvery.Steps is { } every ? place.Step % every == 0 : place.EndsEpoch;
        line |= settings.Model == ModelKind.Mlp && finished == schedule.TotalSteps;
        if (line || outputs.MustRead(finished) || display.WantsUpdate)
        {
            outputs.ReadMetrics(finished);
            display.Update(finished, _images, outputs.Latest);
        }
        if (line)
        {
            MetricsLine m = outputs.Latest;
            display.WriteLine(settings.Model == ModelKind.Dcgan
                ? ConsoleLines.Dcgan(place.Epoch, schedule.Epochs, place.StepInEpoch, schedule.StepsPerEpoch, m.LossD, m.LossG, m.DX, m.DGz1, m.DGz2)
                : ConsoleLines.Mlp(place.Epoch, m.LossD, m.LossG));
            outputs.WriteTiming(finished, _images);
        }
    }

    /// <summary>A save that fails (a full disk) is reported and tried again at the next one; only the last decides the exit code.</summary>
    private bool Save(long finished)
    {
        try
        {
            outputs.WriteCheckpoint(finished);
            _unsaved = null;
            return true;
        }
        catch (CheckpointException e)
        {
            _unsaved = e.Message;
            display.WriteLine($"warning: {e.Message}");
            return false;
        }
    }
}
