using Gan.Train.Data.Codecs.Gif;

namespace Gan.Train.Reports;

/// <summary>A sample picture of the run, compressed.</summary>
/// <param name="Step">Finished steps.</param>
/// <param name="Label">For people, such as "step 500, epoch 3".</param>
/// <param name="Image">The picture.</param>
internal sealed record ProgressFrame(long Step, string Label, GifImage Image);

/// <summary>
/// The samples shown by progress.gif and report.html: every sample of a short run, every second, fourth ... of a longer one, and always the newest. When there are
/// too many, or they take too many bytes, every second one is dropped.
/// </summary>
internal sealed class ProgressFrames
{
    public const int MaxFrames = 60;
    public const long MaxBytes = 5 << 20;

    /// <summary>Pixels a side; larger grids are cut to their first tiles.</summary>
    public const int MaxSide = 640;
    private const int FewTiles = 4;

    private readonly List<(long Ordinal, ProgressFrame Frame)> _kept = [];
    private (long Step, string Label, Picture Grid)? _newest;
    private long _count, _stride = 1, _bytes;

    /// <summary>How many samples there are to one that is kept.</summary>
    public long Stride => _stride;

    /// <summary>Whether <see cref="Add"/> would keep the next sample for good; one that is not is only needed when it stays the newest.</summary>
    public bool KeepsNext => _count % _stride == 0;

    /// <summary>Leaves a place for a sample without a picture: nothing is shown for it.</summary>
    public void Skip() => _count++;

    /// <param name="step">Finished steps.</param>
    /// <param name="label">For people.</param>
    /// <param name="grid">The sample.</param>
    /// <param name="tile">Pixels from one tile to the next.</param>
    public void Add(long step, string label, Picture grid, int tile)
    {
        int side = FewTiles * tile + ImageGrid.Padding;
        Picture shown = Math.Max(grid.Width, grid.Height) > MaxSide ? grid.Crop(side, side) : grid;
        _newest = (step, label, shown);
        long ordinal = _count++;
        if (ordinal % _stride != 0)
        {
            return;
        }
        _kept.Add((ordinal, Compress(_newest.Value)));
        _bytes += _kept[^1].Frame.Image.Bytes;
        while (_kept.Count > 2 && (_kept.Count > MaxFrames || _bytes > MaxBytes))
        {
            _stride *= 2;
            _kept.RemoveAll(k => k.Ordinal % _stride != 0);
            _bytes = _kept.Sum(static k => (long)k.Frame.Image.Bytes);
        }
    }

    /// <summary>Ascending by step; the newest sample is the last.</summary>
    public IReadOnlyList<ProgressFrame> Frames()
    {
        List<ProgressFrame> frames = [.. _kept.Select(static k => k.Frame)];
        if (_newest is { } newest && (frames.Count == 0 || frames[^1].Step != newest.Step))
        {
            frames.Add(Compress(newest));
        }
        return frames;
    }

    private static ProgressFrame Compress((long Step, string Label, Picture Grid) sample) =>
        new(sample.Step, sample.Label, GifImage.Encode(sample.Grid.Width, sample.Grid.Height, sample.Grid.Channels, sample.Grid.Pixels));
}
