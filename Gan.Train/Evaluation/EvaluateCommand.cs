using Gan.Kernels;
using Gan.Train.Cli;
using Gan.Train.Data;
using Gan.Train.Data.Codecs.Png;
using Gan.Train.Evaluation.Metrics;
using Gan.Train.Interop;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Evaluation;

/// <summary><c>gan-train evaluate</c>: how good generated images are, in numbers that can be compared between runs on the same data.</summary>
internal static class EvaluateCommand
{
    private const int Shown = 12, Neighbours = 7;

    /// <exception cref="UsageException">Bad input, found before anything is measured.</exception>
    /// <exception cref="OperationCanceledException">Interrupted; nothing was written.</exception>
    public static int Run(EvaluateSettings settings, IDeviceCatalogue devices, TextWriter output, CancellationToken interrupt)
    {
        if (settings.Json is { } file)
        {
            OutputPlace.Check("--json", file);
        }
        bool isRun = IsRunFolder(settings.Run);
        string? pictures = settings.Out ?? (isRun ? Path.Combine(settings.Run, RunFolder.EvaluationName) : null);
        if (File.Exists(pictures))
        {
            throw new UsageException($"--out {pictures}: it is a file; give a folder.");
        }
        // Numbers of different machines should agree, so products are never in less than float32.
        ResolvedDevice resolved = DeviceResolver.Resolve(settings.Device, Precision.Fp32, true, devices);
        using Device device = devices.Open(resolved.Choice.Used, Precision.Fp32);
        using IImageSource source = Open(settings, device, isRun, output.WriteLine);
        output.WriteLine($"Judged: {source.Description}");
        using ImageDataset images = OpenData(settings, isRun, source, output.WriteLine);
        output.WriteLine($"Data: {images.Description}");

        int count = Count(settings, source, images, output.WriteLine);
        PixelSet generated = source.Take(count, interrupt);
        var judge = new Judge(device, images, new RealImages(images, settings.Seed), settings.Seed, output.WriteLine, interrupt);
        Judgement judgement = judge.Run(generated);
        foreach (string line in judgement.Lines())
        {
            output.WriteLine(line);
        }
        if (settings.Json is { } json)
        {
            OutputPlace.Write("--json", json, stream => stream.Write(JudgementJson.Write(settings, images.Description, judgement)));
            output.WriteLine($"Wrote {json}");
        }
        if (pictures is not null)
        {
            WriteNearest(Path.Combine(pictures, RunFolder.NearestName), generated, images);
            output.WriteLine($"Wrote {Path.Combine(pictures, RunFolder.NearestName)}: generated images on the left, the real ones nearest to each beside them");
        }
        return ExitCode.Done;
    }

    private static bool IsRunFolder(string path) => File.Exists(RunFolder.ConfigOf(path)) && Directory.Exists(RunFolder.CheckpointsOf(path));

    private static IImageSource Open(EvaluateSettings settings, Device device, bool isRun, Action<string> log)
    {
        string path = settings.Run;
        bool isGenerator = isRun || File.Exists(path) || File.Exists(Path.Combine(path, CheckpointNames.NetG)) || Directory.Exists(RunFolder.CheckpointsOf(path));
        if (!isGenerator && !Directory.Exists(path))
        {
            throw new UsageException($"--run {path}: no such file or folder; give a run folder, a generator's .safetensors file, or a folder of images.");
        }
        return isGenerator ? new GeneratorSource(GeneratorFile.Load(device, path, log), device, settings.Seed) : new FolderSource(settings, log);
    }

    /// <summary>The real images in the size and the channels of the generated ones.</summary>
    private static ImageDataset OpenData(EvaluateSettings settings, bool isRun, IImageSource source, Action<string> log)
    {
        TrainSettings? run = isRun ? RunConfig.Read(RunFolder.ConfigOf(settings.Run)).Settings : null;
        string data = settings.Data ?? run?.Data ?? throw new UsageException("--data is missing: give the real images (a folder, MNIST IDX data, or a built-in name).");
        // Built-in pictures are those of the run.
        var request = new DataRequest(data, source.Size, null, settings.Workers, settings.SkipBadImages || run is { SkipBadImages: true },
            run?.Seed ?? settings.Seed, run?.SyntheticCount, run is { NoCache: true } ? null : DataSource.Cache(run?.Cache));
        ImageDataset images = DataSource.Open(request, log);
        if (images.Channels != source.Channels)
        {
            log($"note: the generated images have {source.Channels} channel{(source.Channels == 1 ? "" : "s")}, the real ones {images.Channels}; "
                + $"the real ones are taken as {(source.Channels == 1 ? "grey" : "colour")}.");
            images.Dispose();
            images = DataSource.Open(request with { Nc = source.Channels }, static _ => { });
        }
        return images;
    }

    private static int Count(EvaluateSettings settings, IImageSource source, ImageDataset images, Action<string> log)
    {
        int count = Math.Min(settings.Count, Math.Min(images.Count / 2, source.Available));
        if (count < EvaluateSettings.MinCount)
        {
            throw new UsageException($"{images.Count} real and {(source.Available == int.MaxValue ? "any number of" : source.Available)} generated images: at least "
                + $"{2 * EvaluateSettings.MinCount} real and {EvaluateSettings.MinCount} generated ones are needed.");
        }
        long bytes = (long)count * images.ImageBytes;
        return bytes <= 1 << 30
            ? count
            : throw new UsageException($"--count {settings.Count}: {count} images of {images.Width}x{images.Height}x{images.Channels} are more than 1 GiB a side; give at most {(1 << 30) / images.ImageBytes}.");
    }

    private static void WriteNearest(string path, PixelSet generated, ImageDataset images)
    {
        int shown = Math.Min(Shown, generated.Count), neighbours = Math.Min(Neighbours, images.Count);
        int[][] nearest = NearestImages.Find(generated, images, shown, neighbours);
        using var tiles = new MemoryStream();
        for (int i = 0; i < shown; i++)
        {
            tiles.Write(generated.Image(i));
            foreach (int index in nearest[i])
            {
                tiles.Write(images.Image(index));
            }
        }
        Picture grid = ImageGrid.FromBytes(tiles.ToArray(), shown * (1 + neighbours), generated.Height, generated.Width, generated.Channels, 1 + neighbours);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--out {Path.GetDirectoryName(path)}: cannot be made ({e.Message}); choose another place.", e);
        }
        OutputPlace.Write("--out", path, stream => stream.Write(PngEncoder.Encode(grid.Width, grid.Height, grid.Channels, grid.Pixels)));
    }
}
