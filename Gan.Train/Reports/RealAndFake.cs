using Gan.Train.Data.Synthetic;

namespace Gan.Train.Reports;

/// <summary><c>real_and_fake.png</c>: training images beside as many of the generator's.</summary>
internal static class RealAndFake
{
    private const int Header = 34;
    private const int Gap = 16;
    private const float Letters = 14f;

    /// <summary>Small grids are enlarged by a whole factor to at least this width each.</summary>
    private const int LeastWidth = 240;

    /// <param name="real">A grid of real images.</param>
    /// <param name="fake">A grid of tiles of the same size; the real ones are cut to it.</param>
    /// <param name="caption">What the generated ones are, such as "generated, step 500".</param>
    public static Picture Draw(Picture real, Picture fake, string caption)
    {
        real = real.Crop(fake.Width, fake.Height);
        int zoom = Math.Max(1, (LeastWidth + fake.Width - 1) / fake.Width);
        int half = Math.Max(fake.Width * zoom, (int)StrokeFont.Measure(caption, Letters));
        var canvas = new Canvas(2 * half + 3 * Gap, fake.Height * zoom + Header + Gap, Rgb.White);
        canvas.Text(Gap, 10, "real", Letters, Rgb.Hex(0x2B2F36), bold: true);
        canvas.Text(2 * Gap + half, 10, caption, Letters, Rgb.Hex(0x2B2F36), bold: true);
        Copy(canvas, real.Enlarge(zoom), Gap);
        Copy(canvas, fake.Enlarge(zoom), 2 * Gap + half);
        return new Picture(canvas.Width, canvas.Height, 3, canvas.Pixels);
    }

    private static void Copy(Canvas canvas, Picture picture, int left)
    {
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                int from = (y * picture.Width + x) * picture.Channels, to = ((Header + y) * canvas.Width + left + x) * 3;
                for (int c = 0; c < 3; c++)
                {
                    canvas.Pixels[to + c] = picture.Pixels[from + (picture.Channels == 1 ? 0 : c)];
                }
            }
        }
    }
}
