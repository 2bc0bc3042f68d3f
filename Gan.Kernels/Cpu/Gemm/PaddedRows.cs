using System.Runtime.CompilerServices;

namespace Gan.Kernels.Cpu.Gemm;

/// <summary>Rows of a channels-last image with the zeros that padding puts around them, so that every window of a row is one run.</summary>
internal static unsafe class PaddedRows
{
    /// <summary>
    /// to[r, x, c] = image[firstY + r, firstX + x, c] for r in [0, rows), x in [0, pixels); 0 outside the image of <paramref name="height"/> x
    /// <paramref name="width"/> pixels.
    /// </summary>
    public static void Copy(float* image, int height, int width, int channels, int firstY, int rows, int firstX, int pixels, float* to)
    {
        int low = Math.Clamp(-firstX, 0, pixels), high = Math.Clamp(width - firstX, low, pixels), length = pixels * channels;
        for (int y = firstY; y < firstY + rows; y++, to += length)
        {
            if (y < 0 || y >= height)
            {
                new Span<float>(to, length).Clear();
                continue;
            }
            new Span<float>(to, low * channels).Clear();
            float* from = image + (((long)y * width) + firstX + low) * channels;
            new ReadOnlySpan<float>(from, (high - low) * channels).CopyTo(new Span<float>(to + low * channels, (high - low) * channels));
            new Span<float>(to + high * channels, (pixels - high) * channels).Clear();
        }
    }
}
