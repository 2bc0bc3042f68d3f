namespace Gan.Train.Data.Synthetic;

/// <summary>
/// The built-in data set `synthetic-faces`: drawn portraits with skin tones, head shapes, haircuts, moods, beards, glasses, light
/// and a little pose, so that a GAN has something to learn without a download. Picture i depends on (seed, i, size) only, and the
/// attributes on (seed, i) alone: the same person at every size.
/// </summary>
internal static class SyntheticFaces
{
    public const int DefaultCount = 4096;
    public const int DefaultSize = 64;
    public const int Channels = 3;

    private const ulong Domain = 0xFACE5;

    [ThreadStatic]
    private static FacePainter? painter; // holds one float picture, reused from face to face

    /// <summary>Draws one picture into size*size*3 bytes, RGB.</summary>
    public static void Render(ulong seed, int index, int size, Span<byte> hwc)
    {
        PictureFill.Check(nameof(SyntheticFaces), index, size, hwc.Length, Channels);
        (painter ??= new FacePainter()).Draw(Attributes(seed, index), size, hwc);
    }

    /// <summary>Draws pictures 0 .. count-1 one after the other into count*size*size*3 bytes, on up to `workers` threads.</summary>
    public static void Fill(ulong seed, int count, int size, int workers, nint destination) =>
        PictureFill.Run(nameof(SyntheticFaces), count, size, Channels, workers, destination,
            (index, picture) => Render(seed, index, size, picture));

    public static FaceAttributes Attributes(ulong seed, int index)
    {
        var random = new HashRandom(seed, Domain, index);
        return FaceSampler.Draw(ref random);
    }
}
