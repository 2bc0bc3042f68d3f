using Gan.Core;
using Gan.Core.Serialization;
using Gan.Kernels;
using Gan.Train.Cli;
using Gan.Train.Data.Codecs.Png;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Runs;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Generation;

/// <summary><c>gan-train generate</c>: images from saved weights.</summary>
internal static class GenerateCommand
{
    /// <summary>Files that hold many images each, beside the numbered ones.</summary>
    public static readonly IReadOnlyList<string> GridNames = ["grid.png", "interpolation.png", "arithmetic.png", "arithmetic_neighbours.png"];

    private const int PerRow = 8;
    private const int GridImages = 1024;

    /// <exception cref="UsageException">Bad input; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">Interrupted; images written so far stay.</exception>
    public static int Run(GenerateSettings settings, IDeviceCatalogue devices, TextWriter output, CancellationToken interrupt)
    {
        CheckPlaces(settings);
        ResolvedDevice resolved = DeviceResolver.Resolve(settings.Device, settings.Precision, settings.Precision is not null, devices);
        if (resolved.Note is not null)
        {
            output.WriteLine(resolved.Note);
        }
        using Device device = devices.Open(resolved.Choice.Used, resolved.Precision);
        using GeneratorNetwork netG = GeneratorFile.Load(device, settings.NetG, output.WriteLine);
        HostTensor? given = settings.Latents is null ? null : LatentsFile.Read(settings.Latents, netG.Nz);
        int count = settings.ResolveCount(given?.Shape[0]);
        Shape shape = netG.ImageShape(count);
        RefuseTooMany(count, shape, settings);
        if (settings.BatchStats && count * shape[2] * shape[3] < 2)
        {
            throw new UsageException("--batch-stats: one image has no batch statistics; give --count 2 or more.");
        }
        if (settings.Interpolate is { } steps)
        {
            LatentPictures.CheckInterpolation(count, steps);
        }
        settings.Arithmetic?.CheckRows(count);
        float[] latents = given?.ToFloat32() ?? Sampler.DrawLatents(device, settings.Seed, RandomStream.Generate, count, netG.Nz);
        float[] images = settings.BatchStats
            ? Sampler.GenerateWithBatchStatistics(netG, device, latents.AsSpan(0, count * netG.Nz), count)
            : Sampler.Generate(netG, device, latents, count, interrupt);
        if (settings.Raw is { } raw)
        {
            WriteRaw(raw, netG, shape, images);
            output.WriteLine($"Wrote {raw}");
        }
        if (settings.Out is { } folder)
        {
            WriteImages(folder, netG, shape, images, interrupt);
            output.WriteLine($"Wrote {count} images and grid.png to {folder}");
            WriteLatentPictures(settings, new LatentPictures(netG, device, folder, interrupt), latents, count, output);
        }
        return ExitCode.Done;
    }

    private static void WriteLatentPictures(GenerateSettings settings, LatentPictures pictures, float[] latents, int count, TextWriter output)
    {
        if (settings.Interpolate is { } steps)
        {
            Guarded("--out", settings.Out!, () => pictures.Interpolate(latents, count, steps, settings.Interpolation));
            output.WriteLine("Wrote interpolation.gif and interpolation.png");
        }
        if (settings.Arithmetic is { } arithmetic)
        {
            Guarded("--out", settings.Out!, () => pictures.Calculate(arithmetic, latents, settings.Seed));
            output.WriteLine("Wrote arithmetic.png and arithmetic_neighbours.png");
        }
    }

    /// <summary>Before minutes of work: what can be seen to be in the way.</summary>
    private static void CheckPlaces(GenerateSettings settings)
    {
        if (settings.Out is { } folder && File.Exists(folder))
        {
            throw new UsageException($"--out {folder}: it is a file; give a folder.");
        }
        if (settings.Raw is not { } raw)
        {
            return;
        }
        string? parent = Path.GetDirectoryName(Path.GetFullPath(raw));
        if (Directory.Exists(raw))
        {
            throw new UsageException($"--raw {raw}: it is a folder; give a file's name.");
        }
        if (!Directory.Exists(parent))
        {
            throw new UsageException($"--raw {raw}: there is no folder {parent}; make it first.");
        }
    }

    /// <summary>With batch statistics every layer's output of the whole count is in memory at once; without, only the images are.</summary>
    private static void RefuseTooMany(int count, Shape shape, GenerateSettings settings)
    {
        long bytes = shape.Length * sizeof(float);
        if (bytes > int.MaxValue)
        {
            throw new UsageException($"--count {count}: images of {shape} are more than 2 GiB as floats; make fewer at a time, with another --seed each.");
        }
        long needed = bytes * (settings.Raw is null ? 1 : 2), available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new UsageException($"--count {count}: images of {shape} need {needed >> 20} MiB, {available >> 20} MiB are there; make fewer at a time, with another --seed each.");
        }
    }

    /// <summary>The file of image i.</summary>
    public static string ImageName(int i) => $"{i:D6}.png";

    private static void WriteRaw(string path, GeneratorNetwork netG, Shape shape, float[] images)
    {
        int[] sizes = netG is MlpGenerator ? [shape[0], shape[2] * shape[3]] : shape.ToArray();
        Guarded("--raw", path, () => AtomicFile.Write(path, stream => Safetensors.Write(stream, [HostTensor.FromFloat32("output", sizes, images)])));
    }

    private static void WriteImages(string folder, GeneratorNetwork netG, Shape shape, float[] images, CancellationToken interrupt) => Guarded("--out", folder, () =>
    {
        Directory.CreateDirectory(folder);
        int elements = (int)netG.ImageShape(1).Length;
        for (int i = 0; i < shape[0]; i++)
        {
            interrupt.ThrowIfCancellationRequested();
            Write(Path.Combine(folder, ImageName(i)), Grid(netG, shape, images.AsSpan(i * elements, elements), 1, padding: 0));
        }
        int shown = Math.Min(GridImages, shape[0]);
        Write(Path.Combine(folder, GridNames[0]), Grid(netG, shape, images.AsSpan(0, shown * elements), shown, padding: 2));
    });

    private static Picture Grid(GeneratorNetwork netG, Shape shape, ReadOnlySpan<float> images, int count, int padding) =>
        ImageGrid.FromFloats(images, count, shape[2], shape[3], shape[1], PerRow, channelsLast: false, netG is MlpGenerator ? 0f : -1f, padding);

    private static void Write(string path, Picture picture) =>
        AtomicFile.Write(path, PngEncoder.Encode(picture.Width, picture.Height, picture.Channels, picture.Pixels));

    private static void Guarded(string option, string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: cannot be written ({e.Message}); choose another place.", e);
        }
    }
}
