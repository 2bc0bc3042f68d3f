using Gan.Train.Data;
using Gan.Train.Data.Synthetic;
using Gan.Train.Evaluation.Metrics;

namespace Gan.Train.Evaluation;

/// <summary>The real images, dealt out by a seed: two disjoint halves to compare, and for the classifier a part to learn from and a part held out.</summary>
internal sealed class RealImages
{
    /// <summary>One image of so many is held out. Taken in the dealt order, so that both halves have as many of each kind.</summary>
    private const int HeldOutEvery = 5;

    private const ulong Domain = 0x5245414C;
    private readonly ImageDataset _images;
    private readonly int[] _order;

    public RealImages(ImageDataset images, ulong seed)
    {
        _images = images;
        _order = Shuffled(images.Count, seed, Domain);
    }

    public int Count => _images.Count;

    /// <summary>Half 0 or 1: <paramref name="count"/> images that the other half does not have.</summary>
    public PixelSet Half(int half, int count) => Pick(_images, _order[(half * count)..((half + 1) * count)]);

    public int[] Training => [.. _order.Where(static (_, i) => i % HeldOutEvery != 0)];

    public int[] HeldOut => [.. _order.Where(static (_, i) => i % HeldOutEvery == 0)];

    /// <summary>Copies images out.</summary>
    public static PixelSet Pick(ImageDataset images, int[] indices)
    {
        var pixels = new byte[indices.Length * images.ImageBytes];
        for (int i = 0; i < indices.Length; i++)
        {
            images.Image(indices[i]).CopyTo(pixels.AsSpan(i * images.ImageBytes));
        }
        return new PixelSet(indices.Length, images.Height, images.Width, images.Channels, pixels);
    }

    /// <summary>0 to count - 1 in a random order (Fisher and Yates), the same on every machine.</summary>
    public static int[] Shuffled(int count, ulong seed, ulong domain)
    {
        var random = new HashRandom(seed, domain, 0);
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Pick(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}
