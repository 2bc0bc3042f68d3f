using Gan.Train.Data.Synthetic;

namespace Gan.Train.Reports;

/// <summary>A rectangle of pixels, right and bottom excluded.</summary>
internal readonly record struct PixelRect(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;
}

/// <summary>
/// A small RGB picture to draw charts on: filled rectangles, antialiased lines, text. Pixel (i, j) covers [i, i+1) x [j, j+1).
/// Whatever lies outside the picture, or the clip given, is cut off.
/// </summary>
internal sealed class Canvas
{
    private readonly float[] mask; // coverage of the shape being drawn; all zero between calls
    private int maskLeft = int.MaxValue;
    private int maskTop = int.MaxValue;
    private int maskRight = -1;
    private int maskBottom = -1;

    public Canvas(int width, int height, Rgb background)
    {
        if (width < 1 || height < 1 || (long)width * height > 1L << 26)
        {
            throw new ArgumentOutOfRangeException(nameof(width), $"Canvas: {width}x{height} is not a picture of 1 to 2^26 pixels.");
        }

        Width = width;
        Height = height;
        Pixels = new byte[width * height * 3];
        mask = new float[width * height];
        FillRect(Bounds, background);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Height x Width x 3 bytes, RGB.</summary>
    public byte[] Pixels { get; }

    public PixelRect Bounds => new(0, 0, Width, Height);

    public void FillRect(PixelRect rect, Rgb colour, float opacity = 1f)
    {
        var inside = Clip(rect);
        if (opacity == 1f && inside is { Width: > 0, Height: > 0 })
        {
            FillOpaque(inside, colour);
            return;
        }
        for (var y = inside.Top; y < inside.Bottom; y++)
        {
            for (var x = inside.Left; x < inside.Right; x++)
            {
                Blend(x, y, colour, opacity);
            }
        }
    }

    /// <summary>Lines from point to point with round joints; a point that is not finite leaves a gap. One opacity all over, crossings too.</summary>
    public void Polyline(ReadOnlySpan<(float X, float Y)> points, float width, Rgb colour, float opacity = 1f, PixelRect? clip = null)
    {
        var within = Clip(clip ?? Bounds);
        for (var i = 0; i < points.Length; i++)
        {
            if (!Finite(points[i]))
            {
                continue;
            }

            if (i + 1 < points.Length && Finite(points[i + 1]))
            {
                Cover(points[i], points[i + 1], 0.5f * width, within);
            }
            else if (i == 0 || !Finite(points[i - 1]))
            {
                Cover(points[i], points[i], 0.5f * width, within); // a point of its own: a dot
            }
        }

        Flush(colour, opacity);
    }

    public void Line(float x0, float y0, float x1, float y1, float width, Rgb colour, float opacity = 1f, PixelRect? clip = null) =>
        Polyline([(x0, y0), (x1, y1)], width, colour, opacity, clip);

    /// <summary>A filled circle.</summary>
    public void Dot(float x, float y, float radius, Rgb colour, PixelRect? clip = null) =>
        Polyline([(x, y)], 2f * radius, colour, 1f, clip);

    /// <summary>One line of text. `align` 0 puts its left end at x, 0.5 its middle, 1 its right end; y is the capitals' top.</summary>
    /// <param name="height">Of capitals, in pixels; 9 and more can be read.</param>
    public void Text(float x, float y, string text, float height, Rgb colour, float align = 0f, bool bold = false)
    {
        const int Steps = 6;
        var unit = height / StrokeFont.CapHeight;
        var pen = MathF.Max(height * (bold ? 0.165f : 0.11f), 1.1f) * 0.5f;
        x -= align * StrokeFont.Measure(text, height);
        foreach (var c in text)
        {
            if (c != ' ')
            {
                var glyph = StrokeFont.Glyph(c);
                var px = new float[glyph.MaxPoints(Steps)];
                var py = new float[glyph.MaxPoints(Steps)];
                for (var stroke = 0; stroke < glyph.Strokes; stroke++)
                {
                    var count = glyph.Flatten(stroke, glyph.X, glyph.Y, Steps, px, py);
                    for (var i = 1; i < count; i++)
                    {
                        Cover((x + px[i - 1] * unit, y + py[i - 1] * unit), (x + px[i] * unit, y + py[i] * unit), pen, Bounds);
                    }
                }
            }

            x += StrokeFont.Advance(c) * unit;
        }

        Flush(colour, 1f);
    }

    /// <summary>Raises the mask to the coverage of a capsule: all points within `radius` of the segment.</summary>
    private void Cover((float X, float Y) a, (float X, float Y) b, float radius, PixelRect within)
    {
        var reach = radius + 0.5f;
        var left = Math.Max(ToPixel(MathF.Min(a.X, b.X) - reach), within.Left);
        var right = Math.Min(ToPixel(MathF.Max(a.X, b.X) + reach) + 1, within.Right);
        var top = Math.Max(ToPixel(MathF.Min(a.Y, b.Y) - reach), within.Top);
        var bottom = Math.Min(ToPixel(MathF.Max(a.Y, b.Y) + reach) + 1, within.Bottom);
        if (left >= right || top >= bottom)
        {
            return;
        }

        (maskLeft, maskTop) = (Math.Min(maskLeft, left), Math.Min(maskTop, top));
        (maskRight, maskBottom) = (Math.Max(maskRight, right), Math.Max(maskBottom, bottom));
        float dx = b.X - a.X, dy = b.Y - a.Y;
        var inverse = 1f / MathF.Max(dx * dx + dy * dy, 1e-12f);
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                float px = column + 0.5f - a.X, py = row + 0.5f - a.Y;
                var t = PortableMath.Clamp01((px * dx + py * dy) * inverse);
                px -= t * dx;
                py -= t * dy;
                var d = MathF.Sqrt(px * px + py * py);
                // Both edges count, so that lines thinner than a pixel get fainter, not wider.
                var cover = PortableMath.Clamp01(radius - d + 0.5f) - PortableMath.Clamp01(-radius - d + 0.5f);
                ref var m = ref mask[row * Width + column];
                m = MathF.Max(m, cover);
            }
        }
    }

    /// <summary>One row pixel by pixel, the others as its copies.</summary>
    private void FillOpaque(PixelRect rect, Rgb colour)
    {
        for (var x = rect.Left; x < rect.Right; x++)
        {
            Blend(x, rect.Top, colour, 1f);
        }
        Span<byte> Row(int y) => Pixels.AsSpan((y * Width + rect.Left) * 3, rect.Width * 3);
        for (var y = rect.Top + 1; y < rect.Bottom; y++)
        {
            Row(rect.Top).CopyTo(Row(y));
        }
    }

    private void Flush(Rgb colour, float opacity)
    {
        for (var y = maskTop; y < maskBottom; y++)
        {
            var row = mask.AsSpan(y * Width, maskRight);
            for (var x = maskLeft; x < maskRight; x++)
            {
                var skip = row[x..].IndexOfAnyExcept(0f); // most of a curve's box is empty
                if (skip < 0)
                {
                    break;
                }
                x += skip;
                Blend(x, y, colour, row[x] * opacity);
                row[x] = 0f;
            }
        }

        (maskLeft, maskTop, maskRight, maskBottom) = (int.MaxValue, int.MaxValue, -1, -1);
    }

    private void Blend(int x, int y, Rgb colour, float opacity)
    {
        var at = (y * Width + x) * 3;
        Pixels[at] = Mix(Pixels[at], colour.R, opacity);
        Pixels[at + 1] = Mix(Pixels[at + 1], colour.G, opacity);
        Pixels[at + 2] = Mix(Pixels[at + 2], colour.B, opacity);
    }

    private PixelRect Clip(PixelRect rect) =>
        new(Math.Max(rect.Left, 0), Math.Max(rect.Top, 0), Math.Min(rect.Right, Width), Math.Min(rect.Bottom, Height));

    private static byte Mix(byte under, float over, float opacity) => (byte)(under + (over * 255f - under) * opacity + 0.5f);

    private static bool Finite((float X, float Y) point) => float.IsFinite(point.X) && float.IsFinite(point.Y);

    private static int ToPixel(float x) => (int)MathF.Floor(MathF.Min(MathF.Max(x, -1e6f), 1e6f));
}
