using Gan.Core;
using Gan.Core.Nn;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Kernels.Cuda;
using Gan.Train.Cli;
using Gan.Train.Data;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>The root command: from resolved options to a finished run.</summary>
internal static class TrainCommand
{
    /// <summary>Room a run needs beyond its checkpoints, bytes: pictures, reports (both the old and the new one while they are replaced) and logs.</summary>
    private static long OtherFilesBytes(ModelKind model) => model == ModelKind.Dcgan ? 32 << 20 : 4 << 20;

    /// <param name="request">What was asked.</param>
    /// <param name="devices">This machine's devices.</param>
    /// <param name="output">Console lines.</param>
    /// <param name="interrupt">Ends the run after its current step, saved.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">Bad input, found before the first step; nothing is left behind.</exception>
    public static int Run(TrainRequest request, IDeviceCatalogue devices, TextWriter output, CancellationToken interrupt)
    {
        TrainSettings settings = request.Settings;
        if (request.ResumeFolder is null && settings.Out is { } path)
        {
            RunFolder.Check(path, settings.Overwrite);
        }
        Action<string> say = settings.Quiet ? static _ => { } : output.WriteLine;
        settings = settings.ResolveDevice(devices, out string? note);
        using Device device = devices.Open(settings.Device.Used, settings.Precision!.Value);
        say($"Device: {settings.Device}; {device.Description}");
        void Note(string line)
        {
            request.Notes.Add(line);
            output.WriteLine(line);
        }
        if (note is not null)
        {
            Note(note);
        }
        using ImageDataset data = DataSource.Open(settings, Note);
        interrupt.ThrowIfCancellationRequested();
        settings = AutoBatch.Resolve(Resolve(settings, data, Note), device, data, say);
        var schedule = new Schedule(data.Count, settings.BatchSize, settings.DSteps, settings.Epochs, settings.Steps);
        settings = settings.ResolveNoise(settings.TotalSteps(schedule.StepsPerEpoch));
        var config = new RunConfig(settings, device.Description, data.Description, data.Count, Convert.ToHexStringLower(data.ContentHash));
        request.Stored?.CheckSameData(settings.Data, data.Count, config.DataHash);
        say($"Data: {data.Description}; {data.Count} images of {data.Height}x{data.Width}x{data.Channels}");
        GanOptions options = GanOptions.From(settings);
        using Tensor? latents = ReadLatents(settings, device, options, schedule);
        if (!settings.DryRun && request.ResumeFolder is { } folder && IsFinished(folder, settings, schedule, output))
        {
            return ExitCode.Done;
        }
        var forecast = new MemoryForecast(options, data.Count, data.ImageBytes, schedule.TotalSteps, latents?.Shape[0] ?? 0, device.Forecast);
        bool streamed = ImagePlacement.MustStream(device, forecast, settings.BatchSize, say);

        try
        {
            using IImageSource images = ImagePlacement.Place(device, data, options, streamed);
            using var trainer = new GanTrainer(device, options, images, latents);
            if (request.ResumeFolder is null)
            {
                LoadGiven(trainer, settings);
            }
            interrupt.ThrowIfCancellationRequested();
            return settings.DryRun
                ? DryRun.Run(request, settings, trainer, schedule, output)
                : request.ResumeFolder is { } resumed
                    ? GoOn(request, resumed, config, trainer, schedule, output, interrupt)
                    : Start(request, config, trainer, schedule, output, interrupt);
        }
        catch (Exception e) when (e is CudaException or DeviceOutOfMemoryException)
        {
            throw DeviceFailure.Explain(e, request, forecast, settings.BatchSize);
        }
    }

    private static TrainSettings Resolve(TrainSettings settings, ImageDataset data, Action<string> say)
    {
        settings = settings.ResolveBatch(data.Count, out string? note).ResolveChannels(data.Channels == 1);
        if (note is not null)
        {
            say(note);
        }
        return settings;
    }

    private static int Start(TrainRequest request, RunConfig config, GanTrainer trainer, Schedule schedule, TextWriter output, CancellationToken interrupt)
    {
        TrainSettings settings = config.Settings;
        using RunFolder folder = RunFolder.Create(settings.Out, settings.Model, settings.Overwrite, BytesNeeded(trainer, settings));
        AtomicFile.Write(folder.Config, config.ToJson());
        using var outputs = new RunOutputs(trainer, schedule, folder, config, 0);
        request.Notes.ForEach(outputs.Warn);
        using IRunDisplay display = RunDisplay.Open(settings, schedule, output, interrupt);
        var loop = new RunLoop(trainer, schedule, settings, outputs, display);
        loop.WriteStart(config.DataCount);
        folder.Keep();
        (request.Begun, request.RunFolder) = (true, folder.FullPath);
        display.Start(folder.FullPath);
        return Report(loop.Run(0, interrupt), display, folder);
    }

