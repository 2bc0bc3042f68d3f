using System.Diagnostics.CodeAnalysis;

namespace Gan.Train.Evaluation.Metrics;

/// <summary>Images as bytes, [Count][Height][Width][Channels].</summary>
[SuppressMessage("Performance", "CA1819", Justification = "A set of images is its bytes.")]
internal sealed record PixelSet(int Count, int Height, int Width, int Channels, byte[] Pixels)
{
    public int ImageBytes => Height * Width * Channels;

    public ReadOnlySpan<byte> Image(int i) => Pixels.AsSpan(i * ImageBytes, ImageBytes);

    /// <summary>One channel of an image, row-major, 0 to 255.</summary>
    public double[] Plane(int image, int channel)
    {
        var plane = new double[Height * Width];
        int at = image * ImageBytes + channel;
        for (int i = 0; i < plane.Length; i++, at += Channels)
        {
            plane[i] = Pixels[at];
        }
        return plane;
    }
}
