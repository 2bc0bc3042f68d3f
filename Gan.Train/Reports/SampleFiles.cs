using System.Globalization;
using Gan.Train.Data.Codecs;
using Gan.Train.Runs;

namespace Gan.Train.Reports;

/// <summary>Finds the samples an earlier start of a run wrote, so that its animation goes on where it ended.</summary>
internal static class SampleFiles
{
    /// <summary>Fills <paramref name="frames"/> with the samples of steps up to <paramref name="finishedSteps"/>; files that cannot be read are left out.</summary>
    /// <param name="frames">Empty.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="finishedSteps">The checkpoint's.</param>
    /// <param name="stepsPerEpoch">What a file named after its epoch stands for.</param>
    /// <param name="tile">Pixels from one tile to the next.</param>
    /// <returns>The newest sample and its step; null when there is none.</returns>
    public static (long Step, Picture Grid)? Load(ProgressFrames frames, RunFolder folder, long finishedSteps, int stepsPerEpoch, int tile)
    {
        List<(long Step, string Path)> files =
        [
            .. Directory.EnumerateFiles(folder.Samples, "*.png").Select(path => (Step: StepOf(Path.GetFileNameWithoutExtension(path), stepsPerEpoch), path))
                .Where(f => f.Step >= 0 && f.Step <= finishedSteps).OrderBy(static f => f.Step),
        ];
        (long, Picture)? newest = null;
        for (int i = 0; i < files.Count; i++)
        {
            if (!frames.KeepsNext && i < files.Count - 1)
            {
                frames.Skip();
                continue;
            }
            if (Decode(files[i].Path) is { } grid)
            {
                frames.Add(files[i].Step, Label(files[i].Step, stepsPerEpoch), grid, tile);
                newest = (files[i].Step, grid);
            }
        }
        return newest;
    }

    /// <summary>Such as "step 500, epoch 3", epochs counted from 1; "step 0" is before training.</summary>
    public static string Label(long step, int stepsPerEpoch) => step == 0 ? "step 0, before training"
        : $"step {HumanText.Count(step)}, epoch {(step + stepsPerEpoch - 1) / stepsPerEpoch}";

    /// <summary>A whole PNG as a picture, or null.</summary>
    public static Picture? Decode(string path)
    {
        try
        {
            DecodedImage image = ImageDecoder.Decode(File.ReadAllBytes(path), DecodeLimits.Default);
            return image.Channels is 1 or 3 ? new Picture(image.Width, image.Height, image.Channels, image.Pixels) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            return null;
        }
    }

    private static long StepOf(string name, int stepsPerEpoch)
    {
        const string prefix = "step_";
        bool byStep = name.StartsWith(prefix, StringComparison.Ordinal);
        return long.TryParse(byStep ? name.AsSpan(prefix.Length) : name, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? byStep ? number : number * stepsPerEpoch : -1;
    }
}
