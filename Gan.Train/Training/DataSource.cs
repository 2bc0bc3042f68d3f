using Gan.Train.Data;
using Gan.Train.Data.Synthetic;
using Gan.Train.Settings;

namespace Gan.Train.Training;

/// <summary>Which images, in which form.</summary>
/// <param name="Data">What --data gave.</param>
/// <param name="ImageSize">Side of the square images.</param>
/// <param name="Nc">Channels, 1 or 3; null: the data's own.</param>
/// <param name="Workers">Threads that decode.</param>
/// <param name="SkipBadImages">Leave out what does not decode.</param>
/// <param name="Seed">Of built-in pictures.</param>
/// <param name="SyntheticCount">How many built-in pictures; null: the usual number.</param>
/// <param name="Cache">Where decoded folders are kept; null for nowhere.</param>
internal sealed record DataRequest(string Data, int ImageSize, int? Nc, int Workers, bool SkipBadImages, ulong Seed, int? SyntheticCount, DecodedCache? Cache);

/// <summary>Opens what --data names: a built-in set is drawn, anything else is read.</summary>
internal static class DataSource
{
    /// <param name="settings">Data, size, channels, workers, seed.</param>
    /// <param name="log">Takes notes for the console.</param>
    /// <exception cref="UsageException">The data can't be used; the message says why.</exception>
    public static ImageDataset Open(TrainSettings settings, Action<string> log) =>
        Open(new DataRequest(settings.Data, settings.ImageSize, settings.Nc, settings.Workers, settings.SkipBadImages, settings.Seed, settings.SyntheticCount,
            settings.NoCache ? null : Cache(settings.Cache)), log);

    /// <exception cref="UsageException">The data can't be used; the message says why.</exception>
    public static ImageDataset Open(DataRequest request, Action<string> log)
    {
        try
        {
            return BuiltInData.Contains(request.Data)
                ? Draw(request)
                : ImageDataset.Open(request.Data, request.ImageSize, request.Nc, request.Workers, request.SkipBadImages, log, request.Cache);
        }
        catch (DataException e)
        {
            throw new UsageException($"--data {request.Data}: {e.Message}", e);
        }
    }

    /// <summary>A folder that was named is used for every data folder, the default one for those that take long to decode.</summary>
    public static DecodedCache? Cache(string? name) =>
        name is { } named ? new DecodedCache(named)
        : DecodedCache.DefaultFolder() is { } folder ? new DecodedCache(folder, minFiles: DecodedCache.DefaultMinFiles)
        : null;

    private static unsafe ImageDataset Draw(DataRequest settings)
    {
        bool faces = settings.Data == BuiltInData.Faces;
        int count = settings.SyntheticCount ?? (faces ? SyntheticFaces.DefaultCount : SyntheticDigits.DefaultCount);
        int size = settings.ImageSize, drawn = faces ? 3 : 1, channels = settings.Nc ?? drawn;
        var pixels = new NativePixels((long)count * size * size * drawn);
        int[]? labels = null;
        if (faces)
        {
            SyntheticFaces.Fill(settings.Seed, count, size, settings.Workers, (nint)pixels.Pointer);
        }
        else
        {
            SyntheticDigits.Fill(settings.Seed, count, size, settings.Workers, (nint)pixels.Pointer);
            labels = [.. Enumerable.Range(0, count).Select(i => SyntheticDigits.Label(settings.Seed, i))];
        }
        NativePixels wanted = channels == drawn ? pixels : Convert(pixels, (long)count * size * size, channels);
        return ImageDataset.FromPixels($"{settings.Data}: {count} drawn images", count, size, size, channels, wanted, labels);
    }

    /// <summary>Grey to colour or colour to luma, where --nc asks for it.</summary>
    private static unsafe NativePixels Convert(NativePixels from, long pixels, int channels)
    {
        var to = new NativePixels(pixels * channels);
        for (long i = 0; i < pixels; i++)
        {
            if (channels == 3)
            {
                to.Pointer[3 * i] = to.Pointer[3 * i + 1] = to.Pointer[3 * i + 2] = from.Pointer[i];
            }
            else
            {
                ImagePipeline.ToLuma(new ReadOnlySpan<byte>(from.Pointer + 3 * i, 3), new Span<byte>(to.Pointer + i, 1));
            }
        }
        from.Dispose();
        return to;
    }
}
