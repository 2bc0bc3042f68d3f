namespace Gan.Train.Data.Codecs.Gif;

/// <summary>Sums over the pixels of one histogram bin.</summary>
internal struct ColourBin
{
    public long Count, R, G, B;

    public void Add(int r, int g, int b)
    {
        Count++;
        (R, G, B) = (R + r, G + g, B + b);
    }

    /// <summary>The mean of a channel: 0 red, 1 green, 2 blue.</summary>
    public readonly double Mean(int channel) => (double)(channel == 0 ? R : channel == 1 ? G : B) / Count;
}

/// <summary>A run of histogram bins that share a palette entry until they are cut in two.</summary>
internal sealed class ColourBox
{
    private readonly ColourBin[] _bins;
    private readonly int _from, _to, _axis;
    private readonly double _at;

    /// <param name="bins">Bins with pixels; the box's own part is put in another order when it is cut.</param>
    /// <param name="from">Its first bin.</param>
    /// <param name="to">The bin behind its last.</param>
    public ColourBox(ColourBin[] bins, int from, int to)
    {
        (_bins, _from, _to) = (bins, from, to);
        for (int axis = 0; axis < 3; axis++)
        {
            double count = 0, sum = 0, squares = 0;
            foreach (ref readonly ColourBin bin in Bins)
            {
                double mean = bin.Mean(axis);
                count += bin.Count;
                sum += bin.Count * mean;
                squares += bin.Count * mean * mean;
            }
            double error = squares - sum * sum / count;
            if (error > Error)
            {
                (Error, _axis, _at) = (error, axis, sum / count);
            }
        }
        // What is left of rounding is no reason to cut, and a box of one bin cannot be cut.
        Error = to - from > 1 && Error > 1e-3 ? Error : 0;
    }

    /// <summary>Squared distance of its colours from their mean along the axis that has most of it; 0 when it cannot be cut.</summary>
    public double Error { get; }

    private Span<ColourBin> Bins => _bins.AsSpan(_from, _to - _from);

    /// <summary>Its mean colour, rounded: three bytes.</summary>
    public byte[] Mean()
    {
        ColourBin sum = default;
        foreach (ref readonly ColourBin bin in Bins)
        {
            (sum.Count, sum.R, sum.G, sum.B) = (sum.Count + bin.Count, sum.R + bin.R, sum.G + bin.G, sum.B + bin.B);
        }
        return [(byte)Math.Round(sum.Mean(0)), (byte)Math.Round(sum.Mean(1)), (byte)Math.Round(sum.Mean(2))];
    }

    /// <summary>The bins up to the mean of its longest axis, and the others; neither is empty, because the errors to both sides sum to 0.</summary>
    public (ColourBox Low, ColourBox High) Cut()
    {
        Span<ColourBin> bins = Bins;
        int low = 0;
        for (int i = 0; i < bins.Length; i++)
        {
            if (bins[i].Mean(_axis) <= _at)
            {
                (bins[low], bins[i]) = (bins[i], bins[low]);
                low++;
            }
        }
        low = Math.Clamp(low, 1, bins.Length - 1); // rounding of the mean
        return (new(_bins, _from, _from + low), new(_bins, _from + low, _to));
    }
}
