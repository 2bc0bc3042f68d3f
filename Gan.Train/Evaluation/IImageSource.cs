using Gan.Core;
using Gan.Kernels;
using Gan.Train.Data;
using Gan.Train.Data.Codecs;
using Gan.Train.Evaluation.Metrics;
using Gan.Train.Generation;
using Gan.Train.Models;
using Gan.Train.Reports;
using Gan.Train.Settings;
using Gan.Train.Training;

namespace Gan.Train.Evaluation;

/// <summary>Where the images to judge come from.</summary>
internal interface IImageSource : IDisposable
{
    /// <summary>One line for the console.</summary>
    string Description { get; }

    /// <summary>Side of the square images.</summary>
    int Size { get; }

    int Channels { get; }

    /// <summary>How many there are at most.</summary>
    int Available { get; }

    /// <summary>The first <paramref name="count"/> images.</summary>
    PixelSet Take(int count, CancellationToken interrupt);
}

/// <summary>Images of a generator for noise of a seed, rounded to bytes as <c>generate</c> writes them.</summary>
internal sealed class GeneratorSource(GeneratorNetwork netG, Device device, ulong seed) : IImageSource
{
    private const int Chunk = 1024;

    public string Description => $"generator of {Size}x{Size}x{Channels} images from {netG.Nz} numbers";

    public int Size => netG.ImageShape(1)[2];

    public int Channels => netG.ImageShape(1)[1];

    public int Available => int.MaxValue;

    public PixelSet Take(int count, CancellationToken interrupt)
    {
        float[] latents = Sampler.DrawLatents(device, seed, RandomStream.Generate, count, netG.Nz);
        (int size, int channels, float low) = (Size, Channels, netG.OutputRange.Shift == 0 ? 0f : -1f);
        int elements = size * size * channels;
        var pixels = new byte[count * elements];
        for (int first = 0; first < count; first += Chunk)
        {
            int taken = Math.Min(Chunk, count - first);
            float[] images = Sampler.Generate(netG, device, latents.AsSpan(first * netG.Nz, taken * netG.Nz), taken, interrupt);
            // One column without padding: the images one after another.
            ImageGrid.FromFloats(images, taken, size, size, channels, perRow: 1, channelsLast: false, low, padding: 0).Pixels.CopyTo(pixels, first * elements);
        }
        return new PixelSet(count, size, size, channels, pixels);
    }

    public void Dispose() => netG.Dispose();
}

/// <summary>Images that somebody else generated, in a folder; brought to a square of the first one's shorter side.</summary>
internal sealed class FolderSource : IImageSource
{
    private readonly ImageDataset _images;

    /// <exception cref="UsageException">No images there, or some that can't be read.</exception>
    public FolderSource(EvaluateSettings settings, Action<string> log)
    {
        try
        {
            string[] grids = [.. GenerateCommand.GridNames.Where(name => File.Exists(Path.Combine(settings.Run, name)) && File.Exists(Path.Combine(settings.Run, GenerateCommand.ImageName(0))))];
            if (grids.Length > 0)
            {
                log($"note: {string.Join(", ", grids)} left out: generate writes many images into each.");
            }
            string first = Path.Combine(settings.Run, ImageFolder.Find(settings.Run, grids)[0]);
            DecodedImage image = ImageDecoder.Decode(File.ReadAllBytes(first), DecodeLimits.Default);
            _images = ImageDataset.Open(settings.Run, Math.Min(image.Width, image.Height), null, settings.Workers, settings.SkipBadImages, log, leaveOut: grids);
        }
        catch (Exception e) when (e is DataException or ImageFormatException)
        {
            throw new UsageException($"--run {settings.Run}: {e.Message} (a folder without checkpoints is taken for one of generated images)", e);
        }
    }

    public string Description => $"{_images.Description}, {Size}x{Size}x{Channels}";

    public int Size => _images.Width;

    public int Channels => _images.Channels;

    public int Available => _images.Count;

    public PixelSet Take(int count, CancellationToken interrupt) => RealImages.Pick(_images, Enumerable.Range(0, count).ToArray());

    public void Dispose() => _images.Dispose();
}
