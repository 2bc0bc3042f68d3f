using System.Diagnostics;
using Gan.Core.Nn;
using Gan.Train.Cli;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>--dry-run: everything resolved, the networks, and one real step; nothing is written.</summary>
internal static class DryRun
{
    public static int Run(TrainRequest request, TrainSettings settings, GanTrainer trainer, Schedule schedule, TextWriter output)
    {
        foreach (string line in settings.Describe())
        {
            output.WriteLine(line);
        }
        output.WriteLine($"{schedule.Batches} batches and {schedule.StepsPerEpoch} steps an epoch, {schedule.TotalSteps} steps in all");
        StepPlace place = schedule[0];
        output.WriteLine(ModuleSummary.Format(trainer.NetG, trainer.NetG.LatentShape(place.LastRows)));
        output.WriteLine(ModuleSummary.Format(trainer.NetD, trainer.NetD.InputShape(place.LastRows)));
        request.Begun = true;
        var clock = Stopwatch.StartNew();
        trainer.Step(place);
        MetricsLine line1 = trainer.Metrics.Read(0, 1, schedule)[0];
        output.WriteLine($"One step: {clock.Elapsed.TotalMilliseconds:0} ms (the first, compilation included), loss_d {line1.LossD:0.0000}, loss_g {line1.LossG:0.0000}, "
            + $"D(x) {line1.DX:0.0000}, D(G(z)) {line1.DGz1:0.0000} / {line1.DGz2:0.0000}");
        output.WriteLine($"Memory: {trainer.Device.Memory.PeakReserved / 1048576.0:0.0} MiB on the device after it");
        return ExitCode.Done;
    }
}
