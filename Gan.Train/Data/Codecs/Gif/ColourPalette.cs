namespace Gan.Train.Data.Codecs.Gif;

/// <summary>
/// Up to 256 colours for a picture. Pictures with no more colours keep them exactly. Others are divided by variance: the box of colours with the largest
/// squared error is cut at its mean along the axis that has most of it (Wan, Wong and Prusinkiewicz 1988), over a histogram of 5 bits a channel.
/// </summary>
internal sealed class ColourPalette
{
    public const int MaxColours = 256;
    private const int Bits = 5;
    private const short Unknown = -1;
    private readonly short[] _nearest = new short[1 << (3 * Bits)];
    private readonly Dictionary<int, byte>? _exact;

    private ColourPalette(byte[] rgb, Dictionary<int, byte>? exact)
    {
        (Rgb, _exact) = (rgb, exact);
        Array.Fill(_nearest, Unknown);
    }

    /// <summary>Three bytes a colour.</summary>
    public byte[] Rgb { get; }

    public int Count => Rgb.Length / 3;

    /// <param name="pixels">RGB, three bytes a pixel; at least one.</param>
    public static ColourPalette Of(ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels.Length, 3, nameof(pixels));
        return Exact(pixels) ?? Divided(pixels);
    }

    /// <summary>The index of a colour, or of the nearest one; channels 0 to 255.</summary>
    public byte IndexOf(int r, int g, int b)
    {
        if (_exact is not null && _exact.TryGetValue(Key(r, g, b), out byte index))
        {
            return index;
        }
        ref short found = ref _nearest[Bin(r, g, b)];
        if (found == Unknown)
        {
            // By the middle of the bin, so that the answer does not depend on which of its colours came first.
            const int middle = 1 << (7 - Bits);
            found = Search((r >> (8 - Bits) << (8 - Bits)) + middle, (g >> (8 - Bits) << (8 - Bits)) + middle, (b >> (8 - Bits) << (8 - Bits)) + middle);
        }
        return (byte)found;
    }

    private static int Key(int r, int g, int b) => r << 16 | g << 8 | b;

    private static int Bin(int r, int g, int b) => r >> (8 - Bits) << (2 * Bits) | g >> (8 - Bits) << Bits | b >> (8 - Bits);

    private short Search(int r, int g, int b)
    {
        int best = 0, least = int.MaxValue;
        for (int i = 0; i < Count; i++)
        {
            int dr = Rgb[3 * i] - r, dg = Rgb[3 * i + 1] - g, db = Rgb[3 * i + 2] - b, distance = dr * dr + dg * dg + db * db;
            (best, least) = distance < least ? (i, distance) : (best, least);
        }
        return (short)best;
    }

    private static ColourPalette? Exact(ReadOnlySpan<byte> pixels)
    {
        var colours = new Dictionary<int, byte>();
        int previous = -1;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int key = Key(pixels[i], pixels[i + 1], pixels[i + 2]);
            if (key != previous && !colours.ContainsKey(key))
            {
                if (colours.Count == MaxColours)
                {
                    return null;
                }
                colours.Add(key, (byte)colours.Count);
            }
            previous = key;
        }
        var rgb = new byte[3 * colours.Count];
        foreach ((int key, byte index) in colours)
        {
            (rgb[3 * index], rgb[3 * index + 1], rgb[3 * index + 2]) = ((byte)(key >> 16), (byte)(key >> 8), (byte)key);
        }
        return new(rgb, colours);
    }

    private static ColourPalette Divided(ReadOnlySpan<byte> pixels)
    {
        var bins = new ColourBin[1 << (3 * Bits)];
        for (int i = 0; i < pixels.Length; i += 3)
        {
            bins[Bin(pixels[i], pixels[i + 1], pixels[i + 2])].Add(pixels[i], pixels[i + 1], pixels[i + 2]);
        }
        ColourBin[] used = [.. bins.Where(static b => b.Count > 0)];
        var boxes = new List<ColourBox>(MaxColours) { new(used, 0, used.Length) };
        while (boxes.Count < MaxColours && boxes.MaxBy(static b => b.Error) is { Error: > 0 } widest)
        {
            (ColourBox low, ColourBox high) = widest.Cut();
            boxes[boxes.IndexOf(widest)] = low;
            boxes.Add(high);
        }
        return new([.. boxes.SelectMany(static b => b.Mean())], null);
    }
}
