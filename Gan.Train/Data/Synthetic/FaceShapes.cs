using static Gan.Train.Data.Synthetic.PortableMath;

namespace Gan.Train.Data.Synthetic;

/// <summary>An ellipse of one colour; with a soft edge it is a patch of light or shade.</summary>
internal readonly struct Ellipse(float x, float y, float rx, float ry, Rgb colour) : ILayer
{
    public Box Bounds => Box.Around(x, y, rx, ry);

    public float Distance(float px, float py) => Signed(px - x, py - y, rx, ry);

    public Rgb Colour(float px, float py) => colour;

    /// <summary>First-order distance: the implicit function over its gradient.</summary>
    public static float Signed(float dx, float dy, float rx, float ry)
    {
        float qx = dx / rx, qy = dy / ry;
        var k = MathF.Sqrt(qx * qx + qy * qy);
        float gx = qx / rx, gy = qy / ry;
        var gradient = MathF.Sqrt(gx * gx + gy * gy);
        return gradient < 1e-6f ? -Min(rx, ry) : k * (k - 1f) / gradient;
    }
}

/// <summary>The line around an ellipse.</summary>
internal readonly struct EllipseRing(float x, float y, float rx, float ry, float halfLine, Rgb colour) : ILayer
{
    public Box Bounds => Box.Around(x, y, rx + halfLine, ry + halfLine);

    public float Distance(float px, float py) => MathF.Abs(Ellipse.Signed(px - x, py - y, rx, ry)) - halfLine;

    public Rgb Colour(float px, float py) => colour;
}

/// <summary>A box with round corners, filled, or with halfLine > 0 its outline.</summary>
internal readonly struct RoundBox(float x, float y, float halfWidth, float halfHeight, float corner, float halfLine, Rgb colour) : ILayer
{
    public Box Bounds => Box.Around(x, y, halfWidth + halfLine, halfHeight + halfLine);

    public float Distance(float px, float py)
    {
        var qx = MathF.Abs(px - x) - halfWidth + corner;
        var qy = MathF.Abs(py - y) - halfHeight + corner;
        float ox = Max(qx, 0f), oy = Max(qy, 0f);
        var d = MathF.Sqrt(ox * ox + oy * oy) + Min(Max(qx, qy), 0f) - corner;
        return halfLine > 0f ? MathF.Abs(d) - halfLine : d;
    }

    public Rgb Colour(float px, float py) => colour;
}

/// <summary>
/// The region around a bent centre line: eyes, lips, brows, smiles. With q = (x - X) / HalfWidth the centre line runs at
/// Y + Tilt*q + Bend*(0.5 - q^2) (Bend > 0: the ends turn up), Up above and Down below it in the middle, shrinking to nothing at the ends.
/// </summary>
internal readonly record struct Lens(float X, float Y, float HalfWidth, float Up, float Down, float Bend = 0f, float Tilt = 0f, bool Blunt = false)
{
    public Box Bounds
    {
        get
        {
            var reach = MathF.Abs(Bend) * 0.5f + MathF.Abs(Tilt);
            return new Box(X - HalfWidth, Y - reach - Max(Up, 0f), X + HalfWidth, Y + reach + Max(Down, 0f));
        }
    }

    public float Centre(float q) => Y + Tilt * q + Bend * (0.5f - q * q);

    public float Distance(float px, float py)
    {
        var q = (px - X) / HalfWidth;
        var q2 = Min(q * q, 1.4f);
        var profile = Blunt ? 1f - q2 * q2 : 1f - q2;
        var centre = Centre(q);
        var above = centre - Up * profile - py;
        var below = py - centre - Down * profile;
        var slope = (Tilt - 2f * q * Bend) / HalfWidth;
        var curve = 2f * q / HalfWidth;
        float slopeUp = slope + Up * curve, slopeDown = slope - Down * curve;
        return Max(above / MathF.Sqrt(1f + slopeUp * slopeUp), below / MathF.Sqrt(1f + slopeDown * slopeDown));
    }
}

/// <summary>A lens of one colour, or of two with a blend from top to bottom.</summary>
internal readonly struct LensLayer(Lens lens, Rgb top, Rgb bottom) : ILayer
{
    public LensLayer(Lens lens, Rgb colour)
        : this(lens, colour, colour)
    {
    }

    public Box Bounds => lens.Bounds;

    public float Distance(float x, float y) => lens.Distance(x, y);

    public Rgb Colour(float x, float y) =>
        Rgb.Lerp(top, bottom, Clamp01((y - lens.Y + lens.Up) / Max(lens.Up + lens.Down, 1e-3f)));
}

/// <summary>The skull: 2 high, round above, narrowing towards the chin. The same outline serves the head, its hair and its beard.</summary>
internal readonly struct HeadOutline(float halfWidth, float taper)
{
    public readonly float HalfWidth = halfWidth;

    public float WidthAt(float y)
    {
        var t = Clamp01(y);
        return HalfWidth * (1f - taper * t * t);
    }

    public float Distance(float x, float y)
    {
        var w = WidthAt(y);
        var q = x / w;
        var k = MathF.Sqrt(q * q + y * y);
        // d(w)/dy = -2 taper y HalfWidth on the jaw.
        var slope = y is > 0f and < 1f ? -2f * taper * y * HalfWidth : 0f;
        float gx = q / w, gy = y - q * q * slope / w;
        var gradient = MathF.Sqrt(gx * gx + gy * gy);
        return gradient < 1e-6f ? -HalfWidth : k * (k - 1f) / gradient;
    }
}