    private static int GoOn(TrainRequest request, string path, RunConfig config, GanTrainer trainer, Schedule schedule, TextWriter output,
        CancellationToken interrupt)
    {
        TrainSettings settings = config.Settings;
        using RunFolder folder = RunFolder.Resume(path, BytesNeeded(trainer, settings));
        var store = new CheckpointStore(folder.Checkpoints, settings.Keep);
        bool killedBeforeStep0 = store.IsEmpty && MetricsLog.IsEmpty(folder.Metrics);
        long finished = 0;
        if (killedBeforeStep0)
        {
            LoadGiven(trainer, settings);
        }
        else
        {
            finished = Restore(trainer, store, request, output);
        }
        using var outputs = new RunOutputs(trainer, schedule, folder, config, finished);
        request.Notes.ForEach(outputs.Warn);
        AtomicFile.Write(folder.Config, config.ToJson());
        using IRunDisplay display = RunDisplay.Open(settings, schedule, output, interrupt);
        var loop = new RunLoop(trainer, schedule, settings, outputs, display);
        if (killedBeforeStep0)
        {
            loop.WriteStart(config.DataCount);
        }
        (request.Begun, request.RunFolder) = (true, folder.FullPath);
        display.Start(folder.FullPath);
        return Report(loop.Run(finished, interrupt), display, folder);
    }

    private static long Restore(GanTrainer trainer, CheckpointStore store, TrainRequest request, TextWriter output)
    {
        Checkpoint checkpoint = store.LoadNewest(out string? warning);
        if (warning is not null)
        {
            request.Notes.Add(warning);
            output.WriteLine($"warning: {warning}");
        }
        return TrainerState.Restore(trainer, checkpoint.ReadTensors(TrainerState.NetG), checkpoint.ReadTensors(TrainerState.NetD),
            checkpoint.ReadTensors(TrainerState.Optimizer),
            trainer.AverageG is null ? null : checkpoint.ReadTensors(CheckpointNames.NetGAverage));
    }

    /// <summary>Looks before the folder is locked, because resuming a finished run changes nothing in it.</summary>
    private static bool IsFinished(string folder, TrainSettings settings, Schedule schedule, TextWriter output)
    {
        var store = new CheckpointStore(RunFolder.CheckpointsOf(folder), settings.Keep);
        if (store.IsEmpty || store.LoadNewest(out _).Step is var finished && finished < schedule.TotalSteps)
        {
            return false;
        }
        output.WriteLine($"{folder}: the run is finished ({finished} of {schedule.TotalSteps} steps); give --steps or --epochs to go further.");
        return true;
    }

    private static int Report(int exitCode, IRunDisplay display, RunFolder folder)
    {
        display.Dispose();
        if (exitCode == ExitCode.Done)
        {
            display.WriteLine($"Done: {folder.FullPath}");
        }
        else
        {
            display.Note($"Interrupted and saved; go on with --resume {folder.FullPath}");
        }
        return exitCode;
    }

    private static void LoadGiven(GanTrainer trainer, TrainSettings settings)
    {
        Load(trainer.NetG, settings.NetG, "--netG");
        Load(trainer.NetD, settings.NetD, "--netD");
        trainer.AverageG?.Reset();
    }

    private static void Load(Module net, string? path, string option)
    {
        if (path is null)
        {
            return;
        }
        try
        {
            SafetensorsFile file = Safetensors.Read(path);
            RefuseNotFinite(option, path, file);
            net.Load(file);
        }
        catch (SafetensorsException e)
        {
            throw new UsageException($"{option}: {e.Message}", e);
        }
    }

    /// <summary>Reads --latents and counts the rows the run will draw.</summary>
    private static Tensor? ReadLatents(TrainSettings settings, Device device, GanOptions options, Schedule schedule)
    {
        if (settings.Latents is null)
        {
            return null;
        }
        HostTensor found = LatentsFile.Read(settings.Latents, options.Nz);
        long rows = found.Shape[0], needed = schedule.LatentRows(0, schedule.TotalSteps, options.Model);
        if (rows < needed)
        {
            throw new UsageException($"--latents {settings.Latents}: it has {rows} rows, but {schedule.TotalSteps} steps draw {needed}; give more rows or fewer --steps.");
        }
        RefuseNotFinite("--latents", settings.Latents, [found]);
        return Tensor.FromArray(device, found.ToFloat32(), new Shape((int)rows, options.Nz));
    }

    private static void RefuseNotFinite(string option, string path, IEnumerable<HostTensor> tensors)
    {
        if (tensors.FirstOrDefault(static t => !t.IsFinite()) is { } bad)
        {
            throw new UsageException($"{option} {path}: '{bad.Name}' holds values that are not finite; give a file from before that happened.");
        }
    }

    /// <summary>Checkpoints hold weights and two moments; one more is there while the next is written.</summary>
    private static long BytesNeeded(GanTrainer trainer, TrainSettings settings) =>
        (trainer.NetG.ParameterCount() + trainer.NetD.ParameterCount()) * 3 * sizeof(float) * (settings.Keep + 1) + OtherFilesBytes(settings.Model);
}
