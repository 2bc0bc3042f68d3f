namespace Gan.Train.Data.Synthetic;

/// <summary>A painted shape: where its edge is and what colour it has, in its own units, y downwards.</summary>
internal interface ILayer
{
    /// <summary>Signed distance to the edge, negative inside; exact enough within a pixel of the edge.</summary>
    float Distance(float x, float y);

    Rgb Colour(float x, float y);
}

/// <summary>Axis-aligned bounds in a pose's units.</summary>
internal readonly record struct Box(float Left, float Top, float Right, float Bottom)
{
    public static Box Around(float x, float y, float halfWidth, float halfHeight) =>
        new(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight);
}

/// <summary>
/// Where a layer's units lie on the picture, whose own units run from -1 to 1 both ways:
/// picture = (X, Y) + Scale * rotation(turn) * point.
/// </summary>
internal readonly struct Pose(float x, float y, float scale, float turn)
{
    public readonly float X = x;
    public readonly float Y = y;
    public readonly float Scale = scale;
    public readonly float Cos = PortableMath.CosTurns(turn);
    public readonly float Sin = PortableMath.SinTurns(turn);

    public static Pose Identity => new(0f, 0f, 1f, 0f);
}

/// <summary>
/// Paints layers back to front on a float picture. Edges are antialiased from the distance, one sample a pixel, so the cost does
/// not grow with quality and any picture size shows the same drawing.
/// </summary>
internal sealed class LayerPainter
{
    private float[] pixels = [];
    private int size;

    public void Begin(int pictureSize)
    {
        size = pictureSize;
        if (pixels.Length < size * size * 3)
        {
            pixels = new float[size * size * 3];
        }
    }

    /// <param name="layer">By value: through `in`, each call on a generic struct would copy it first.</param>
    /// <param name="soft">Width of the edge in the pose's units; 0 for a crisp, antialiased one.</param>
    public void Paint<T>(in Pose pose, T layer, Box bounds, float soft = 0f, float opacity = 1f)
        where T : struct, ILayer
    {
        if (opacity < 1f / 512f)
        {
            return; // less than a byte can show
        }

        var pixel = 2f / (size * pose.Scale); // one pixel in the pose's units
        var width = PortableMath.Max(soft, 1.2f * pixel);
        var smooth = soft > 1.5f * pixel;
        var inverse = 1f / width;
        var (x0, y0, x1, y1) = Cover(pose, bounds, 0.5f * width);
        // The pose undone is linear in column and row.
        float stepX = pose.Cos * pixel, stepY = pose.Sin * pixel;
        var left = 0.5f * pixel - (1f + pose.X) / pose.Scale;
        var top = 0.5f * pixel - (1f + pose.Y) / pose.Scale;
        for (var row = y0; row < y1; row++)
        {
            var py = top + row * pixel;
            var rowX = pose.Cos * left + pose.Sin * py;
            var rowY = pose.Cos * py - pose.Sin * left;
            for (var column = x0; column < x1; column++)
            {
                var x = rowX + column * stepX;
                var y = rowY - column * stepY;
                var t = 0.5f - layer.Distance(x, y) * inverse;
                if (!(t > 0f))
                {
                    continue;
                }

                t = PortableMath.Min(t, 1f);
                var cover = opacity * (smooth ? t * t * (3f - 2f * t) : t);
                var colour = layer.Colour(x, y);
                var at = (row * size + column) * 3;
                pixels[at] += (colour.R - pixels[at]) * cover;
                pixels[at + 1] += (colour.G - pixels[at + 1]) * cover;
                pixels[at + 2] += (colour.B - pixels[at + 2]) * cover;
            }
        }
    }

    /// <summary>Rounds to bytes, size * size * 3.</summary>
    public void Store(Span<byte> hwc)
    {
        for (var i = 0; i < hwc.Length; i++)
        {
            hwc[i] = (byte)(PortableMath.Clamp01(pixels[i]) * 255f + 0.5f);
        }
    }

    /// <summary>The pixels that a turned box, grown by `margin`, may touch.</summary>
    private (int X0, int Y0, int X1, int Y1) Cover(in Pose pose, Box box, float margin)
    {
        float cx = 0.5f * (box.Left + box.Right), cy = 0.5f * (box.Top + box.Bottom);
        float hx = 0.5f * (box.Right - box.Left) + margin, hy = 0.5f * (box.Bottom - box.Top) + margin;
        var mx = pose.X + pose.Scale * (pose.Cos * cx - pose.Sin * cy);
        var my = pose.Y + pose.Scale * (pose.Sin * cx + pose.Cos * cy);
        var rx = pose.Scale * (MathF.Abs(pose.Cos) * hx + MathF.Abs(pose.Sin) * hy);
        var ry = pose.Scale * (MathF.Abs(pose.Sin) * hx + MathF.Abs(pose.Cos) * hy);
        return (Pixel(mx - rx), Pixel(my - ry), Pixel(mx + rx) + 1 > size ? size : Pixel(mx + rx) + 1,
            Pixel(my + ry) + 1 > size ? size : Pixel(my + ry) + 1);
    }

    private int Pixel(float canvas) => (int)PortableMath.Min(PortableMath.Max((canvas + 1f) * 0.5f * size, 0f), size);
}
